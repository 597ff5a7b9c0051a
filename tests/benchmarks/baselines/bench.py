"""A rule on a workbench: readings made by hand go in, writes come out and are confirmed at once."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from benchmarks.baselines.baseline import Baseline
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    NO_LINE,
    Ack,
    Amperes,
    Capability,
    Charger,
    ChargerReading,
    Circuit,
    Grid,
    Limit,
    MeterReading,
    Now,
    PerLine,
    Reading,
    Site,
    VehicleState,
)
from custom_components.ev_charger_pool.pool.state import Settings

THREE = tuple(frozenset({line}) for line in range(3))
L1 = (frozenset({0}),)
L2 = (frozenset({1}),)
EVENING = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
B, C = VehicleState.B, VehicleState.C


def charger(key: str, *, wiring: tuple[frozenset[int], ...] = THREE, circuit: str = MAIN, **changed: object) -> Charger:
    """A charger of 16 A that takes whole amperes."""
    capability = Capability(maximum=16.0, phases=len(wiring), **changed)
    return Charger(id=key, name=key.title(), circuit=circuit, wiring=wiring, capability=capability)


def fuse(key: str = MAIN, amperes: float = 25.0, *, metered: bool = True, reserve: Amperes = NO_LINE) -> Circuit:
    """A circuit without a margin, so that figures stay round; all but the main hang on the main."""
    parent = None if key == MAIN else MAIN
    return Circuit(id=key, name=key, parent=parent, fuse=(amperes,) * 3, metered=metered, reserve=reserve, margin=0.0)


class Bench:
    """Feeds a rule.

    Args:
        rule: Not started yet.
        chargers: Of the house.
        circuits: Of the house, the main first.
    """

    def __init__(self, rule: Baseline, *chargers: Charger, circuits: Iterable[Circuit] = (fuse(),)) -> None:
        self.rule = rule
        self.limits: dict[str, float] = {}
        """What was written last, by charger."""
        self.writes: list[tuple[float, str, float]] = []
        self.wake = 0.0
        self._settings = Settings(site=Site(grid=Grid.TN, circuits=tuple(circuits), chargers=chargers), control=True)
        self._phases = {one.id: one.capability.phases for one in chargers}
        self._sequence = 0
        self._acks: list[Ack] = []
        rule.start(self._settings, self._now(0.0))

    def hear(
        self,
        at: float,
        mains: PerLine | None = None,
        *,
        circuits: Mapping[str, PerLine] | None = None,
        watts: PerLine = (None, None, None),
        **chargers: tuple[VehicleState, float] | tuple[VehicleState, float, int],
    ) -> dict[str, float]:
        """Have the rule hear meters and chargers; returns what it writes.

        Args:
            at: Monotonic time.
            mains: Amperes per line.
            circuits: The same of other meters.
            watts: Active power of the mains.
            chargers: State, current per phase and, where it is not all of them, on how many phases.
        """
        readings: list[Reading] = []
        for source, amperes in ({} if mains is None else {MAIN: mains} | dict(circuits or {})).items():
            self._sequence += 1
            power = watts if source == MAIN else (None, None, None)
            readings.append(
                MeterReading(source=source, sequence=self._sequence, taken=at, amperes=amperes, watts=power)
            )
        for key, (state, current, *used) in chargers.items():
            self._sequence += 1
            phases = used[0] if used else self._phases[key]
            drawn = tuple(current if phase < phases else 0.0 for phase in range(3))
            readings.append(
                ChargerReading(
                    source=key,
                    sequence=self._sequence,
                    asked=at,
                    taken=at,
                    amperes=(drawn[0], drawn[1], drawn[2]),
                    state=state,
                    limit=self.limits.get(key, 16.0),
                )
            )
        return self.give(at, readings)

    def give(self, at: float, readings: Iterable[Reading]) -> dict[str, float]:
        """Have the rule step with these readings; returns what it writes."""
        acks, self._acks = self._acks, []
        orders = self.rule.step(self._now(at), tuple(readings), acks)
        self.wake = orders.wake
        for write in orders.writes:
            self.limits[write.charger] = write.amperes
            self.writes.append((at, write.charger, write.amperes))
            self._acks.append(Ack(charger=write.charger, number=write.number, amperes=write.amperes, at=at))
        return {write.charger: write.amperes for write in orders.writes}

    def limit_from_outside(self, at: float, limit: Limit) -> None:
        """Let a limit from outside begin."""
        settings = Settings(site=self._settings.site, control=True, limits=(limit,))
        self.rule.change(settings, self._now(at))

    @staticmethod
    def _now(at: float) -> Now:
        return Now(at, EVENING + timedelta(seconds=at))
