"""The GitHub Action's edge: a job summary and step outputs from finished reports.

Pull-request mode, comments and annotations are not in this version (`absent.VERBS`).
"""
