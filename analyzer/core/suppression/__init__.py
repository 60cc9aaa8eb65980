"""Suppression: publish figures by group without disclosing groups below the threshold."""
