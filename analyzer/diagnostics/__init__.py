"""`aishare doctor` and `aishare explain`."""
