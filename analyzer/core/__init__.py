"""Shared foundations of all stages: table schemas, cache files, untrusted text, progress."""
