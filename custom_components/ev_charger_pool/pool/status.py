"""What is known of the metered circuits, for showing."""

from collections.abc import Mapping
from dataclasses import dataclass

from .meter import Age, Meter
from .model import NO_VALUES, PerLine


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
    return {key: _status(meter, at) for key, meter in meters.items()}


def _status(meter: Meter, at: float) -> CircuitStatus:
    stale = frozenset(line for line in meter.lines if meter.age(line, at) is not Age.FRESH or meter.taken[line] is None)
    known = [line for line in meter.lines if line not in stale]
    amperes, room, warm = list(NO_VALUES), list(NO_VALUES), list(NO_VALUES)
    for line in known:
        if (value := meter.amperes[line]) is not None:
            amperes[line] = value
            room[line] = meter.circuit.fuse[line] - value
            warm[line] = None if (heat := meter.heat[line]) is None else heat.percent
    return CircuitStatus(
        amperes=(amperes[0], amperes[1], amperes[2]),
        headroom=(room[0], room[1], room[2]),
        heat=(warm[0], warm[1], warm[2]),
        stale=stale,
    )
