"""Permutation tests of the throughput estimate."""
