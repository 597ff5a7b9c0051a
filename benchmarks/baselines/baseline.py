"""What every re-stated rule is: something that hears readings and at its own times says what it wants."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
import math
from typing import override

from custom_components.ev_charger_pool.pool.model import Ack, Charger, Now, Reading, Write
from custom_components.ev_charger_pool.pool.state import Settings
from custom_components.ev_charger_pool.simulation.controller import Controller, Orders

from .outbox import Outbox
from .readings import Readings


class Baseline(Controller, ABC):
    """A rule behind the interface of the virtual house.

    Attributes:
        reaction: See ``Controller``; known once it has started.
        readings: What was told.
        outbox: What is wanted.
        wake: Monotonic time at which the rule decides next if nothing is heard before.
    """

    reaction: float
    readings: Readings
    outbox: Outbox
    wake: float

    @abstractmethod
    def begin(self, at: float) -> None:
        """Start from nothing: ``readings`` and ``outbox`` are new."""

    @abstractmethod
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        """Say what is wanted now.

        Args:
            at: Monotonic time.
            sampled: Ids of the circuits that have a new sample.
        """

    @override
    def start(self, settings: Settings, now: Now) -> None:
        """Begin with nothing known but the settings."""
        self.readings = Readings(settings)
        self.outbox = Outbox(self.readings.chargers)
        self.wake = math.inf
        self.begin(now.monotonic)

    @override
    def change(self, settings: Settings, now: Now) -> None:
        """Go on with other limits."""
        self.readings.configure(settings)

    @override
    def step(self, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> Orders:
        """Take in what is new, decide and write."""
        self.outbox.take(acks)
        self.decide(now.monotonic, self.readings.take(readings))
        writes = self.outbox.send(now.monotonic)
        return Orders(writes=writes, wake=min(self.wake, self.outbox.wake))

    @override
    def stop(self, now: Now) -> tuple[Write, ...]:
        """Leave the chargers as they are: none of the descriptions tells of a hand-over."""
        return ()

    def offered(self, charger: Charger) -> float:
        """The limit last wanted for a charger, A; 0 before the first."""
        return self.outbox.wanted(charger) or 0.0


class Ticks:
    """A loop with a fixed period that starts at once."""

    def __init__(self, at: float, period: float) -> None:
        self.next = at
        self._period = period

    def passed(self, at: float) -> bool:
        """Whether the loop runs at this time; several periods missed run once."""
        if at < self.next - 1e-9:
            return False
        while self.next <= at + 1e-9:
            self.next += self._period
        return True
