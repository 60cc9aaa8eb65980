"""Estimates, placebos and grades. None in this version: every verdict is `unknown_not_measurable`."""

ESTIMATORS: tuple[()] = ()
