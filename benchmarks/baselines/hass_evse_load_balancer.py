"""hass-evse-load-balancer's optimised balancer: a risk counter tolerates short overloads, raises wait 15 minutes."""

from dataclasses import dataclass
import itertools
import math
from typing import override

from custom_components.ev_charger_pool.pool.model import Charger, Circuit

from .baseline import Baseline, Ticks

CYCLE = 1.0
"""Seconds between two evaluations."""
PACE = 20.0
"""Least seconds between two writes to a charger."""
RAISE_AFTER = 900.0
"""Seconds without a write before a raise."""
TRIP = 60.0
"""Risk at which an overload is acted upon."""
DECAY = 1.0
"""Risk that fades per second without overload."""
TOLERANCES = ((0.13, 60.0), (0.40, 30.0), (1.0, 10.0), (math.inf, 1.0))
"""An overload up to this share of the limit is tolerated for so many seconds."""


def tolerated(overload: float) -> float:
    """Seconds that an overload, as a share of the limit, is tolerated."""
    return next(seconds for share, seconds in TOLERANCES if overload <= share)


@dataclass(slots=True)
class _Monitor:
    """One phase of one meter.

    Args:
        limit: Of the phase, A.
        availability: What the allocator is told, A; negative to cut.
        risk: Rises while the phase is overloaded.
        evaluated: Monotonic time of the last evaluation.
    """

    limit: float
    availability: float
    risk: float = 0.0
    evaluated: float | None = None

    def update(self, free: float, at: float) -> float:
        """The availability after so many free amperes; an overload changes it only when its risk has tripped."""
        elapsed = 0.0 if self.evaluated is None else at - self.evaluated
        self.evaluated = at
        if free < 0:
            self.risk += elapsed * TRIP / tolerated(-free / self.limit)
            if self.risk >= TRIP:
                self.risk = 0.0
                self.availability = free
        else:
            self.risk = max(0.0, self.risk - elapsed * DECAY)
            self.availability = min(self.limit, free)
        return self.availability


class HassEvseLoadBalancer(Baseline):
    """hass-evse-load-balancer, every charger under the meter nearest above it.

    - Each second, per phase: free = min(limit, floor(limit - whole amperes measured)). A negative one raises the
      phase's risk so that it trips after 60, 30, 10 or 1 s by its size; the risk fades by 1 a second.
    - Cuts are shared in proportion to the present settings, raises in proportion to (wanted - present), both rounded
      down. A charger with one limit for all phases takes the least of the phases.
    - Writes to a charger are at least 20 s apart. A lower setting is written as soon as that allows, a higher one
      15 minutes after the last write.
    - A meter that does not answer skips the cycle: the last limits stay.

    Silent in the description: with several chargers each one has its own times, though the integration wires only one
    to its allocator; what a car wants is always the charger's maximum, which an installer has set to an equal share of
    a fuse without a meter. There is no minimum: below 6 A it sets what it computes and goes on from there, while the
    box pauses, as the control pilot has no such offer.
    """

    @override
    def begin(self, at: float) -> None:
        self._ticks = Ticks(at, CYCLE)
        self._monitors: dict[tuple[str, int], _Monitor] = {}
        self._set: dict[str, float] = {}
        self._written: dict[str, float] = {}
        self.reaction = CYCLE + TOLERANCES[0][1] + PACE

    @override
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        if self._ticks.passed(at):
            for circuit in self.readings.circuits.values():
                if circuit.metered and self.readings.answers(circuit.id):
                    self._balance(circuit, at)
        self.wake = self._ticks.next

    def _balance(self, circuit: Circuit, at: float) -> None:
        chargers = [
            charger
            for charger in self.readings.chargers
            if self.readings.metered(charger) == circuit and self.readings.connected(charger)
        ]
        for charger in chargers:
            told = self.readings.limit_told(charger)
            self._set.setdefault(charger.id, self._most(charger) if told is None else told)
        availability = self._available(circuit, at)
        settings: dict[str, list[float]] = {charger.id: [] for charger in chargers}
        for free in availability:
            for key, setting in self._shared(free, chargers).items():
                settings[key].append(setting)
        for charger in chargers:
            self._set_to(charger, min(settings[charger.id]), at)

    def _most(self, charger: Charger) -> float:
        """What the installer lets a charger have, A."""
        unmetered = itertools.takewhile(lambda circuit: not circuit.metered, self.readings.paths[charger.id])
        shares = [self.readings.limit(circuit) / len(self.readings.behind(circuit.id)) for circuit in unmetered]
        return min([self.readings.maximum(charger), *shares])

    def _available(self, circuit: Circuit, at: float) -> list[float]:
        sample = self.readings.sample(circuit.id)
        limits = self.readings.limits(circuit)
        availability = []
        for line in self.readings.lines(circuit):
            monitor = self._monitors.setdefault((circuit.id, line), _Monitor(limits[line], limits[line]))
            monitor.limit = limits[line]
            if sample is not None:
                free = math.floor(limits[line] - math.floor(sample.amperes[line]))
                availability.append(monitor.update(min(limits[line], free), at))
        return availability

    def _shared(self, free: float, chargers: list[Charger]) -> dict[str, float]:
        """The settings after one phase had so much free, or too little."""
        present = {charger.id: self._set[charger.id] for charger in chargers}
        if free < 0:
            total = sum(present.values())
            return {
                key: max(0.0, setting + math.floor(free * setting / total)) if total else setting
                for key, setting in present.items()
            }
        missing = {charger.id: max(0.0, self._most(charger) - present[charger.id]) for charger in chargers}
        total = sum(missing.values())
        return {
            key: setting + math.floor(min(free * missing[key] / total, missing[key])) if total else setting
            for key, setting in present.items()
        }

    def _set_to(self, charger: Charger, new: float, at: float) -> None:
        last = self._set[charger.id]
        since = at - self._written.get(charger.id, -math.inf)
        if new == last or since <= PACE or (new > last and since <= RAISE_AFTER):
            return
        self._set[charger.id] = new
        self._written[charger.id] = at
        self.outbox.want(charger, new)
