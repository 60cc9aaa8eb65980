"""`aishare survey`: ask the team about a random sample of merged changes, and estimate the AI share of all of them."""
