"""SmartEVSE's smart mode with one master and its nodes: one number, moved on every new measurement of the mains."""

import math
from typing import override

from custom_components.ev_charger_pool.pool.model import MAIN, Charger, Circuit

from .baseline import Baseline, Ticks
from .readings import PHASE_USED

POLL = 2.0
"""Seconds between two questions of the master to its meters."""
UP = 0.25
"""Share of the headroom by which the sum is raised on a measurement."""
CHECKS = 2
"""More checks in a row than this with too little for everybody's minimum stop all."""
FAR_OVER = 2.0
"""A mains current above so many times its limit stops all at once."""
WAIT = 60.0
"""Seconds after a stop before anybody may start."""
START = 10.0
"""So long a car that may start is given to draw before the next one may, s."""
MAINS_TIMEOUT = 11.0
CIRCUIT_TIMEOUT = 20.0
"""Seconds without a measurement after which all stop."""


class SmartEvse(Baseline):
    """SmartEVSE's master.

    - The master asks its meters every 2 s.
    - A circuit has one current, that of its highest phase, and one limit. The headroom is the least over the mains and
      the circuits that hold chargers.
    - On a new measurement of the mains the sum of all active set-points rises by a quarter of the headroom or falls by
      all of the shortfall. It is shared equally among the active chargers, clipped to each one's maximum, the rest
      shared again.
    - Where not everybody can have 6 A, everybody gets 6 A. If that shortfall lasts for more than two checks, or the
      mains current exceeds twice its limit, all stop, wait 60 s and start again as far as there is room.
    - A car starts where 6 A for it and for all active ones fit under the limit less the base load.
    - No measurement of the mains for 11 s or of a circuit for 20 s stops all.

    Silent in the description: a circuit without a meter counts the set-points of its active chargers and its reserve.
    Cars that wait start one after the other, in the order in which chargers are listed, the next when the last one
    draws, and add 6 A to the sum: all at once they would share room that each of them is about to take. The 60 s begin
    with the stop. That it does not wait for a car to follow before it corrects again is in the description.
    """

    @override
    def begin(self, at: float) -> None:
        self._sum = 0.0
        self._short = 0
        self._offered: dict[str, float] = {}
        self._active: set[str] = set()
        self._joined: dict[str, float] = {}
        self._shares: dict[str, float] = {}
        self._not_before = at
        self._ticks = Ticks(at, POLL)
        self._started = at
        self._balanced: float | None = None
        self._fresh = False
        self.reaction = (CHECKS + 1) * POLL

    @override
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        self._fresh = self._fresh or MAIN in sampled
        if self._ticks.passed(at):
            circuits = self._circuits()
            if self._timed_out(at, circuits):
                self._stop(at)
            elif self._fresh:
                self._balance(at, circuits)
            for charger in self.readings.chargers:
                self.outbox.want(charger, self._set_point(charger))
        self.wake = self._ticks.next

    def _set_point(self, charger: Charger) -> float:
        if charger.id in self._active:
            return self._shares.get(charger.id, charger.minimum)
        return charger.minimum if charger.id in self._offered else 0.0

    def _circuits(self) -> list[Circuit]:
        """The mains and the circuits that hold chargers."""
        return [
            circuit
            for circuit in self.readings.circuits.values()
            if circuit.id == MAIN or self.readings.behind(circuit.id)
        ]

    def _timed_out(self, at: float, circuits: list[Circuit]) -> bool:
        for circuit in circuits:
            if circuit.metered:
                sample = self.readings.sample(circuit.id)
                since = self._started if sample is None else sample.at
                if at - since > (MAINS_TIMEOUT if circuit.id == MAIN else CIRCUIT_TIMEOUT):
                    return True
        return False

    def _headroom(self, circuits: list[Circuit]) -> float:
        return min(self.readings.limit(circuit) - self._current(circuit) for circuit in circuits)

    def _current(self, circuit: Circuit) -> float:
        sample = self.readings.sample(circuit.id)
        if circuit.metered and sample is not None:
            return sample.highest
        active = [charger for charger in self.readings.behind(circuit.id) if charger.id in self._active]
        return sum(self._shares.get(charger.id, 0.0) for charger in active)

    def _balance(self, at: float, circuits: list[Circuit]) -> None:
        self._fresh = False
        if self._balanced is not None:
            # The stop comes with the third measurement in a row, whatever the meter's interval is.
            self.reaction = max(self.reaction, (CHECKS + 1) * min(at - self._balanced, MAINS_TIMEOUT))
        self._balanced = at
        headroom = self._headroom(circuits)
        # The limit less the base load, which is the measured current less the set-points it was measured with.
        available = self._sum + headroom
        self._sum += headroom * UP if headroom > 0 else headroom
        self._count_active(at)
        active = [charger for charger in self.readings.chargers if charger.id in self._active]
        least = sum(charger.minimum for charger in active)
        if not active or self._sum >= least:
            self._short = 0
        else:
            self._sum = least
            if least > available:
                self._short += 1
        mains = self.readings.sample(MAIN)
        far_over = mains is not None and mains.highest > FAR_OVER * self.readings.limit(self.readings.circuits[MAIN])
        if self._short > CHECKS or far_over:
            self._stop(at)
            return
        self._share(active)
        if at >= self._not_before and not self._is_starting(at):
            self._let_start(at, available - least)

    def _count_active(self, at: float) -> None:
        """Count the charging cars as active: a new one adds its minimum to the sum, one that ends takes its share."""
        for charger in self.readings.chargers:
            key = charger.id
            if not self.readings.connected(charger):
                self._offered.pop(key, None)
            if key in self._offered and self._is_charging(charger):
                self._active.add(key)
                self._sum += charger.minimum
                self._joined[key] = at
                del self._offered[key]
            elif key in self._active and not self._is_charging(charger):
                self._active.discard(key)
                self._sum = max(0.0, self._sum - self._shares.pop(key, 0.0))
                self._offered[key] = -math.inf

    def _is_starting(self, at: float) -> bool:
        """Whether a car that may start has not had the time to draw yet."""
        return any(at - since < START for since in self._offered.values()) or any(
            at - self._joined[charger.id] < START and max(self.readings.drawn(charger, charger.minimum)) < PHASE_USED
            for charger in self.readings.chargers
            if charger.id in self._active
        )

    def _is_charging(self, charger: Charger) -> bool:
        return self.readings.connected(charger) and self.readings.charging(charger)

    def _share(self, active: list[Charger]) -> None:
        maximum = {charger.id: self.readings.maximum(charger) for charger in active}
        self._sum = min(self._sum, sum(maximum.values()))
        left, waiting = self._sum, sorted(active, key=lambda charger: maximum[charger.id])
        for place, charger in enumerate(waiting):
            share = min(maximum[charger.id], left / (len(waiting) - place))
            self._shares[charger.id] = share
            left -= share

    def _let_start(self, at: float, room: float) -> None:
        """Offer the next car its minimum where there is room for it."""
        for charger in self.readings.chargers:
            waits = charger.id not in self._active and charger.id not in self._offered
            if waits and self.readings.connected(charger) and charger.minimum <= room:
                self._offered[charger.id] = at
                return

    def _stop(self, at: float) -> None:
        self._sum = 0.0
        self._short = 0
        self._shares.clear()
        self._active.clear()
        self._offered.clear()
        self._not_before = at + WAIT
