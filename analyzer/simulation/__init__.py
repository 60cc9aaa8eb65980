"""Panels with planted truth, for the release gates. Repositories with planted truth: `repository`."""
