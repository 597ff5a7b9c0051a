"""What is to be said of a run, measured on what was true: over-seconds, relief, heat, stops, and the rules it broke.

Every figure is defined where it is counted: over-seconds, events and relief in ``events``, the bound of relief in
``relief`` and ``known``, heat in ``heating``, stops and set-point changes in ``stays``, orders in ``order_rules``,
averages of power in ``averages``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .averages import broken_averages
from .events import Event, Overload, overload
from .guards import Guard, guards
from .heating import Warmth, warmth
from .known import Mask, stuck
from .order_rules import blind_raises, device_rules
from .record import Record
from .relief import Relief
from .stays import Stay, per_car_hour, stays
from .times import at_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a circuit, or one limit from outside.

    Args:
        place: For people: ``main L2``, ``main (limit dimming)``.
        target: Id of the circuit, or of the charger of a limit.
        line: None for a total and for a charger.
        limit: Id of the limit from outside, None for a fuse.
        value: The bound, in ``unit``.
        unit: A or W.
        peak: The highest that flowed, in ``unit``.
        over_seconds: How many.
        events: In the order of time.
        heat: Of the breaker, None for a limit from outside.
    """

    place: str
    target: str
    line: int | None
    limit: str | None
    value: float
    unit: str
    peak: float
    over_seconds: int
    events: tuple[Event, ...]
    heat: Warmth | None

    @property
    def worst(self) -> Event | None:
        """The event that took longest, None without events."""
        return max(self.events, key=lambda event: event.relief, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a run measures up.

    Args:
        lines: Fuses per line in the order of the circuits, then limits from outside.
        stays: What became of every car.
        broken: A sentence for every broken rule.
    """

    lines: tuple[Line, ...]
    stays: tuple[Stay, ...]
    broken: tuple[str, ...]

    @property
    def over_seconds(self) -> int:
        """Of all lines."""
        return sum(line.over_seconds for line in self.lines)

    @property
    def relieved(self) -> bool:
        """Whether every event was over in time."""
        return all(event.kept for line in self.lines for event in line.events)

    @property
    def heat(self) -> float:
        """The highest of all breakers, percent."""
        return max((line.heat.percent for line in self.lines if line.heat is not None), default=0.0)

    @property
    def energy(self) -> float:
        """Of all cars, Wh."""
        return sum(stay.energy for stay in self.stays)

    @property
    def stops(self) -> int:
        """Of all cars."""
        return sum(stay.stops for stay in self.stays)

    @property
    def changes_per_car_hour(self) -> float | None:
        """Set-point changes per hour of plugged-in time, None where no car was plugged in."""
        return per_car_hour(sum(stay.changes for stay in self.stays), sum(stay.plugged for stay in self.stays))


def judge(record: Record, *, reaction: float = 0.0, own_rules: bool = True) -> Verdict:
    """Measure a run.

    Args:
        record: The run.
        reaction: Seconds that the controller's own rules let pass from a reading to the last write it leads to.
        own_rules: Whether rules count that only our controller promises: those its own decisions broke, no raise while
            the mains are unknown, the minimum of a car, averages of power. Without them only what fuses and chargers
            bear is judged.

    Raises:
        ValueError: The record has no second in it.
    """
    if not len(record.limits):
        raise ValueError("record: there is no second in it")
    relief, unsteerable = Relief(record, reaction), stuck(record)
    lines = tuple(_line(record, guard, relief, unsteerable) for guard in guards(record))
    broken = [sentence for line in lines for sentence in _broken(line)]
    broken += device_rules(record, own_minimum=own_rules)
    if own_rules:
        broken += [f"{sentence} at {at_time(at)}" for at, sentence in record.breaches]
        broken += blind_raises(record)
        broken += broken_averages(record, relief, unsteerable)
    return Verdict(lines=lines, stays=stays(record), broken=tuple(broken))


def _line(record: Record, guard: Guard, relief: Relief, unsteerable: Mask) -> Line:
    found: Overload = overload(record, guard, relief, unsteerable)
    breakers = {circuit.id: circuit.breaker for circuit in record.scenario.site.circuits}
    return Line(
        place=guard.place,
        target=guard.target,
        line=guard.line,
        limit=guard.limit,
        value=guard.value,
        unit=guard.unit,
        peak=float(guard.flow.max()),
        over_seconds=found.seconds,
        events=found.events,
        heat=warmth(record, guard, breakers[guard.target]) if guard.limit is None else None,
    )


def _broken(line: Line) -> Iterable[str]:
    for event in line.events:
        if not event.kept:
            yield (
                f"{line.place}: {event.relief} s above {line.value:g} {line.unit} at {at_time(event.at)}, "
                f"bound {event.bound:g} s"
            )
    heat = line.heat
    if heat is not None and not heat.kept:
        yield f"{line.place}: the breaker reached {heat.judged:.0f} % of its heat, bound {heat.bound:g} %"
