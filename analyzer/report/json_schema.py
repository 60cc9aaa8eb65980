"""JSON Schema of `Result`, generated from its types. A test compares the shipped copy with it."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec

from analyzer.report.contract import AnalysisResult

SHIPPED = "analyze-2.schema.json"


def generated() -> bytes:
    """Return the schema as indented JSON."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aishare analyze",
        **msgspec.json.schema(AnalysisResult),
    }
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n"


def shipped() -> bytes:
    """Return the copy that the package ships."""
    return resources.files(__package__).joinpath(SHIPPED).read_bytes()
