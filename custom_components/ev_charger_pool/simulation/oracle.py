"""The oracle: what the cars of a scenario could have had.

It is the pool's allocator, asked every second with what is true: the house load of every circuit and line, the
wiring, the phases and the energy each car uses and lacks. Everybody obeys at once: a car draws what it is given in
the same second, as far as its charger, its own maximum, its minimum and its taper let it, without reaction time or
ramp. Rows, margins, steps, minimums, strategy and turns are those of the pool, and so is the window of raises: the
house load of a second is the worst of the last ``scenario.window`` seconds, unless the window is left out. Limits
from outside count while they hold. Nothing ever fails, no car falls asleep or draws more than it is offered, nothing
is measured or rounded. A limit on an average power does not exist for the oracle, nor does it switch phases.

A charger without a car that wants energy takes nothing. Cars at chargers that are not the pool's are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
import math

import numpy as np
import numpy.typing as npt

from ..pool.allocation import allocate
from ..pool.model import Charger, Limit, Request, Row, Site, Unit, Wiring
from ..pool.rows import compile_rows
from ..pool.solver import TOLERANCE
from ..pool.strategy import Candidate, Rank, Turns, rank
from .car import VOLTAGE
from .record import Floats
from .scenario import CarModel, Scenario
from .world import World

_KILO = 1000
"""Strategies compare whole kWh; steps of chargers are whole thousandths of an ampere."""
_TOLERANCE = 1e-6
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleRun:
    """What the oracle did with a scenario.

    Args:
        charged: (T, cars) Wh in each car at the end of every second, since it arrived.
        contended: (T, cars) whether the car got less than it could take in that second.
        full: Per car the second at whose end it was full, None if it never was.
    """

    charged: Floats
    contended: npt.NDArray[np.bool_]
    full: tuple[int | None, ...]


def oracle(scenario: Scenario, *, window: bool = True) -> OracleRun:
    """Run the oracle.

    Args:
        scenario: The house; its faults are left out.
        window: Whether raises start from the worst of the window, as the pool's do.

    Raises:
        ValueError: The scenario contradicts itself; the message begins with the name of the field.
    """
    return _Oracle(scenario, window=window).run()


class _Stay:
    """A car while it is plugged in."""

    def __init__(self, car: CarModel, charger: Charger, wiring: Wiring) -> None:
        self.charger = charger
        self.car = car
        self.charged = 0.0
        self.phases = min(car.phases, len(wiring))
        self.step = charger.capability.step
        self.least = max(charger.minimum, car.minimum)
        self._wiring = wiring
        self._most = min(car.maximum, charger.capability.maximum)
        self._began: int | None = None

    @property
    def wish(self) -> float:
        """What it could take now on each phase, A; 0 when it is full."""
        left = self.car.needs - self.charged
        if left <= 0 or self._most < self.car.minimum:
            return 0.0
        if left < self.car.taper:
            fading = self.car.minimum + (self.car.maximum - self.car.minimum) * left / self.car.taper
            return min(self._most, fading)
        return self._most

    @property
    def asked(self) -> float:
        """The limit that lets it take that: the wish rounded up to the step, at least its minimum."""
        steps = math.ceil(self.wish / self.step - _TOLERANCE) * self.step
        return min(max(steps, self.least), self.charger.capability.maximum)

    @property
    def lines(self) -> frozenset[int]:
        """The lines it uses."""
        return frozenset().union(*self._wiring[: self.phases])

    def draw(self, second: int, limit: float) -> float:
        """Charge for a second with a limit, A; returns the current on each phase."""
        wish = self.wish
        amperes = min(limit, wish) if limit >= self.least - _TOLERANCE else 0.0
        energy = amperes * self.phases * VOLTAGE / _HOUR
        self.charged = min(self.charged + energy, self.car.needs)
        later = self.car.later_phases
        if amperes and later is not None:
            self._began = second if self._began is None else self._began
            if second + 1 - self._began >= later[0]:
                self.phases = min(later[1], len(self._wiring))
        return amperes


class _Bounds:
    """The rows of a site while some limits hold, and what the house takes of them.

    Chargers move in steps. Seconds in which every row has room for the same number of the least step are of one kind:
    the allocator answers them alike.

    Args:
        site: The site.
        limits: Those that hold.
        house: (T, C, 3) its load, A.
    """

    def __init__(self, site: Site, limits: Sequence[Limit], house: Floats) -> None:
        self.rows = compile_rows(site, limits)
        circuits = {circuit.id: number for number, circuit in enumerate(site.circuits)}
        self._loads = np.column_stack([_load(row, circuits, house, site.voltage) for row in self.rows])
        step = math.gcd(*(round(charger.capability.step * _KILO) for charger in site.chargers)) / _KILO
        least = np.array([step if row.unit is Unit.AMPERE else step * site.voltage / 2 for row in self.rows])
        room = np.floor((np.array([row.bound for row in self.rows]) - self._loads + TOLERANCE) / least)
        self._kind = np.unique(room, axis=0, return_inverse=True)[1].tolist()

    def kind(self, second: int) -> int:
        """Equal for seconds that are answered alike."""
        return int(self._kind[second])

    def loads(self, second: int) -> list[float]:
        """What the house takes of each row, in its unit."""
        loads: list[float] = self._loads[second].tolist()
        return loads


def _load(row: Row, circuits: Mapping[str, int], house: Floats, voltage: float) -> Floats:
    if row.circuit is None:
        return np.zeros(len(house))
    load = house[:, circuits[row.circuit]]
    amperes: Floats = load.sum(axis=1) if row.line is None else load[:, row.line]
    return amperes * voltage if row.unit is Unit.WATT else amperes


class _Oracle:
    def __init__(self, scenario: Scenario, *, window: bool) -> None:
        self._scenario = scenario
        self._site = _wired(scenario)
        chargers = {charger.id: charger for charger in self._site.chargers if charger.enabled}
        self._stays = {
            number: _Stay(car, chargers[car.charger], _wiring(chargers[car.charger]))
            for number, car in enumerate(scenario.cars)
            if car.charger in chargers
        }
        self._house = _rolling(World(scenario, start=0.0).house, scenario.window if window else 0)
        self._bounds: dict[tuple[Limit, ...], _Bounds] = {}
        self._answers: dict[tuple[object, ...], Mapping[str, float]] = {}
        self._turns = Turns()
        self._served: frozenset[str] = frozenset()
        self._ranked: tuple[tuple[object, ...], dict[str, Rank]] = ((), {})

    def run(self) -> OracleRun:
        seconds, cars = self._scenario.seconds, len(self._scenario.cars)
        charged, contended = np.zeros((seconds, cars)), np.zeros((seconds, cars), dtype=np.bool_)
        full: list[int | None] = [None] * cars
        for second in range(seconds):
            here = {
                number: stay
                for number, stay in self._stays.items()
                if stay.car.arrives <= second < stay.car.leaves and full[number] is None
            }
            given = self._given(second, list(here.values())) if here else {}
            for number, stay in here.items():
                wish = stay.wish
                contended[second, number] = stay.draw(second, given[stay.charger.id]) < wish - _TOLERANCE
                if stay.charged >= stay.car.needs:
                    full[number] = second
            charged[second] = [self._stays[car].charged if car in self._stays else 0.0 for car in range(cars)]
        return OracleRun(charged=charged, contended=contended, full=tuple(full))

    def _given(self, second: int, stays: Sequence[_Stay]) -> Mapping[str, float]:
        """The limit of every charger whose car wants energy, A."""
        ranks = self._ranks(second, stays)
        live = tuple(change.limit for change in self._scenario.limits if change.at <= second < change.until)
        bounds = self._bounds.get(live)
        if bounds is None:
            bounds = self._bounds[live] = _Bounds(self._site, live, self._house)
        asking = tuple((stay.car.name, stay.asked, stay.phases, ranks[stay.charger.id]) for stay in stays)
        key = (live, bounds.kind(second), asking)
        answer = self._answers.get(key)
        if answer is None:
            requests = [_request(stay, ranks[stay.charger.id]) for stay in stays]
            grants = allocate(bounds.rows, bounds.loads(second), {}, requests)
            answer = self._answers[key] = {charger: grant.amperes for charger, grant in grants.items()}
        self._served = frozenset(charger for charger, amperes in answer.items() if amperes > 0)
        return answer

    def _ranks(self, second: int, stays: Sequence[_Stay]) -> dict[str, Rank]:
        """Who is served first; turns change with the quarter-hour."""
        candidates = [
            Candidate(
                charger=stay.charger.id,
                priority=stay.charger.priority,
                plugged_at=stay.car.arrives,
                session_wh=stay.charged,
            )
            for stay in stays
        ]
        self._turns = self._turns.after(self._scenario.start + timedelta(seconds=second), candidates, self._served)
        key = (self._turns.queue, *((stay.car.name, stay.charged // _KILO) for stay in stays))
        if key != self._ranked[0]:
            self._ranked = key, rank(self._scenario.strategy, candidates, self._turns.queue)
        return self._ranked[1]


def _request(stay: _Stay, place: Rank) -> Request:
    return Request(
        charger=stay.charger.id,
        lines=stay.lines,
        minimum=stay.least,
        maximum=stay.asked,
        step=stay.step,
        tier=place.tier,
        weight=place.weight,
        order=place.order,
    )


def _wired(scenario: Scenario) -> Site:
    """The site with the wiring that the chargers really have, where nobody told."""
    chargers = tuple(
        charger if charger.wiring is not None else replace(charger, wiring=scenario.chargers[charger.id].wiring)
        for charger in scenario.site.chargers
    )
    return replace(scenario.site, chargers=chargers)


def _wiring(charger: Charger) -> Wiring:
    return charger.wiring or ()


def _rolling(house: Floats, window: float) -> Floats:
    """(T, C, 3) the highest load of each second and of the seconds before it, as far as the window reaches."""
    worst, reach = house.copy(), 1
    span = min(int(window) + 1, len(house))
    while reach < span:
        shift = min(reach, span - reach)
        worst[shift:] = np.maximum(worst[shift:], worst[:-shift])
        reach += shift
    return worst
