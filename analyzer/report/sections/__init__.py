"""Texts and tables of the sections of a report, one module per subject. `report.document.SECTIONS` orders them."""
