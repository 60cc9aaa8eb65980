"""file contents → structure: the functions that each commit adds, changes and removes, and how complex they are."""
