"""The working tables of one step: who takes part, on which lines, and what cannot be trusted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math

from .allocation import Grant, allocate
from .defaults import DEAD_BAND, MINIMUM_OFF, SLOW_RELIEF, UNMEASURED_SETTLE
from .house import Houses, View, load_of
from .meter import Age
from .model import LINES, NO_LINE, Draw, Now, Request, Row, Source, Unit
from .outlet import Outlet
from .state import State, absent, given_up_at

TOLERANCE = 1e-6
_LONGEST_SLEEP = 10.0
_NO_DRAW = Draw(NO_LINE, NO_LINE)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line whose meter cannot be trusted, and what a charger on it may have.

    Args:
        circuit: Id of the circuit with the meter.
        line: Its line.
        age: How far it can be trusted.
        whole: Whether all lines of the meter are in doubt.
    """

    circuit: str
    line: int
    age: Age
    whole: bool


class Scene:
    """What a step knows before it decides; outlets change as writes are ordered, wakes gather."""

    def __init__(self, state: State, now: Now, houses: Houses) -> None:
        self.state = state
        self.now = now
        self.at = now.monotonic
        self.houses = houses
        self.settings = state.settings
        self.layout = state.layout
        self.outlets = dict(state.outlets)
        self.lines = {key: outlet.lines(self.at, self.layout.reach[key]) for key, outlet in self.outlets.items()}
        self.heard_from = {key for key, outlet in self.outlets.items() if outlet.reachable(self.at)}
        self.wakes = [self.at + _LONGEST_SLEEP, *self._expiries()]
        for meter in state.meters.values():
            self.wakes += [meter.changes_at(line, self.at) for line in meter.lines]
        self.wakes += [guard.wake for guard in state.guards]
        self.waited_for = self._waited_for()
        self.blind = self._blind()
        self._untrusted = {place for place, house in houses.items() if house.age is not Age.FRESH}
        self.doubts = {key: self._doubt(key) if self._untrusted else None for key in self.outlets}
        self.standing = {
            key: outlet.standing(self.at, self.layout.reach[key])
            for key, outlet in self.outlets.items()
            if outlet.charger.enabled and not self.absent(key) and not self.steerable(key)
        }
        self._loads: dict[View, list[float]] = {}

    def _expiries(self) -> Iterable[float]:
        limits = (limit.expires for limit in self.state.limits)
        return (self.at + (expires - self.now.wall).total_seconds() for expires in limits if expires is not None)

    # Who takes part

    def absent(self, key: str) -> bool:
        """Whether a charger that was never seen has been given up (R18)."""
        return absent(self.state, self.outlets[key], self.at)

    def _waited_for(self) -> str | None:
        """A charger that has not been seen since the start and may still come."""
        for key, outlet in sorted(self.outlets.items()):
            if outlet.charger.enabled and not outlet.seen and not self.absent(key):
                if (given_up := given_up_at(self.state, outlet)) is not None:
                    self.wakes.append(given_up)
                return key
        return None

    def steerable(self, key: str) -> bool:
        """Whether a new limit would take effect."""
        outlet = self.outlets[key]
        return (
            outlet.charger.enabled
            and not outlet.charger.capability.stored
            and key in self.heard_from
            and not outlet.failures
            and not outlet.rivalry.steps_back(self.at)
            and not outlet.disobeys(self.at)
        )

    def wants(self, key: str) -> bool:
        """Whether a car is plugged in that takes what it is given, as far as anybody knows."""
        outlet = self.outlets[key]
        return outlet.connected and not outlet.appetite.satisfied

    def slow(self, key: str) -> bool:
        """Whether it takes too long from a rise of the house to less current (R12)."""
        outlet = self.outlets[key]
        capability = outlet.charger.capability
        own = capability.write_interval + capability.latency + capability.settle
        return own + max(self._intervals(key), default=0.0) > SLOW_RELIEF

    def _intervals(self, key: str) -> Iterable[float]:
        meters = self.state.meters
        for circuit in self.layout.paths[key]:
            if circuit.id in meters:
                interval = meters[circuit.id].interval
                yield circuit.meter_lag + (interval or 0.0)

    def _doubt(self, key: str) -> Doubt | None:
        """The least trustworthy line that a charger counts on."""
        worst: Doubt | None = None
        for circuit in self.layout.paths[key]:
            ages = {line: self.houses[circuit.id, line].age for line in range(LINES) if circuit.fuse[line] > 0}
            for line in sorted(self.lines[key] & ages.keys()):
                if ages[line] is not Age.FRESH and (worst is None or ages[line] > worst.age):
                    whole = all(age is not Age.FRESH for age in ages.values())
                    worst = Doubt(circuit.id, line, ages[line], whole)
        return worst

    def unproved(self, key: str) -> bool:
        """Whether a meter above it has not shown yet that it follows what the cars have just changed (R13)."""
        return any(
            self.state.meters[circuit.id].following.steps[line] is not None
            for circuit in self.layout.paths[key]
            if circuit.id in self.state.meters
            for line in self.lines[key]
        )

    def _blind(self) -> bool:
        """Whether a meter has not spoken yet and still has time to."""
        return any(
            not meter.seen and any(meter.age(line, self.at) is Age.FRESH for line in meter.lines)
            for meter in self.state.meters.values()
        )

    # What the rows say

    def loads(self, view: View) -> list[float]:
        """The house load on every row, in the row's unit.

        Below an average the present load counts in every view: its bound already makes up for what was.
        """
        if (known := self._loads.get(view)) is None:
            volts = self.settings.site.star_voltage
            known = self._loads[view] = [
                load_of(row, self.houses, volts, View.PRESENT if row.source is Source.PEAK else view)
                for row in self.state.rows
            ]
        return known

    def share(
        self,
        requests: Mapping[str, Request],
        view: View,
        standing: Mapping[str, Draw] | None = None,
        reserve: float = 0.0,
    ) -> dict[str, Grant]:
        """The allocator's answer; whoever stands is not asked.

        Args:
            requests: By charger id.
            view: Of the house load.
            standing: Draws that nobody steers, by charger id; by default of those that are so.
            reserve: Added to the house load below every bound on house and cars, A.
        """
        silent = {key: _NO_DRAW for key in self.outlets if key not in requests}
        draws = silent | dict(self.standing if standing is None else standing)
        asking = [request for key, request in requests.items() if key not in draws]
        loads = self.loads(view)
        if reserve:
            loads = [load + self._reserve(row, reserve) for row, load in zip(self.state.rows, loads, strict=True)]
        return allocate(self.state.rows, loads, draws, asking)

    def _reserve(self, row: Row, amperes: float) -> float:
        """A reserve in the unit of a row; below an average or on a single charger there is no need of one."""
        if row.circuit is None or row.source is Source.PEAK:
            return 0.0
        return amperes if row.unit is Unit.AMPERE else amperes * self.settings.site.star_voltage

    # What a charger stands at

    def base(self, key: str) -> float:
        """The limit to start from: ours, or just what is drawn where nobody knows the limit."""
        outlet = self.outlets[key]
        if outlet.limit is not None:
            return outlet.limit
        charger = outlet.charger
        measured = [value for value in outlet.samples[-1].amperes if value is not None] if outlet.samples else []
        steps = math.ceil(max(measured, default=0.0) / charger.capability.step)
        return min(max(steps * charger.capability.step, charger.minimum), charger.capability.maximum)

    def writable_at(self, key: str) -> float:
        """From when on the device takes another write (R12)."""
        outlet = self.outlets[key]
        allowed = -math.inf if outlet.written is None else outlet.written + outlet.charger.capability.write_interval
        return max(allowed, outlet.retry) if outlet.failures else allowed

    def worthwhile(self, key: str) -> float:
        """The smallest raise that is worth a write (R12)."""
        return max(DEAD_BAND, self.outlets[key].charger.capability.step) - TOLERANCE

    def ripe_at(self, key: str) -> float:
        """From when on it may be raised: nothing about it has changed for the hold time (R8, R11)."""
        outlet = self.outlets[key]
        heard = [self.state.meters[circuit.id].steady for circuit in self.layout.paths[key] if circuit.metered]
        ripe = outlet.steady if math.isinf(outlet.steady) else max([outlet.steady, *heard]) + self.settings.hold
        if outlet.limit == 0 and outlet.paused is not None and outlet.connected and not _switched(outlet):
            ripe = max(ripe, outlet.paused + MINIMUM_OFF)
        if not outlet.charger.capability.measures and outlet.written is not None:
            # Until then what it draws may not have come to rest in the house load.
            ripe = max(ripe, outlet.written + UNMEASURED_SETTLE)
        return ripe


def _switched(outlet: Outlet) -> bool:
    """Whether it was paused to switch its phases: its dead time is all the rest it needs."""
    return outlet.phase_switch is not None and outlet.paused is not None and outlet.phase_switch.last >= outlet.paused
