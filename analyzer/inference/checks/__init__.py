"""Checks of an estimate: placebos, specification curve, power, unobserved confounding."""
