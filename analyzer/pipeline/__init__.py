"""One repository, end to end: the only package that calls every stage. Start reading at `run`."""
