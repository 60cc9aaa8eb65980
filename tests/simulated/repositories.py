"""A fleet of simulated repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.simulation.panels import World, generate_panel

if TYPE_CHECKING:
    from analyzer.panel import Panel


def fleet(
    repositories: int, authors: int = 5, effect: float = 0.0, seed: int = 0
) -> tuple[list[Panel], list[list[str]]]:
    """Simulated repositories of their own people."""
    world = World(authors, truth="use" if effect else "none", effect=effect, periods=20)
    panels = [generate_panel(world, seed * 1_000 + r) for r in range(repositories)]
    return panels, [[f"{r}:{a}" for a in p.people] for r, p in enumerate(panels)]
