"""Panels with planted truth, for the release gates. Repositories with planted truth: not in this version."""
