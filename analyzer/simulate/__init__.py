"""Repositories and panels with planted truth. Not in this version (`absent.VERBS`)."""
