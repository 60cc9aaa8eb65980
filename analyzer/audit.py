"""Gaming audit: the share under cheap moves. Not in this version (`absent.VERBS`)."""
