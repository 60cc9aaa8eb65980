"""author × period panel with lagged exposure. Not in this version (`absent.ABSENT`)."""
