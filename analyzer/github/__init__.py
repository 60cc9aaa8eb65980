"""The GitHub Action's edge. Not in this version (`absent.VERBS`)."""
