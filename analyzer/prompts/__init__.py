"""Prompt effort: read stored prompts and local agent logs as sessions of counts, and match sessions to commits.

The readers drop all text. Only counts, times, hashes of written lines and commit ids leave them.
"""
