"""The GitHub Action's edge: what the runner says → a view, and the view → summary, outputs, comment, annotations."""
