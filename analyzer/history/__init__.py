"""git repository → commits, changes, people: the only stage that reads git."""
