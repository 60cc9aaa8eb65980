"""Readers of prompt stores. A new one needs one file here and one entry in `FORMATS` (analyzer/prompts/formats.py)."""
