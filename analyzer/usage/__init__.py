"""Usage data of AI tools, from files that the user's own settings name (docs/usage.md).

    files → records → formats → tables → joined to people and commits

Rows are per person, so nothing of a row is ever reported: only counts, and shares of people and periods.
"""
