"""Cell suppression: publish shares by group without disclosing groups below the threshold."""
