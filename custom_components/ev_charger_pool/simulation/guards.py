"""What must not be exceeded in a run: every fuse on every line, and every limit from outside."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..pool.model import LINES, Amperes, AverageLimit, Charger, Circuit, Grid, Unit
from .record import Floats, Record
from .scenario import LimitChange, Scenario

TOLERANCE = 0.1
"""A current may exceed a bound by this much, A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One bound, and what flows against it second by second.

    A limit on a circuit counts the house; a limit on a charger counts the phase that carries most.

    Args:
        target: Id of the circuit, or of the charger of a limit.
        line: None for a total and for a charger.
        limit: Id of the limit from outside, None for a fuse.
        unit: Of everything here.
        ampere: What one ampere is in the unit: 1, or volts.
        value: The bound.
        live: The first second in which it holds, and the one in which it does not any more.
        house: (T,) what flows without what the pool's chargers draw; a charger that is not the pool's is house.
        draws: (T, n) what each charger adds.
        minimums: (n,) what each adds at most while it stands at its minimum.
        chargers: Indexes of those that can add to it.
        meters: Circuits whose meters tell of it: its own, else the next one above, else all below.
    """

    target: str
    line: int | None
    limit: str | None
    unit: Unit
    ampere: float
    value: float
    live: tuple[float, float]
    house: Floats
    draws: Floats
    minimums: Floats
    chargers: tuple[int, ...]
    meters: tuple[str, ...]

    @property
    def flow(self) -> Floats:
        """(T,) what flows."""
        total: Floats = self.house + self.draws.sum(axis=1)
        return total

    @property
    def place(self) -> str:
        """For people: ``main L2``, ``main L2 (limit dimming)``."""
        where = self.target if self.line is None else f"{self.target} L{self.line + 1}"
        return where if self.limit is None else f"{where} (limit {self.limit})"

    @property
    def tolerance(self) -> float:
        """By how much it may be exceeded, in its unit."""
        return TOLERANCE * self.ampere


def guards(record: Record) -> tuple[Guard, ...]:
    """All bounds of a run: the fuses in the order of the circuits, then the limits from outside."""
    tables = _Tables(record)
    fuses = [tables.fuse(circuit, line) for circuit in record.scenario.site.circuits for line in _lines(circuit.fuse)]
    limits = [guard for change in record.scenario.limits for guard in tables.limit(change)]
    return (*fuses, *limits)


def average_guard(record: Record, limit: AverageLimit) -> Guard:
    """What a limit on an average counts: the power of its circuit."""
    return _Tables(record).total(limit.circuit, limit.watts, None, (0.0, np.inf))


def _lines(fuse: Amperes) -> tuple[int, ...]:
    return tuple(line for line in range(LINES) if fuse[line] > 0)


def charger_of(record: Record, index: int) -> Charger:
    """The charger of a column of the record."""
    return next(charger for charger in record.scenario.site.chargers if charger.id == record.chargers[index])


def phases_on_lines(scenario: Scenario, charger_id: str) -> Amperes:
    """How many phases of a charger are on each line of the site; what the site does not know, the model does."""
    charger = next(charger for charger in scenario.site.chargers if charger.id == charger_id)
    wiring = scenario.chargers[charger_id].wiring if charger.wiring is None else charger.wiring
    first, second, third = (float(sum(line in phase for phase in wiring)) for line in range(LINES))
    return first, second, third


def telling(scenario: Scenario, circuit_id: str) -> tuple[str, ...]:
    """The circuits whose meters tell of a circuit: its own, else the next one above, else all below."""
    site = scenario.site
    for circuit in site.path(circuit_id):
        if circuit.id in scenario.meters:
            return (circuit.id,)
    return tuple(
        circuit.id
        for circuit in site.circuits
        if circuit.id in scenario.meters and any(above.id == circuit_id for above in site.path(circuit.id))
    )


class _Tables:
    """What the guards of a record are made from."""

    def __init__(self, record: Record) -> None:
        site = record.scenario.site
        self.record = record
        self.chargers = {charger.id: charger for charger in site.chargers}
        self.ours = np.array([self.chargers[key].enabled for key in record.chargers], dtype=np.bool_)
        self.phases = np.array([phases_on_lines(record.scenario, key) for key in record.chargers]).reshape(-1, LINES)
        self.minimums = np.array([self.chargers[key].minimum for key in record.chargers], dtype=np.float64)
        self.volts = site.voltage if site.grid is Grid.TN else site.voltage / 2

    def fuse(self, circuit: Circuit, line: int) -> Guard:
        return self._of_line(circuit.id, line, circuit.fuse[line], None, (0.0, np.inf))

    def limit(self, change: LimitChange) -> Iterable[Guard]:
        """The guards that a limit from outside becomes; its floor counts.

        A limit on a charger is about what it offers: what its car draws beyond that is the car's.
        """
        limit = change.limit
        value, live = max(limit.value, limit.floor), (change.at, change.until)
        if limit.target in self.chargers:
            excess = max((car.excess for car in self.record.scenario.cars if car.charger == limit.target), default=0.0)
            if limit.unit is Unit.WATT:
                excess *= self.record.scenario.site.voltage * self.chargers[limit.target].capability.phases
            return [self._of_charger(limit.target, value + excess, limit.unit, limit.id, live)]
        if limit.unit is Unit.WATT:
            return [self.total(limit.target, value, limit.id, live)]
        circuit = next(circuit for circuit in self.record.scenario.site.circuits if circuit.id == limit.target)
        return [self._of_line(circuit.id, line, value, limit.id, live) for line in _lines(circuit.fuse)]

    def _behind(self, circuit_id: str) -> Floats:
        """(n,) 1 for the pool's chargers behind a fuse, else 0."""
        site = self.record.scenario.site
        behind = [
            any(above.id == circuit_id for above in site.path(self.chargers[key].circuit))
            for key in self.record.chargers
        ]
        mask: Floats = np.asarray(self.ours & np.array(behind, dtype=np.bool_), dtype=np.float64)
        return mask

    def _of_line(self, circuit_id: str, line: int, value: float, limit: str | None, live: tuple[float, float]) -> Guard:
        behind, row = self._behind(circuit_id), self.record.circuits.index(circuit_id)
        draws = self.record.drawn[:, :, line] * behind
        return Guard(
            target=circuit_id,
            line=line,
            limit=limit,
            unit=Unit.AMPERE,
            ampere=1.0,
            value=value,
            live=live,
            house=self.record.currents[:, row, line] - draws.sum(axis=1),
            draws=draws,
            minimums=self.minimums * self.phases[:, line] * behind,
            chargers=tuple(np.flatnonzero(behind * self.phases[:, line]).tolist()),
            meters=telling(self.record.scenario, circuit_id),
        )

    def total(self, circuit_id: str, value: float, limit: str | None, live: tuple[float, float]) -> Guard:
        """The guard of a circuit's power."""
        behind, row = self._behind(circuit_id), self.record.circuits.index(circuit_id)
        draws = self.record.drawn.sum(axis=2) * behind * self.volts
        return Guard(
            target=circuit_id,
            line=None,
            limit=limit,
            unit=Unit.WATT,
            ampere=self.volts,
            value=value,
            live=live,
            house=self.record.currents[:, row].sum(axis=1) * self.volts - draws.sum(axis=1),
            draws=draws,
            minimums=self.minimums * self.phases.sum(axis=1) * behind * self.volts,
            chargers=tuple(np.flatnonzero(behind).tolist()),
            meters=telling(self.record.scenario, circuit_id),
        )

    def _of_charger(self, charger_id: str, value: float, unit: Unit, limit: str, live: tuple[float, float]) -> Guard:
        index = self.record.chargers.index(charger_id)
        phases, drawn = self.phases[index], self.record.drawn[:, index]
        used = phases > 0
        ampere = 1.0 if unit is Unit.AMPERE else self.volts
        only = np.arange(len(self.record.chargers)) == index
        flow = (drawn[:, used] / phases[used]).max(axis=1) if unit is Unit.AMPERE else drawn.sum(axis=1) * self.volts
        least = self.minimums[index] * (1.0 if unit is Unit.AMPERE else phases.sum() * self.volts)
        return Guard(
            target=charger_id,
            line=None,
            limit=limit,
            unit=unit,
            ampere=ampere,
            value=value,
            live=live,
            house=np.zeros(len(drawn)),
            draws=flow[:, None] * only,
            minimums=least * only,
            chargers=(index,) if self.ours[index] else (),
            meters=telling(self.record.scenario, self.chargers[charger_id].circuit),
        )
