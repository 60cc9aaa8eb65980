"""From estimates and checks to one of nine grades, with a reason and a sentence."""
