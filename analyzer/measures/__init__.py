"""Outcomes per unit: throughput, follow-up rate, durability. None in this version (`absent.ABSENT`)."""

MEASURES: tuple[()] = ()
