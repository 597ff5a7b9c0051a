"""What is known of the metered circuits, for showing."""

from collections.abc import Mapping
from dataclasses import dataclass

from .meter import Age, Meter
from .model import LINES, PerLine


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitStatus:
    """What is known of a circuit now, per line; None where it is not known.

    Args:
        amperes: What the meter says.
        headroom: What is left below the fuse.
        heat: Of the breaker, %: 0 at its rated current or less, 100 where it trips.
        stale: Lines whose value is too old to trust.
    """

    amperes: PerLine
    headroom: PerLine
    heat: PerLine
    stale: frozenset[int]


def statuses(meters: Mapping[str, Meter], at: float) -> dict[str, CircuitStatus]:
    """The status of every metered circuit, by its id."""
    by_circuit = {}
    for key, meter in meters.items():
        stale = frozenset(
            line for line in meter.lines if meter.age(line, at) is not Age.FRESH or meter.taken[line] is None
        )
        known = [meter.amperes[line] if line in meter.lines and line not in stale else None for line in range(LINES)]
        room = [None if value is None else meter.circuit.fuse[line] - value for line, value in enumerate(known)]
        warm = [
            None if value is None or (heat := meter.heat[line]) is None else heat.percent
            for line, value in enumerate(known)
        ]
        by_circuit[key] = CircuitStatus(
            amperes=(known[0], known[1], known[2]),
            headroom=(room[0], room[1], room[2]),
            heat=(warm[0], warm[1], warm[2]),
            stale=stale,
        )
    return by_circuit
