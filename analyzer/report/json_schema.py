"""JSON Schema of `Result`, generated from its types; the shipped copy is checked against this."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec

from analyzer.report.contract import Result

SHIPPED = "analyze-1.schema.json"


def generated() -> bytes:
    """The schema as indented JSON."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aishare analyze",
        **msgspec.json.schema(Result),
    }
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n"


def shipped() -> bytes:
    """The copy in the package."""
    return resources.files(__package__).joinpath(SHIPPED).read_bytes()
