"""Values per line, and the direction of currents."""

from collections.abc import Sequence

from ..pool.model import LINES, PerLine

LEAST_ACTIVE = 50.0
"""A current has a direction where its active power is at least this, W per A: a fifth of 230 V, two fifths of 120 V."""


def per_line(values: Sequence[float | None]) -> PerLine:
    """Values of the first lines, None for the others."""
    first, second, third = (*values, None, None, None)[:LINES]
    return first, second, third


def directed(amperes: float, watts: float | None) -> float:
    """A current with the direction of the active power of its line; as it is told where no power is (R13).

    One with hardly any active power is no export: it would not make up for a car's current.
    """
    if watts is None:
        return amperes
    return -abs(amperes) if watts < 0 and -watts >= LEAST_ACTIVE * abs(amperes) else abs(amperes)
