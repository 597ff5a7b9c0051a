"""When a controller could know of a failure: until then, and while nothing can be done, no clock runs.

A fault makes the controller blind, or helpless, for one or more spans of time. The clock of an event that begins in
such a span, or that such a span interrupts, begins at the end of the span. The first span of every run is the start:
nothing is known before every meter and charger could be heard.

``allowed`` is the age that a meter's value may have: three of its intervals, 10 to 90 s. A meter that is lost leaves
the worst house load of the last hour to assume; what was never that high can only be known of when nothing is assumed
any more (stage 2: 60 s, or twice ``allowed``), and what is above the configured worst house, not before the fault
ends.

======================  ===========================================================================================
meter silent            until ``allowed`` after it fell silent, or after Home Assistant started without it; to
                        stage 2 for a house load above the last hour's, see above
phase missing           the same on its line
meter absurd            for ``allowed`` from the beginning of every event: that many readings may be lost
meter frozen            until the cars behind it have drawn clearly more or less (``pool.following``), as far as
                        anybody knows what they draw on a line, for as long as a meter may take to follow, and their
                        charger was asked; then as if it had fallen silent
charger silent          for three polls, 10 s at least; and for a poll after it came back
charger reboots         the same
limit ignored           from the first lowering limit that is ignored, once the car draws more than that, for latency,
                        settling, the patience with cars, and a poll
writes fail             until the first refusal is told
other master            from each of its writes, for a poll and the latency of the rewriting
restart, crash          while Home Assistant is away, and until every meter and charger could be heard again
clock jumps             never: ages and holds do not use the wall clock
car above its limit     as a limit ignored, from the last write before the event
======================  ===========================================================================================

While a charger takes no limit, what it draws is nobody's to lower: ``stuck`` tells when.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import math

import numpy as np
import numpy.typing as npt

from ..pool.defaults import (
    IGNORES_LIMIT,
    IGNORES_PATIENCE,
    PHASE_SEEN,
    RETRY_MOST,
    STALE_INTERVALS,
    STALE_LEAST,
    STALE_MOST,
    STALE_STAGE_2,
    STEP_BACK,
    UNREACHABLE_INTERVALS,
    UNREACHABLE_LEAST,
    WORST_HOUSE_MEMORY,
)
from ..pool.following import CLEAR_STEP, FOLLOW_PATIENCE, FOLLOW_READINGS
from ..pool.model import MAIN, Capability
from .guards import Guard, charger_of
from .record import NO_CAR, Floats, Order, Record
from .scenario import Fault, FaultKind, MeterModel, Scenario

type Mask = npt.NDArray[np.bool_]
type Span = tuple[float, float]

AWAY = frozenset({FaultKind.RESTART, FaultKind.CRASH})
"""Home Assistant does not run."""
OF_METER = frozenset({FaultKind.METER_SILENT, FaultKind.METER_FROZEN, FaultKind.METER_ABSURD, FaultKind.PHASE_MISSING})


def allowed_age(model: MeterModel) -> float:
    """Seconds after which the last value of a meter is stale, counted from when it was measured."""
    return model.delay + min(max(STALE_INTERVALS * model.interval, STALE_LEAST), STALE_MOST)


def patience(capability: Capability) -> float:
    """Seconds of silence after which a charger is unreachable."""
    return max(UNREACHABLE_INTERVALS * capability.poll_interval, UNREACHABLE_LEAST)


def clock_start(record: Record, guard: Guard, event: Span, bound: float) -> float:
    """When the clock of an event begins.

    Args:
        record: The run.
        guard: What is exceeded.
        event: Its first second, and the one after its last.
        bound: Seconds of relief.

    Returns:
        The first second, or the end of the last span in which nothing could be known or done.
    """
    first, end = event
    clock = max(first, _heard(record, guard))
    for fault in sorted(record.scenario.faults, key=lambda fault: (fault.at, fault.until)):
        if _concerns(record, guard, fault):
            case = _Case(record, guard, fault, clock, end, bound)
            for begins, ends in _SPANS.get(fault.kind, _no_spans)(case):
                if begins <= clock + bound and clock < ends:
                    clock = ends
    return max(clock, _above_offer(record, guard, clock))


def stuck(record: Record) -> Mask:
    """(T, n) in which seconds a charger takes no limit, or nobody may write one because it keeps it in flash (R12)."""
    second = np.arange(len(record.limits))[:, None]
    flash = [charger_of(record, index).capability.stored for index in range(len(record.chargers))]
    mask: Mask = np.repeat(np.array([flash], dtype=np.bool_), len(second), axis=0)
    for fault in record.scenario.faults:
        if fault.kind in _RECOVERY:
            column = record.chargers.index(fault.target)
            end = fault.until + _RECOVERY[fault.kind](record, fault)
            mask[:, column] |= ((fault.at <= second) & (second < end))[:, 0]
    return mask


@dataclass(frozen=True, slots=True)
class _Case:
    """An event while something fails.

    Args:
        record: The run.
        guard: What is exceeded.
        fault: What fails.
        clock: When the event began, as far as it is known by now.
        end: The second after its last.
        bound: Seconds of relief.
    """

    record: Record
    guard: Guard
    fault: Fault
    clock: float
    end: float
    bound: float

    @property
    def scenario(self) -> Scenario:
        return self.record.scenario

    @property
    def model(self) -> MeterModel:
        """Of the meter that fails."""
        return self.scenario.meters[self.fault.target]

    @property
    def capability(self) -> Capability:
        """Of the charger that fails."""
        return charger_of(self.record, self.column).capability

    @property
    def column(self) -> int:
        """Of the charger that fails."""
        return self.record.chargers.index(self.fault.target)

    def orders(self) -> Iterable[Order]:
        """Writes to the charger that fails, from the beginning of the fault until the event had to be over."""
        until = min(self.fault.until, self.clock + self.bound)
        return (
            order
            for order in self.record.orders
            if order.charger == self.fault.target and self.fault.at <= order.at < until
        )


def _concerns(record: Record, guard: Guard, fault: Fault) -> bool:
    if fault.kind in OF_METER:
        other_line = fault.kind is FaultKind.PHASE_MISSING and guard.line not in (None, fault.line)
        return fault.target in guard.meters and not other_line
    return not fault.target or any(record.chargers[index] == fault.target for index in guard.chargers)


def _heard(record: Record, guard: Guard) -> float:
    """Seconds from a start of Home Assistant until every meter and charger there could be heard."""
    models = [record.scenario.meters[circuit] for circuit in guard.meters]
    polls = [charger_of(record, index).capability.poll_interval for index in guard.chargers]
    return max([model.interval + model.delay for model in models] + polls, default=0.0)


def _no_spans(_: _Case) -> Iterable[Span]:
    return ()


def _meter_silent(case: _Case) -> Iterable[Span]:
    since = max(
        (away.until for away in case.scenario.faults if away.kind in AWAY and _within(away.until, case.fault)),
        default=case.fault.at,
    )
    return [_lost(case, since, since)]


def _within(at: float, fault: Fault) -> bool:
    return fault.at < at < fault.until


def _lost(case: _Case, since: float, told: float) -> Span:
    """Until the house load of an event is assumed.

    Args:
        case: A meter that tells nothing true.
        since: Its last true value is from then.
        told: Its values are not believed from ``allowed`` after that.
    """
    allowed = allowed_age(case.model)
    house = case.guard.house / case.guard.ampere
    worst = float(house[int(case.clock) : int(case.end)].max(initial=-math.inf))
    if worst <= _remembered(case, house, since):
        return case.fault.at, min(told + allowed, case.fault.until)
    line, worst_house = case.guard.line, case.scenario.worst_house
    if case.fault.target == MAIN and worst_house is not None:
        assumed = sum(worst_house) if line is None else worst_house[line]
        if worst > assumed:
            return case.fault.at, case.fault.until
    return case.fault.at, min(told + max(STALE_STAGE_2, 2 * allowed), case.fault.until)


def _remembered(case: _Case, house: Floats, since: float) -> float:
    """The highest house load of the hour before that lasted long enough for the meter to see it."""
    begun = max((away.until for away in case.scenario.faults if away.kind in AWAY and away.until <= since), default=0.0)
    hour = house[int(max(since - WORST_HOUSE_MEMORY, begun)) : int(since)]
    lasting = max(math.ceil(case.model.interval), 1)
    if hour.size < lasting:
        return -math.inf
    return float(np.lib.stride_tricks.sliding_window_view(hour, lasting).min(axis=1).max())


def _meter_absurd(case: _Case) -> Iterable[Span]:
    return [(case.fault.at, min(case.clock + allowed_age(case.model), case.fault.until))]


def _meter_frozen(case: _Case) -> Iterable[Span]:
    """The cars' current stays clearly away from what it was while the meter tells the same value.

    What a charger draws that does not measure, or of which nobody knows the line, may be nothing there.
    """
    begin, end = int(case.fault.at), int(min(case.fault.until, len(case.record.limits)))
    drawn = case.guard.draws[begin:end] / case.guard.ampere
    vague = _vague(case)[begin:end]
    least = np.where(vague, 0.0, drawn).sum(axis=1)
    most = np.where(vague, case.record.limits[begin:end], drawn).sum(axis=1)
    clear = CLEAR_STEP + 3 * case.model.resolution
    wait = max(FOLLOW_PATIENCE, FOLLOW_READINGS * case.model.interval)
    away = (least - most[0] >= clear) | (least[0] - most >= clear) if most.size else np.zeros(0, dtype=np.bool_)
    lasting = math.ceil(wait)
    steady = np.lib.stride_tricks.sliding_window_view(away, lasting).all(axis=1) if away.size >= lasting else away[:0]
    if not steady.any():
        return [(case.fault.at, case.fault.until)]
    polls = [charger_of(case.record, index).capability.poll_interval for index in case.guard.chargers]
    told = begin + int(steady.argmax()) + wait + case.model.interval + max(polls, default=0.0)
    return [_lost(case, case.fault.at, told)]


def _vague(case: _Case) -> Mask:
    """(T, n) of which chargers nobody knows what they draw on a line, or on which."""
    chargers = [charger_of(case.record, index) for index in range(len(case.record.chargers))]
    silent = np.array([not charger.capability.measures for charger in chargers], dtype=np.bool_)
    unknown = np.array([charger.wiring is None for charger in chargers], dtype=np.bool_)
    used = (case.record.drawn >= PHASE_SEEN).sum(axis=2)
    lines = sum(fuse > 0 for fuse in case.scenario.site.circuits[0].fuse)
    vague: Mask = silent | (unknown & (used > 0) & (used < lines))
    return vague


def _charger_silent(case: _Case) -> Iterable[Span]:
    poll = case.capability.poll_interval
    return [
        (case.fault.at, min(case.fault.at + patience(case.capability), case.fault.until + poll)),
        (case.fault.until, case.fault.until + poll),
    ]


def _limit_ignored(case: _Case) -> Iterable[Span]:
    limits, drawn = case.record.limits[:, case.column], case.record.drawn[:, case.column].max(axis=1)
    ignored = next((order for order in case.orders() if order.taken and order.amperes < limits[int(order.at)]), None)
    if ignored is None:
        return []
    above = drawn[int(ignored.at) :] > ignored.amperes + IGNORES_LIMIT
    if not above.any():
        return []
    return [(case.fault.at, ignored.at + int(above.argmax()) + _seen_above(case.capability))]


def _seen_above(capability: Capability) -> float:
    """Seconds after which a car above its limit is one that does not obey."""
    return capability.latency + capability.settle + IGNORES_PATIENCE + capability.poll_interval


def _writes_fail(case: _Case) -> Iterable[Span]:
    refused = next((order for order in case.orders() if not order.taken), None)
    return [] if refused is None else [(case.fault.at, refused.at + 1)]


def _other_master(case: _Case) -> Iterable[Span]:
    fault, capability = case.fault, case.capability
    last = min(case.clock, fault.until - 1e-6)
    written = fault.at + max((last - fault.at) // fault.period, 0.0) * fault.period
    return [(written, written + capability.poll_interval + capability.latency)]


def _away(case: _Case) -> Iterable[Span]:
    return [(case.fault.at, case.fault.until + _heard(case.record, case.guard))]


_SPANS: Mapping[FaultKind, Callable[[_Case], Iterable[Span]]] = {
    FaultKind.METER_SILENT: _meter_silent,
    FaultKind.PHASE_MISSING: _meter_silent,
    FaultKind.METER_ABSURD: _meter_absurd,
    FaultKind.METER_FROZEN: _meter_frozen,
    FaultKind.CHARGER_SILENT: _charger_silent,
    FaultKind.CHARGER_REBOOTS: _charger_silent,
    FaultKind.LIMIT_IGNORED: _limit_ignored,
    FaultKind.WRITES_FAIL: _writes_fail,
    FaultKind.OTHER_MASTER: _other_master,
    FaultKind.RESTART: _away,
    FaultKind.CRASH: _away,
}


def _above_offer(record: Record, guard: Guard, clock: float) -> float:
    """When it could be known that a car draws more than it is offered."""
    row = min(int(clock), len(record.cars) - 1)
    known = clock
    for index in guard.chargers:
        car = record.cars[row, index]
        if car != NO_CAR and record.scenario.cars[car].excess > 0:
            before = [
                order.at for order in record.orders if order.charger == record.chargers[index] and order.at < clock
            ]
            arrived = record.scenario.cars[car].arrives
            known = max(known, max(before, default=arrived) + _seen_above(charger_of(record, index).capability))
    return known


def _rewritten(record: Record, fault: Fault) -> float:
    """A charger that has failed is written again no later than one that is silent is given up."""
    return patience(charger_of(record, record.chargers.index(fault.target)).capability)


def _retried(record: Record, fault: Fault) -> float:
    """Refused writes are tried again after a back-off."""
    taken = (
        order.at for order in record.orders if order.charger == fault.target and order.taken and order.at >= fault.until
    )
    return min(RETRY_MOST, next(taken, math.inf) - fault.until)


def _stepped_back(_: Record, __: Fault) -> float:
    """A charger that somebody else keeps setting is left alone for a while."""
    return STEP_BACK


_RECOVERY: Mapping[FaultKind, Callable[[Record, Fault], float]] = {
    FaultKind.CHARGER_SILENT: _rewritten,
    FaultKind.CHARGER_REBOOTS: _rewritten,
    FaultKind.LIMIT_IGNORED: _rewritten,
    FaultKind.WRITES_FAIL: _retried,
    FaultKind.OTHER_MASTER: _stepped_back,
}
"""Seconds after the end of a fault until the charger can have taken a limit again."""
