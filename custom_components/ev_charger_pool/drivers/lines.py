"""Values per line, and the direction of currents."""

from collections.abc import Sequence

from ..pool.model import LINES, PerLine


def per_line(values: Sequence[float | None]) -> PerLine:
    """Values of the first lines, None for the others."""
    first, second, third = (*values, None, None, None)[:LINES]
    return first, second, third


def directed(amperes: float, watts: float | None) -> float:
    """A current with the direction of the active power of its line; as it is told where no power is (R13)."""
    if watts is None:
        return amperes
    return -abs(amperes) if watts < 0 else abs(amperes)
