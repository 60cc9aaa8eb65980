"""Which days are due, and repositories as tasks over an executor."""
