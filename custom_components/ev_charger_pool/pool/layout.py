"""What follows from a site alone, worked out once and not in every step."""

from collections.abc import Mapping
from dataclasses import dataclass

from .model import Circuit, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Who hangs on what.

    Args:
        paths: By charger id the circuits from its own up to the root.
        reach: By charger id the lines that reach it.
        behind: By circuit id the chargers behind its fuse that are no house load.
        branches: By circuit id the circuits that hang on it directly.
        leaves_first: All circuits, each after those that hang on it.
    """

    paths: Mapping[str, tuple[Circuit, ...]]
    reach: Mapping[str, frozenset[int]]
    behind: Mapping[str, tuple[str, ...]]
    branches: Mapping[str, tuple[str, ...]]
    leaves_first: tuple[Circuit, ...]


def lay_out(site: Site) -> Layout:
    """The layout of a site."""
    paths = {charger.id: site.path(charger.circuit) for charger in site.chargers}
    return Layout(
        paths=paths,
        reach={charger.id: site.lines(charger.circuit) for charger in site.chargers},
        behind={
            circuit.id: tuple(
                charger.id for charger in site.chargers if charger.enabled and circuit in paths[charger.id]
            )
            for circuit in site.circuits
        },
        branches={
            circuit.id: tuple(branch.id for branch in site.circuits if branch.parent == circuit.id)
            for circuit in site.circuits
        },
        leaves_first=tuple(sorted(site.circuits, key=lambda circuit: len(site.path(circuit.id)), reverse=True)),
    )
