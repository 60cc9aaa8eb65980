"""What every stage stands on: table schemas, cache files, untrusted text, progress."""
