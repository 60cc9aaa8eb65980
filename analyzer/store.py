"""Parquet store keyed by repository and head. Not in this version: every run reads git anew.

Declared so that the layer has its place (docs/adr/0001); `--no-cache` and `--cache-dir` arrive with it.
"""
