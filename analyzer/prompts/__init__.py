"""What it cost to say it: kept prompts and local logs → sessions as counts, and sessions → the commits they landed in.

Text is dropped inside the readers. Nothing but counts, times, hashes of written lines and commit ids leaves them.
"""
