"""Linear algebra shared by the models: demeaning, observed cells, identification."""
