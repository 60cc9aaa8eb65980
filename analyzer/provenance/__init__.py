"""births, deaths and lines at head by a replay of the whole DAG. Not in this version.

`absent.ABSENT` says so wherever a reader would look for it: `lines_surviving`, `dump births`, …
"""
