"""From estimates and checks to one of nine grades, with its reason and sentence."""
