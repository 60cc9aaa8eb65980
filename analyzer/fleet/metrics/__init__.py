"""Metrics and announced targets that a team brings, and how they move with the AI share."""
