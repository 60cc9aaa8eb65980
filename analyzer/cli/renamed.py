"""Old names of commands, options and values: they still work, but help does not show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

# Old name of a command → its name since schema 2.
NEW_NAMES = {"sample": "survey"}


class RenamedOption(click.Option):
    """An option with old names: `click.option("--compare", cls=RenamedOption, old=["--baseline"])`."""

    def __init__(self, declarations: Sequence[str], *, old: Sequence[str], **attributes: Any) -> None:
        """Declare the option under all its names; the first one gives the parameter its name."""
        super().__init__([*declarations, *old], **attributes)
        self._old = frozenset(old)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what the help shows: the option without its old names."""
        names, self.opts = self.opts, [name for name in self.opts if name not in self._old]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = names


class RenamedChoice(click.Choice[str]):
    """A choice that takes old values for the new ones."""

    def __init__(self, choices: Sequence[str], old: Mapping[str, str]) -> None:
        """`old` maps each old value to the present one."""
        super().__init__(choices)
        self._old = dict(old)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value under its present name."""
        return super().convert(self._old.get(value, value), param, ctx)
