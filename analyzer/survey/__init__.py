"""A random sample of merged changes to ask the team about, and what the answers say of all of them."""
