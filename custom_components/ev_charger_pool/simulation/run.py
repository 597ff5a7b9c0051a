"""Runs a scenario with a controller: the house lives in steps of a second, the controller steps when it has news."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
import math

from ..pool.model import Ack, Now, Reading, Write
from .connection import Connection
from .controller import Controller
from .faults import Faults
from .meter import Meter
from .record import Order, Record
from .recorder import Recorder
from .scenario import Scenario
from .world import World, seed_of

STARTED = 1000.0
"""Monotonic time at the beginning of a scenario: nobody may take it for the time since then."""


def run(scenario: Scenario, controller: Controller, progress: Callable[[int], None] | None = None) -> Record:
    """Let a controller look after the house of a scenario.

    Args:
        scenario: The house and what happens in it.
        controller: Not started yet.
        progress: Called with every second that has passed.

    Raises:
        ValueError: The scenario contradicts itself; the message begins with the name of the field.
    """
    running = _Run(scenario, controller)
    for second in range(scenario.seconds):
        running.tick(second)
        if progress is not None:
            progress(second)
    return running.finish()


class _Run:
    def __init__(self, scenario: Scenario, controller: Controller) -> None:
        site = scenario.site
        self._scenario = scenario
        self._controller = controller
        self._world = World(scenario, start=STARTED)
        self._recorder = Recorder(scenario, self._world)
        self._meters = {
            circuit: Meter(
                circuit, model, voltage=site.voltage, start=STARTED, seed=seed_of(scenario, f"meter {circuit}")
            )
            for circuit, model in scenario.meters.items()
        }
        self._connections = {
            charger.id: Connection(charger.id, charger.capability, self._world.chargers[charger.id], start=STARTED)
            for charger in site.chargers
        }
        self._faults = Faults(
            scenario.faults,
            meters=self._meters,
            chargers=self._world.chargers,
            connections=self._connections,
            start=STARTED,
        )
        self._settings = scenario.settings
        self._bounds = sorted({bound for limit in scenario.limits for bound in (limit.at, limit.until)}, reverse=True)
        self._wall = scenario.start
        """Wall clock at second 0, as far as the clock is right."""
        self._up = False
        self._wake = -math.inf

    def tick(self, second: int) -> None:
        """Live until a second and let the controller react to what it hears then."""
        monotonic = STARTED + second
        for connection in self._connections.values():
            connection.arrive(monotonic)
        if self._faults.tick(second):
            self._wall = self._scenario.start + timedelta(seconds=self._faults.clock_shift)
        self._world.tick(second)
        self._recorder.tick()
        now = Now(monotonic, self._wall + timedelta(seconds=second))
        self._limit(second, now)
        if self._up is self._faults.away:
            self._switch(now)
        readings, acks = self._news(second, monotonic)
        if self._up and (readings or acks or monotonic >= self._wake):
            self._step(second, now, readings, acks)

    def finish(self) -> Record:
        """What was true; writes still under way come to their end."""
        orders: list[Order] = []
        for connection in self._connections.values():
            connection.arrive(math.inf)
            orders += connection.orders
        return self._recorder.record(orders)

    def _limit(self, second: int, now: Now) -> None:
        """Let limits from outside come and go."""
        if not self._bounds or self._bounds[-1] > second:
            return
        while self._bounds and self._bounds[-1] <= second:
            self._bounds.pop()
        live = [change.limit for change in self._scenario.limits if change.at <= second < change.until]
        self._settings = replace(self._settings, limits=tuple(replace(limit, expires=None) for limit in live))
        if self._up:
            self._controller.change(self._settings, now)
            self._wake = -math.inf

    def _switch(self, now: Now) -> None:
        """Home Assistant starts or goes away."""
        self._up = not self._up
        if self._up:
            for index, connection in enumerate(self._connections.values()):
                connection.listen(now.monotonic, index)
            self._controller.start(self._settings, now)
            self._wake = -math.inf
        elif not self._faults.crashed:
            self._send(self._controller.stop(now), now.monotonic)

    def _news(self, second: int, monotonic: float) -> tuple[list[Reading], list[Ack]]:
        """What is heard; meters tell also while nobody listens."""
        readings: list[Reading] = []
        acks: list[Ack] = []
        for meter in self._meters.values():
            if meter.due(monotonic):
                meter.measure(monotonic, self._world.currents(meter.source, second))
            if (heard := meter.hear(monotonic)) is not None:
                readings.append(heard)
        if self._up:
            for connection in self._connections.values():
                if (told := connection.poll(monotonic)) is not None:
                    readings.append(told)
                acks += connection.acks(monotonic)
        return readings, acks

    def _step(self, second: int, now: Now, readings: list[Reading], acks: list[Ack]) -> None:
        orders = self._controller.step(now, readings, acks)
        self._wake = orders.wake
        self._recorder.decided(second, orders.decisions)
        self._recorder.breaches += [(float(second), breach) for breach in orders.breaches]
        self._send(orders.writes, now.monotonic)

    def _send(self, writes: Iterable[Write], monotonic: float) -> None:
        for write in writes:
            self._connections[write.charger].send(write, monotonic)
