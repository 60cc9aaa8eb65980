"""Turn the tables of an analysis into the JSON contract (`Result`), a document (`Report`), and a text per format.

`result_builder` builds the `Result`, `document` chooses sentences, tables and charts from it, and `renderers` write
the `Report`. A new format is one module and one line in `renderers.RENDERERS`.
"""
