"""`aishare audit`: what cheap manipulations would do to the share and to outcomes."""
