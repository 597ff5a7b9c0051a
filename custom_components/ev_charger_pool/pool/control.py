"""The controller over time: readings and acknowledgements in, decisions and writes out.

``step`` answers what the allocator allows now and lowers that answer where time asks for it: raises wait (R8), commands
take effect before anything is built on them (R9), and nobody gets more before everybody has been seen (R18).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
import math

from .allocation import Grant, allocate
from .defaults import DEAD_BAND, DECIDED_ABSENT, METER_LAG, MINIMUM_ON, SHORT_REPEAT, UNMEASURED_SETTLE
from .house import Houses, View, load_of, survey
from .meter import Age, Meter
from .model import (
    LINES,
    NO_LINE,
    Ack,
    ChargerReading,
    Decision,
    Draw,
    MeterReading,
    Now,
    Reading,
    Reason,
    Request,
    Row,
    Site,
    Source,
    Unit,
    VehicleState,
    Why,
    Write,
)
from .outlet import Outlet
from .rows import compile_rows, live
from .state import State, controlled
from .status import CircuitStatus, statuses
from .strategy import Candidate, Rank, rank

_TURN = 900.0
_LAST_TIER = 1_000_000
_LONGEST_SLEEP = 10.0
_NO_DRAW = Draw(NO_LINE, NO_LINE)
_NOTHING = Grant(0.0, None, waiting=False)
_TOLERANCE = 1e-6

_WHY = {
    Source.FUSE: Why.FUSE,
    Source.CIRCUIT: Why.CIRCUIT,
    Source.USER_CAP: Why.USER_CAP,
    Source.USER_FUSE: Why.USER_FUSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step came to.

    Args:
        decisions: One per charger, by id.
        writes: To be sent now.
        wake: Monotonic time at which to step again if nothing is heard before.
        circuits: By circuit id, the metered ones.
    """

    decisions: Mapping[str, Decision]
    writes: tuple[Write, ...]
    wake: float
    circuits: Mapping[str, CircuitStatus] = field(default_factory=dict)


def step(state: State, now: Now, readings: Sequence[Reading] = (), acks: Sequence[Ack] = ()) -> tuple[State, Outcome]:
    """Take in what is new, decide, and say what to write and when to look again."""
    state = _take_in(state, now, readings, acks)
    settings = state.settings
    meters, houses = survey(
        settings.site,
        state.meters,
        state.outlets,
        at=now.monotonic,
        window=settings.window,
        worst_house=settings.worst_house,
        bounds=_bounds(state.rows),
    )
    outlets = {
        key: outlet.seen_through(_measured_until(settings.site, meters, outlet, now.monotonic))
        for key, outlet in state.outlets.items()
    }
    state = replace(state, meters=meters, outlets=outlets)
    return _Step(state, now, houses).run()


def _take_in(state: State, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> State:
    settings = state.settings
    meters, outlets = dict(state.meters), dict(state.outlets)
    for reading in readings:
        if isinstance(reading, MeterReading) and reading.source in meters:
            meters[reading.source] = meters[reading.source].accept(reading)
        elif isinstance(reading, ChargerReading) and reading.source in outlets:
            outlet = outlets[reading.source]
            outlets[reading.source] = outlet.heard(reading, control=controlled(settings, outlet.charger))
    late = (ack for outlet in outlets.values() if (ack := outlet.unanswered(now.monotonic)) is not None)
    for ack in (*acks, *late):
        if ack.charger in outlets:
            outlets[ack.charger] = outlets[ack.charger].acknowledged(ack)
    limits = live(settings.limits, now.wall)
    rows = state.rows if limits == state.limits else compile_rows(settings.site, limits)
    return replace(state, meters=meters, outlets=outlets, limits=limits, rows=rows)


def _measured_until(site: Site, meters: Mapping[str, Meter], outlet: Outlet, now: float) -> float:
    """Up to when all meters above a charger have surely measured its lines; without a meter there is no waiting."""
    lines = outlet.lines(now, site.lines(outlet.charger.circuit))
    taken = [
        meters[circuit.id].taken[line]
        for circuit in site.path(outlet.charger.circuit)
        if circuit.id in meters
        for line in lines
    ]
    return min((-math.inf if at is None else at for at in taken), default=math.inf) - METER_LAG


def _bounds(rows: Sequence[Row]) -> dict[tuple[str, int], float]:
    """The lowest bound per circuit and line, A; a bound in watts can be any."""
    bounds: dict[tuple[str, int], float] = {}
    for row in rows:
        if row.circuit is not None:
            for line in range(LINES) if row.line is None else (row.line,):
                bound = row.bound if row.unit is Unit.AMPERE else -math.inf
                bounds[row.circuit, line] = min(bound, bounds.get((row.circuit, line), math.inf))
    return bounds


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A line whose meter cannot be trusted, and what a charger on it may have."""

    circuit: str
    line: int
    age: Age
    whole: bool


class _Step:
    """The working tables of one step, thrown away afterwards."""

    def __init__(self, state: State, now: Now, houses: Houses) -> None:
        self.state = state
        self.now = now
        self.at = now.monotonic
        self.houses = houses
        self.settings = state.settings
        self.site = state.settings.site
        self.outlets = dict(state.outlets)
        self.paths = {charger.id: self.site.path(charger.circuit) for charger in self.site.chargers}
        self.reach = {charger.id: self.site.lines(charger.circuit) for charger in self.site.chargers}
        self.lines = {key: outlet.lines(self.at, self.reach[key]) for key, outlet in self.outlets.items()}
        self.wakes = [self.at + _LONGEST_SLEEP, *self._expiries()]
        for meter in state.meters.values():
            self.wakes += [meter.changes_at(line, self.at) for line in meter.lines]
        self.waited_for = self._waited_for()
        self.doubts = {key: self._doubt(key) for key in self.outlets}
        self.standing = {
            key: outlet.standing(self.at, self.reach[key])
            for key, outlet in self.outlets.items()
            if outlet.charger.enabled and not self._absent(key) and not self._steerable(key)
        }

    def run(self) -> tuple[State, Outcome]:
        """Decide for every charger and order the writes."""
        requests = self._requests()
        plan = self._plan(requests)
        if not self.settings.control:
            decisions = {key: self._decision(key, plan[key].amperes, plan[key], plan[key]) for key in self.outlets}
        elif self._blind():
            decisions = {key: self._decision(key, self._base(key), plan[key], plan[key]) for key in self.outlets}
        else:
            decisions = self._act(requests, plan)
        writes = tuple(write for key in sorted(self.outlets) if (write := self._write(decisions[key])) is not None)
        outcome = Outcome(
            decisions=decisions,
            writes=writes,
            wake=min(wake for wake in self.wakes if wake > self.at),
            circuits=statuses(self.state.meters, self.at),
        )
        return replace(self.state, outlets=self.outlets), outcome

    def _expiries(self) -> list[float]:
        limits = (limit.expires for limit in self.state.limits)
        return [self.at + (expires - self.now.wall).total_seconds() for expires in limits if expires is not None]

    # Who takes part

    def _absent(self, key: str) -> bool:
        """Whether a charger that was never seen has been given up (R18)."""
        outlet = self.outlets[key]
        return not outlet.seen and (given_up := self._given_up(outlet)) is not None and self.at >= given_up

    def _given_up(self, outlet: Outlet) -> float | None:
        """When a charger that was never seen is decided absent."""
        return None if self.state.ready is None else max(self.state.ready, outlet.since) + DECIDED_ABSENT

    def _waited_for(self) -> str | None:
        """A charger that has not been seen since the start and may still come."""
        for key, outlet in sorted(self.outlets.items()):
            if outlet.charger.enabled and not outlet.seen and not self._absent(key):
                if (given_up := self._given_up(outlet)) is not None:
                    self.wakes.append(given_up)
                return key
        return None

    def _steerable(self, key: str) -> bool:
        """Whether a new limit would take effect."""
        outlet = self.outlets[key]
        return (
            outlet.charger.enabled
            and not outlet.charger.capability.stored
            and outlet.reachable(self.at)
            and not outlet.failures
            and not outlet.disobeys(self.at)
        )

    def _doubt(self, key: str) -> _Doubt | None:
        """The least trustworthy line that a charger counts on."""
        worst: _Doubt | None = None
        for circuit in self.paths[key]:
            ages = {line: self.houses[circuit.id, line].age for line in range(LINES) if circuit.fuse[line] > 0}
            for line in sorted(self.lines[key] & ages.keys()):
                if ages[line] is not Age.FRESH and (worst is None or ages[line] > worst.age):
                    whole = all(age is not Age.FRESH for age in ages.values())
                    worst = _Doubt(circuit.id, line, ages[line], whole)
        return worst

    # What everybody would get

    def _ranks(self) -> Mapping[str, Rank]:
        candidates = [
            Candidate(
                charger=key,
                priority=outlet.charger.priority,
                plugged_at=outlet.plugged,
                session_wh=None if outlet.reading is None else outlet.reading.session_wh,
            )
            for key, outlet in self.outlets.items()
        ]
        return rank(self.settings.strategy, candidates, int(self.now.wall.timestamp() // _TURN))

    def _requests(self) -> dict[str, Request]:
        """One per charger that can be asked; without a car it only stands at its minimum, after all others (R11)."""
        ranks = self._ranks()
        requests = {}
        for key, outlet in self.outlets.items():
            charger, doubt = outlet.charger, self.doubts[key]
            if (
                not charger.enabled
                or self._absent(key)
                or not outlet.seen
                or (doubt is not None and doubt.age is Age.LOST)
            ):
                continue
            minimum, place = charger.minimum, ranks[key]
            idle = not outlet.connected
            requests[key] = Request(
                charger=key,
                lines=self.lines[key],
                minimum=minimum,
                maximum=minimum if idle or doubt is not None else self._maximum(key),
                step=charger.capability.step,
                tier=_LAST_TIER if idle else place.tier,
                weight=place.weight,
                order=place.order,
                keep=outlet.running is not None and self.at - outlet.running < MINIMUM_ON and not idle,
            )
        return requests

    def _maximum(self, key: str) -> float:
        """The highest limit to ask for.

        What a charger that does not measure draws is hidden in the house load, so it counts there and as its limit:
        it may have half of what both leave.
        """
        capability = self.outlets[key].charger.capability
        if capability.measures:
            return capability.maximum
        room = min(
            row.bound - load_of(row, self.houses, self.site.voltage, View.HIGHEST)
            for row in self.state.rows
            if row.circuit is not None
            and row.unit is Unit.AMPERE
            and row.line in self.lines[key]
            and key in row.coefficients
        )
        return min(capability.maximum, max((room + self._base(key)) / 2, 0.0))

    def _share(
        self, requests: Mapping[str, Request], view: View, standing: dict[str, Draw] | None = None
    ) -> dict[str, Grant]:
        """The allocator's answer; whoever stands is not asked."""
        rows = self.state.rows
        loads = [load_of(row, self.houses, self.site.voltage, view) for row in rows]
        silent = {key: _NO_DRAW for key in self.outlets if key not in requests}
        draws = silent | (self.standing if standing is None else standing)
        return dict(allocate(rows, loads, draws, [request for key, request in requests.items() if key not in draws]))

    def _plan(self, requests: Mapping[str, Request]) -> dict[str, Grant]:
        """What everybody would get at rest, from the worst house load of the window."""
        plan = self._share(requests, View.PLANNED)
        # Whoever does not obey is counted by what it may draw; what it should be set to is found as if it did.
        disobeying = [key for key in requests if key in self.standing and self.outlets[key].reachable(self.at)]
        if disobeying:
            obeyed = self._share(requests, View.PLANNED, standing={})
            plan.update({key: obeyed[key] for key in disobeying})
        return {key: plan.get(key, _NOTHING) for key in self.outlets}

    # What changes now

    def _blind(self) -> bool:
        """Whether a meter has not spoken yet and still has time to."""
        return any(
            not meter.seen and any(meter.age(line, self.at) is Age.FRESH for line in meter.lines)
            for meter in self.state.meters.values()
        )

    def _base(self, key: str) -> float:
        """The limit to start from: ours, or just what is drawn where nobody knows the limit."""
        outlet = self.outlets[key]
        if outlet.limit is not None:
            return outlet.limit
        charger = outlet.charger
        measured = [value for value in outlet.samples[-1].amperes if value is not None] if outlet.samples else []
        steps = math.ceil(max(measured, default=0.0) / charger.capability.step)
        return min(max(steps * charger.capability.step, charger.minimum), charger.capability.maximum)

    def _over(self, limits: Mapping[str, float]) -> bool:
        """Whether these limits and the present house load are over any row.

        A charger that nobody can place on a line counts with what it draws: lowering it may relieve another line.
        """
        standing = self.standing | {
            key: outlet.standing(self.at, self.reach[key])
            for key, outlet in self.outlets.items()
            if outlet.elusive(self.reach[key])
        }
        for row in self.state.rows:
            total = load_of(row, self.houses, self.site.voltage, View.PRESENT)
            for key, coefficients in row.coefficients.items():
                if key in standing:
                    total += math.sumprod(coefficients, standing[key].high)
                else:
                    total += limits[key] * sum(coefficients[line] for line in self.lines[key])
            if total > row.bound + _TOLERANCE:
                return True
        return False

    def _cuts(self, requests: Mapping[str, Request]) -> tuple[dict[str, float], dict[str, Grant]]:
        """The limits in force, lowered as far as the present needs it, and the grants of those cut (R8)."""
        limits = {}
        for key in self.outlets:
            ceiling = requests[key].maximum if key in requests else 0.0
            limit = min(self._base(key), ceiling)
            limits[key] = limit if key not in requests or limit >= requests[key].minimum - _TOLERANCE else 0.0
        if not self._over(limits):
            return limits, {}
        capped = {key: replace(request, maximum=limits[key]) for key, request in requests.items() if limits[key] > 0}
        cut = {key: grant for key, grant in self._relief(capped).items() if grant.amperes < limits[key] - _TOLERANCE}
        return {**limits, **{key: grant.amperes for key, grant in cut.items()}}, cut

    def _relief(self, capped: Mapping[str, Request]) -> dict[str, Grant]:
        """What everybody may keep.

        A charger that nobody can place on a line may relieve the one that is over, or not: the others have to be enough
        without it, and it has to be enough without those that cannot be placed either.
        """
        elusive = {key for key in capped if self.outlets[key].elusive(self.reach[key])}
        grants = self._share(capped, View.PRESENT)
        for counted in [set[str](), *({key} for key in elusive)] if elusive else []:
            uncounted = {key: self.outlets[key].standing(self.at, self.reach[key]) for key in elusive - counted}
            for key, grant in self._share(capped, View.PRESENT, standing=self.standing | uncounted).items():
                grants[key] = min(grants[key], grant, key=lambda grant: grant.amperes)
        return grants

    def _act(self, requests: Mapping[str, Request], plan: Mapping[str, Grant]) -> dict[str, Decision]:
        """Cut what does not fit now, then give on what has been free for long enough."""
        limits, cuts = self._cuts(requests)
        ripe = self._ripe(limits, plan)
        for key, outlet in self.outlets.items():
            lower = plan[key].amperes < limits[key] - _TOLERANCE
            if lower and (key in self.standing or not outlet.connected or ripe - {key}):
                limits[key] = plan[key].amperes
        raises = self._raises(requests, plan, ripe)
        for key, amperes in raises.items():
            if amperes >= limits[key] + self._worthwhile(key):
                limits[key] = amperes
        return {key: self._decision(key, limits[key], plan[key], cuts.get(key)) for key in self.outlets}

    def _worthwhile(self, key: str) -> float:
        """The smallest raise that is worth a write (R12)."""
        return max(DEAD_BAND, self.outlets[key].charger.capability.step) - _TOLERANCE

    def _ripe(self, limits: Mapping[str, float], plan: Mapping[str, Grant]) -> frozenset[str]:
        """Chargers for which there has been room for the hold time; keeps the time since when."""
        ripe = set()
        for key, outlet in self.outlets.items():
            more = (
                plan[key].amperes >= limits[key] + self._worthwhile(key)
                and key not in self.standing
                and self.doubts[key] is None
                and self.waited_for is None
                and self._calm(outlet)
            )
            wanted = (self.at if outlet.wanted is None else outlet.wanted) if more else None
            if wanted != outlet.wanted:
                self.outlets[key] = replace(outlet, wanted=wanted)
            if wanted is None:
                continue
            if self.at - wanted >= self.settings.hold:
                ripe.add(key)
            else:
                self.wakes.append(wanted + self.settings.hold)
        return frozenset(ripe)

    def _calm(self, outlet: Outlet) -> bool:
        """Whether the draw of a charger that does not measure has come to rest in the house load."""
        return (
            outlet.charger.capability.measures
            or outlet.written is None
            or self.at - outlet.written >= UNMEASURED_SETTLE
        )

    def _raises(
        self, requests: Mapping[str, Request], plan: Mapping[str, Grant], ripe: frozenset[str]
    ) -> dict[str, float]:
        """What the ripe ones can have while all others still draw what they may (R9)."""
        free = {key for key in ripe if not self.outlets[key].under_way and self.outlets[key].pending is None}
        if not free:
            return {}
        fixed = {
            key: outlet.standing(self.at, self.reach[key])
            for key, outlet in self.outlets.items()
            if key not in free and outlet.charger.enabled and not self._absent(key)
        }
        wishes = {key: replace(requests[key], maximum=plan[key].amperes) for key in free}
        grants = self._share(wishes, View.HIGHEST, standing=fixed)
        # Who makes room is still at it: one raise once it is there is better than two.
        patient = any(outlet.under_way for outlet in self.outlets.values())
        return {
            key: grant.amperes
            for key, grant in grants.items()
            if not patient or grant.amperes > plan[key].amperes - self._worthwhile(key)
        }

    # Saying and doing it

    def _decision(self, key: str, amperes: float, grant: Grant, cut: Grant | None) -> Decision:
        reason = self._obstacle(key) or self._waiting(key, amperes, grant) or self._bound(cut or grant)
        return Decision(charger=key, amperes=amperes, target=grant.amperes, lines=self.lines[key], reason=reason)

    def _obstacle(self, key: str) -> Reason | None:
        """What keeps a charger from being balanced at all."""
        outlet, doubt = self.outlets[key], self.doubts[key]
        if not outlet.charger.enabled:
            return Reason(why=Why.DISABLED)
        if not outlet.reachable(self.at):
            return Reason(why=Why.UNREACHABLE)
        if self.settings.control and self._blind():
            return Reason(why=Why.STARTING)
        if outlet.failures:
            return Reason(why=Why.WRITE_FAILED, until=outlet.retry)
        if outlet.disobeys(self.at):
            return Reason(why=Why.LIMIT_IGNORED)
        if doubt is not None:
            return Reason(
                why=Why.METER_STALE if doubt.whole else Why.PHASE_MISSING, circuit=doubt.circuit, line=doubt.line
            )
        if outlet.state in (VehicleState.E, VehicleState.F):
            return Reason(why=Why.FAULT)
        if outlet.state is VehicleState.A:
            return Reason(why=Why.NO_CAR)
        return None

    def _waiting(self, key: str, amperes: float, grant: Grant) -> Reason | None:
        """Why a charger does not get yet what it could have at rest."""
        outlet = self.outlets[key]
        if grant.amperes < amperes + self._worthwhile(key):
            return None
        if self.waited_for is not None:
            return Reason(why=Why.WAITING_FOR_CHARGER, charger=self.waited_for)
        if outlet.wanted is not None and self.at - outlet.wanted < self.settings.hold:
            return Reason(why=Why.HOLD, until=outlet.wanted + self.settings.hold)
        return Reason(why=Why.SETTLING)

    def _bound(self, grant: Grant) -> Reason:
        row = grant.binding
        if row is None:
            return Reason(why=Why.UNLIMITED)
        if grant.waiting:
            return Reason(why=Why.WAITING_TURN, circuit=row.circuit, line=row.line)
        why = _WHY.get(row.source, Why.LIMIT)
        if grant.amperes <= 0 and row.source in (Source.FUSE, Source.CIRCUIT):
            why = Why.NO_ROOM
        source = next((limit.source for limit in self.state.limits if limit.id == row.limit), None)
        return Reason(why=why, circuit=row.circuit, line=row.line, source=source)

    def _period(self, key: str) -> float:
        """Seconds after which an unchanged limit is written again (R16); one that did not take is repeated too."""
        outlet = self.outlets[key]
        resend = outlet.charger.capability.resend or math.inf
        if outlet.overruled:
            return min(resend, outlet.patience)
        return min(resend, SHORT_REPEAT) if outlet.fallen_short else resend

    def _write(self, decision: Decision) -> Write | None:
        """The write that a decision needs now, noted as ordered."""
        outlet = self.outlets[decision.charger]
        capability = outlet.charger.capability
        if not controlled(self.settings, outlet.charger) or not outlet.reachable(self.at) or outlet.pending is not None:
            return None
        news = (
            outlet.rewrite
            or outlet.failures > 0
            or outlet.limit is None
            or abs(outlet.limit - decision.amperes) > _TOLERANCE
        )
        repeat = math.inf if outlet.written is None else outlet.written + self._period(decision.charger)
        if not news and self.at < repeat:
            self.wakes.append(repeat)
            return None
        allowed = -math.inf if outlet.written is None else outlet.written + capability.write_interval
        if outlet.failures:
            allowed = max(allowed, outlet.retry)
        if self.at < allowed:
            self.wakes.append(allowed)
            return None
        write = Write(charger=decision.charger, amperes=decision.amperes, number=outlet.number + 1)
        self.outlets[decision.charger] = outlet.ordered(write, self.at)
        return write
