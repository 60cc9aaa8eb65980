"""Fleets and teams. Not in this version (`absent.VERBS`)."""
