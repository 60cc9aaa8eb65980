"""tables → Result (the JSON contract) → Report (what is said) → a renderer's text.

A new format is one file with a `Renderer` and one line in `renderers.RENDERERS`.
"""
