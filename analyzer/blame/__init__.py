"""Follow every line of a history by replaying the commit graph: where it was born, moved and removed.

At head the result equals `git blame`.
"""
