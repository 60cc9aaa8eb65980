"""Readers of stores of prompts; a new one is one file here and one line in `FORMATS` (analyzer/prompts/formats.py)."""
