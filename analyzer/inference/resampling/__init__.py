"""Permutation tests of the throughput estimate, by refits and by score statistics."""
