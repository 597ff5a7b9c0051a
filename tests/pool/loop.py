"""A house in simulated time around the controller: cars, chargers and a meter behave, ``step`` decides."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from custom_components.ev_charger_pool.pool.control import Outcome, step
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Ack,
    Capability,
    Charger,
    ChargerReading,
    Circuit,
    Decision,
    Grid,
    MeterReading,
    Now,
    Reading,
    Site,
    VehicleState,
    Why,
    Write,
)
from custom_components.ev_charger_pool.pool.state import Settings, State, change, ready, start
from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.charger import Charger as Box
from custom_components.ev_charger_pool.simulation.house import Appliance, House, Outlet

MORNING = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)

L1 = (frozenset({0}),)
L2 = (frozenset({1}),)
L3 = (frozenset({2}),)
THREE = (frozenset({0}), frozenset({1}), frozenset({2}))


def site(*chargers: Charger, fuse: float = 25.0, circuits: tuple[Circuit, ...] = ()) -> Site:
    """A three-phase site with a metered main fuse."""
    main = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(fuse, fuse, fuse), metered=True)
    return Site(grid=Grid.TN, circuits=(main, *circuits), chargers=chargers)


def box(maximum: float = 16.0, limit: float = 6.0, car: Car | None = None) -> Box:
    """A charger's physics."""
    charger = Box(maximum=maximum, reboot_default=limit)
    charger.car = car
    return charger


class Loop:
    """Runs a house second by second.

    Args:
        settings: What the controller is given.
        boxes: The physics of every charger, by id.
        base: House load per line, A.
        appliances: What can be switched on.
    """

    def __init__(
        self,
        settings: Settings,
        boxes: dict[str, Box],
        base: tuple[float, float, float] = (2.0, 2.0, 2.0),
        appliances: tuple[Appliance, ...] = (),
    ) -> None:
        outlets = {}
        for charger in settings.site.chargers:
            wiring = charger.wiring or THREE
            outlets[charger.id] = Outlet(boxes[charger.id], tuple(min(lines) for lines in wiring))
        self.house = House(base, appliances, outlets)
        self.boxes = boxes
        self._base = base
        self.at = 0.0
        self.state: State = ready(start(settings, 0.0), 0.0)
        self.meter_works = True
        self.missing_lines: frozenset[int] = frozenset()
        self.unplugged: set[str] = set()
        self.refuses: set[str] = set()
        self.writes: list[tuple[float, Write]] = []
        self.over: list[float] = []
        self.outcome: Outcome | None = None
        self._sequence = 0
        self._acks: list[Ack] = []

    @property
    def settings(self) -> Settings:
        return self.state.settings

    def change(self, **changes: object) -> None:
        """Give the controller other settings."""
        self.state = change(self.state, replace(self.settings, **changes), self.at)

    def switch(self, name: str, *, on: bool) -> None:
        """Turn an appliance on or off."""
        self.house.appliances[name].on = on

    def house_alone(self) -> list[float]:
        """What flows without the chargers, A per line."""
        on = [appliance.amperes for appliance in self.house.appliances.values() if appliance.on]
        return [base + sum(amperes[line] for amperes in on) for line, base in enumerate(self._base)]

    def decision(self, charger: str) -> Decision:
        assert self.outcome is not None
        return self.outcome.decisions[charger]

    def why(self, charger: str) -> Why:
        return self.decision(charger).reason.why

    def limit(self, charger: str) -> float:
        return self.boxes[charger].setpoint

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> float:
        """Let time pass; returns the seconds it took until the condition held, or all."""
        end = self.at + seconds
        begun = self.at
        while self.at < end:
            self.at += 1.0
            self._second()
            if until is not None and until():
                break
        return self.at - begun

    def _second(self) -> None:
        for tenth in range(10):
            self.house.tick(self.at - 1.0 + tenth / 10)
        fuse = self.settings.site.path(MAIN)[0].fuse
        if any(amperes > rated + 0.1 for amperes, rated in zip(self.house.currents, fuse, strict=True)):
            self.over.append(self.at)
        readings = self._readings()
        acks, self._acks = self._acks, []
        now = Now(self.at, MORNING + timedelta(seconds=self.at))
        self.state, self.outcome = step(self.state, now, readings, acks)
        for write in self.outcome.writes:
            self.writes.append((self.at, write))
            if write.charger in self.unplugged or write.charger in self.refuses:
                error = "no answer"
            else:
                error = None
                if write.phases is None:
                    self.boxes[write.charger].set_limit(self.at, write.amperes)
                else:
                    self.boxes[write.charger].set_phases(self.at, write.phases)
            self._acks.append(
                Ack(charger=write.charger, number=write.number, amperes=write.amperes, at=self.at + 0.2, error=error)
            )

    def _readings(self) -> list[Reading]:
        self._sequence += 1
        readings: list[Reading] = []
        if self.meter_works:
            amperes = [
                None if line in self.missing_lines else round(value, 2)
                for line, value in enumerate(self.house.currents)
            ]
            readings.append(
                MeterReading(
                    source=MAIN,
                    sequence=self._sequence,
                    taken=self.at,
                    amperes=(amperes[0], amperes[1], amperes[2]),
                    resolution=0.01,
                )
            )
        for charger in self.settings.site.chargers:
            physics = self.boxes[charger.id]
            if charger.id in self.unplugged or self._sequence % 2:
                continue
            currents = physics.currents if charger.capability.measures else (None, None, None)
            readings.append(
                ChargerReading(
                    source=charger.id,
                    sequence=self._sequence,
                    asked=self.at,
                    taken=self.at,
                    amperes=currents,
                    state=VehicleState(physics.state),
                    limit=physics.setpoint,
                    session_wh=physics.session,
                    phases=physics.phases if charger.capability.phase_switch else None,
                )
            )
        return readings


def charger(key: str, wiring: tuple[frozenset[int], ...] | None, **capability: object) -> Charger:
    """A charger with some of its capability changed."""
    phases = 3 if wiring is None else len(wiring)
    return Charger(
        id=key, name=key.title(), wiring=wiring, capability=Capability(maximum=16.0, phases=phases, **capability)
    )
