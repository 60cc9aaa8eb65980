"""Read a git repository: commits, file classes, people, merged changes, releases. Only this package starts git."""
