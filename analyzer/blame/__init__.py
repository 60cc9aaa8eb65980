"""Line provenance by replaying the whole commit graph: where each line was born, moved and died.

At head it equals `git blame`.
"""
