"""Lines of the site: those that a fuse has, and the ways a charger can be wired to them, as the form offers them."""

from collections.abc import Iterable

from .pool.model import Grid, Wiring

UNKNOWN = "unknown"


def _lines(*phases: set[int]) -> Wiring:
    return tuple(frozenset(phase) for phase in phases)


_STAR: dict[str, Wiring] = {
    "l1": _lines({0}),
    "l2": _lines({1}),
    "l3": _lines({2}),
    "l1_l2_l3": _lines({0}, {1}, {2}),
    "l2_l3_l1": _lines({1}, {2}, {0}),
    "l3_l1_l2": _lines({2}, {0}, {1}),
    "l1_l3_l2": _lines({0}, {2}, {1}),
    "l2_l1_l3": _lines({1}, {0}, {2}),
    "l3_l2_l1": _lines({2}, {1}, {0}),
}
_BETWEEN: dict[str, Wiring] = {
    "l1_l2": _lines({0, 1}),
    "l2_l3": _lines({1, 2}),
    "l3_l1": _lines({2, 0}),
    "delta": _lines({0, 1}, {1, 2}, {2, 0}),
}

WIRINGS: dict[Grid, dict[str, Wiring]] = {
    Grid.TN: _STAR,
    Grid.SPLIT_PHASE: {"l1": _lines({0}), "l2": _lines({1}), "l1_l2": _lines({0, 1})},
    Grid.IT: _BETWEEN,
}
"""Per kind of grid: key of the form to lines per phase of the charger; ``UNKNOWN`` is offered beside them."""


def wiring(grid: Grid, key: str) -> Wiring | None:
    """The wiring behind a form's key, None where it is not known.

    Raises:
        KeyError: For a key that this kind of grid does not have.
    """
    return None if key == UNKNOWN else WIRINGS[grid][key]


def lines_of(fuse: Iterable[float]) -> tuple[int, ...]:
    """The lines that a fuse of so many amperes per line has: 0 is no line."""
    return tuple(line for line, rated in enumerate(fuse) if rated > 0)
