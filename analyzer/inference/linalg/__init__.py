"""Linear algebra that the models share: demeaning, observed cells, identification."""
