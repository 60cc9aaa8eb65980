"""Estimate the AI share of unmarked code from the style of functions that one commit wholly added (Python only)."""
