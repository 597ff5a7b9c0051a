"""The words of a scenario file for how a charger is wired."""

from collections.abc import Mapping
from itertools import permutations

from ..pool.model import LINES, Grid
from .scenario import ChargerModel

UNKNOWN = "unknown"


def _name(*lines: int) -> str:
    return "".join(f"L{line + 1}" for line in lines)


def _star(*lines: int) -> ChargerModel:
    """Every phase between a line and the neutral."""
    return ChargerModel(lines=lines)


def _between(*pairs: tuple[int, int]) -> ChargerModel:
    """Every phase between two lines."""
    return ChargerModel(lines=tuple(min(pair) for pair in pairs), returns=tuple(max(pair) for pair in pairs))


_ORDERS = tuple(permutations(range(LINES)))

WIRED: Mapping[Grid, Mapping[str, ChargerModel]] = {
    Grid.TN: {_name(line): _star(line) for line in range(LINES)} | {_name(*order): _star(*order) for order in _ORDERS},
    Grid.IT: {_name(line, (line + 1) % LINES): _between((line, (line + 1) % LINES)) for line in range(LINES)}
    | {_name(*order): _between(*zip(order, order[1:] + order[:1], strict=True)) for order in _ORDERS},
    Grid.SPLIT_PHASE: {_name(0, 1): _between((0, 1))},
}
"""By the kind of grid and the word; all else of the charger has its default."""
