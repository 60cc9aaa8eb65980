"""Work out which days to report on, and analyze repositories as tasks on an executor."""
