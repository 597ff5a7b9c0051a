"""Rules on what a controller orders, whatever came of it.

*R2 and R3*: a charger is set to 0 or at least to its minimum, and to no more than its maximum. *R12*: no sooner than
its write pace after the write before; a controller that was started in between knows nothing of that one. *Blind*: no
raise while the meter of one of its circuits has told nothing for longer than a value may be old. *R11*: phases are
switched without load, and nothing flows for the dead time before and after.
"""

from collections.abc import Iterable
from itertools import pairwise

from ..pool.defaults import PHASE_SEEN
from ..pool.model import Charger
from .known import AWAY, allowed_age
from .record import Order, Record
from .scenario import Fault, FaultKind
from .times import at_time

_RAISE = 0.05
"""A raise of less than this is none, A."""
_ROUNDING = 1e-6
_DEAD = 10
"""Some cars are destroyed where phases are added under load: nothing may flow so long before and after, s."""


def device_rules(record: Record, *, own_minimum: bool) -> Iterable[str]:
    """Orders that no charger should be given, as sentences.

    Args:
        record: The run.
        own_minimum: Whether the car's own minimum counts too, which only our controller is told.
    """
    for charger in record.scenario.site.chargers:
        orders = [order for order in record.orders if order.charger == charger.id]
        minimum = charger.minimum if own_minimum else charger.capability.minimum
        for order in orders:
            if _ROUNDING < order.amperes < minimum - _ROUNDING:
                yield f"{charger.id}: {order.amperes:g} A at {at_time(order.at)}, below its minimum of {minimum:g} A"
            if order.amperes > charger.capability.maximum + _ROUNDING:
                maximum = charger.capability.maximum
                yield f"{charger.id}: {order.amperes:g} A at {at_time(order.at)}, above its maximum of {maximum:g} A"
        yield from _too_soon(record, charger, orders)
        yield from _under_load(record, orders)


def _under_load(record: Record, orders: Iterable[Order]) -> Iterable[str]:
    for order in orders:
        row, column = int(order.at), record.chargers.index(order.charger)
        drawn = record.drawn[max(row - _DEAD, 0) : row + _DEAD + 1, column]
        if order.phases is not None and drawn.any():
            yield (
                f"{order.charger}: told to use {order.phases} of its phases at {at_time(order.at)}, "
                f"with {drawn.max():.1f} A within {_DEAD} s of it"
            )


def _too_soon(record: Record, charger: Charger, orders: Iterable[Order]) -> Iterable[str]:
    pace = charger.capability.write_interval
    starts = [fault for fault in record.scenario.faults if fault.kind in AWAY]
    for before, order in pairwise(orders):
        gap = order.at - before.at
        forgotten = any(before.at <= away.until and away.at <= order.at for away in starts)
        if gap < pace - _ROUNDING and not forgotten:
            yield f"{charger.id}: written at {at_time(order.at)}, {gap:g} s after the write before, pace {pace:g} s"


def blind_raises(record: Record) -> Iterable[str]:
    """Raises while the mains were unknown, as sentences."""
    silences = [
        fault for fault in record.scenario.faults if fault.kind in {FaultKind.METER_SILENT, FaultKind.PHASE_MISSING}
    ]
    for order in record.orders if silences else ():
        row, column = min(int(order.at), len(record.limits) - 1), record.chargers.index(order.charger)
        in_force = float(record.limits[row, column])
        if order.taken and order.amperes > in_force + _RAISE:
            for fault in silences:
                if _blinds(record, fault, order, row, column):
                    yield (
                        f"{order.charger}: raised from {in_force:g} A to {order.amperes:g} A at {at_time(order.at)}, "
                        f"while the meter of {fault.target} was silent"
                    )


def _blinds(record: Record, fault: Fault, order: Order, row: int, column: int) -> bool:
    site = record.scenario.site
    charger = next(charger for charger in site.chargers if charger.id == order.charger)
    above = any(circuit.id == fault.target for circuit in site.path(charger.circuit))
    # A line that the car does not use may be missing.
    uses = fault.kind is FaultKind.METER_SILENT or record.drawn[row, column, fault.line] >= PHASE_SEEN
    silent_since = fault.at + allowed_age(record.scenario.meters[fault.target])
    return above and uses and silent_since < order.at < fault.until
