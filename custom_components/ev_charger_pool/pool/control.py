"""The controller over time: readings and acknowledgements in, decisions and writes out.

``step`` answers what the allocator allows now and lowers that answer where time asks for it: raises wait (R8), commands
take effect before anything is built on them (R9), and nobody gets more before everybody has been seen (R18).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
import math

from .house import survey
from .layout import Layout
from .meter import Meter
from .model import Ack, ChargerReading, Decision, Failure, MeterReading, Now, Reading, Row, Site, Unit, Write
from .orders import write
from .outlet import Outlet
from .peak_guard import PeakGuard, power, watch as watch_peak
from .reasons import decision
from .records import changed
from .requests import candidates, queue, requests
from .rows import average_row, compile_rows, live
from .scene import TOLERANCE, Scene
from .sharing import Share, planned, shares
from .state import State, controlled, lowest_bounds
from .status import CircuitStatus, statuses
from .switching import switching
from .troubles import Trouble, troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step came to.

    Args:
        decisions: One per charger, by id.
        writes: To be sent now.
        wake: Monotonic time at which to step again if nothing is heard before.
        circuits: By circuit id, the metered ones.
        troubles: What a person should look after.
        averages: By circuit id, what the average of the running window comes to if the power stays as it is, W.
    """

    decisions: Mapping[str, Decision]
    writes: tuple[Write, ...]
    wake: float
    circuits: Mapping[str, CircuitStatus] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    averages: Mapping[str, float] = field(default_factory=dict)


def step(state: State, now: Now, readings: Sequence[Reading] = (), acks: Sequence[Ack] = ()) -> tuple[State, Outcome]:
    """Take in what is new, decide, and say what to write and when to look again."""
    state = _take_in(state, now, readings, acks)
    settings = state.settings
    outlets = {
        key: outlet.seen_through(_measured_until(state, outlet, now.monotonic)) if outlet.under_way else outlet
        for key, outlet in state.outlets.items()
    }
    meters, houses = survey(
        state.layout,
        state.meters,
        outlets,
        at=now.monotonic,
        window=max(settings.window, settings.hold),
        worst_house=settings.worst_house,
        bounds=state.bounds,
    )
    return _decide(Scene(changed(state, meters=meters, outlets=outlets), now, houses))


def _take_in(state: State, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> State:
    settings, at = state.settings, now.monotonic
    meters, outlets, ignored = dict(state.meters), dict(state.outlets), state.ignored
    for reading in readings:
        if isinstance(reading, MeterReading) and reading.source in meters:
            meters[reading.source] = meters[reading.source].accept(reading, at)
        elif isinstance(reading, ChargerReading) and reading.source in outlets:
            outlet = outlets[reading.source]
            outlets[reading.source] = outlet.heard(reading, at, control=controlled(settings, outlet.charger))
        elif not isinstance(reading, Failure):
            ignored += 1
    late = (ack for outlet in outlets.values() if (ack := outlet.unanswered(at)) is not None)
    for ack in (*acks, *late):
        if ack.charger in outlets:
            outlets[ack.charger] = outlets[ack.charger].acknowledged(ack)
        else:
            ignored += 1
    limits = live(settings.limits, now.wall)
    guards = _guarded(state, now, readings, meters)
    rows, bounds = state.rows, state.bounds
    averages = _average_rows(settings.site, guards, outlets)
    in_watts = averages or any(limit.unit is Unit.WATT for limit in limits)
    if in_watts or limits != state.limits or averages != state.averages:
        rows = (*compile_rows(settings.site, limits), *averages)
        bounds = lowest_bounds(rows)
    if in_watts:
        rows = _placed(rows, outlets, state.layout, at)
    return changed(
        state,
        meters=meters,
        outlets=outlets,
        limits=limits,
        guards=guards,
        averages=averages,
        rows=rows,
        bounds=bounds,
        ignored=ignored,
    )


def _placed(rows: Sequence[Row], outlets: Mapping[str, Outlet], layout: Layout, at: float) -> tuple[Row, ...]:
    """The rows with the phases in use on those in watts: these ask how much flows, and not on which lines."""
    portions = {key: outlet.portion(at, layout.reach[key]) for key, outlet in outlets.items()}
    return tuple(
        row
        if row.unit is Unit.AMPERE
        else replace(
            row,
            coefficients={
                key: (watts[0] * portions[key], watts[1] * portions[key], watts[2] * portions[key])
                for key, watts in row.coefficients.items()
            },
        )
        for row in rows
    )


def _average_rows(site: Site, guards: Sequence[PeakGuard], outlets: Mapping[str, Outlet]) -> tuple[Row, ...]:
    """The rows of the average powers. A charger without a car takes no power, whatever it stands at."""
    rows = []
    for guard in guards:
        row = average_row(site, guard.limit)
        taking = {key: watts for key, watts in row.coefficients.items() if outlets[key].connected}
        rows.append(replace(row, coefficients=taking, bound=guard.bound))
    return tuple(rows)


def _guarded(state: State, now: Now, readings: Sequence[Reading], meters: Mapping[str, Meter]) -> tuple[PeakGuard, ...]:
    """The guards of the average powers after this step; a changed limit goes on with what the old one knew."""
    if not state.settings.averages:
        return ()
    known = {guard.limit.circuit: guard for guard in state.guards}
    guards = []
    for limit in state.settings.averages:
        guard = known.get(limit.circuit)
        if guard is None or guard.limit != limit:
            guard = watch_peak(limit, now.monotonic, now.wall, None if guard is None else guard.as_dict())
        patience = meters[limit.circuit].allowed_age
        for reading in readings:
            if isinstance(reading, MeterReading) and reading.source == limit.circuit:
                guard = guard.after(now.monotonic, now.wall, power(state.settings.site, reading), patience)
        guards.append(guard.after(now.monotonic, now.wall, None, patience))
    return tuple(guards)


def _measured_until(state: State, outlet: Outlet, now: float) -> float:
    """Up to when all meters above a charger have surely measured its lines; without a meter there is no waiting."""
    key, meters = outlet.charger.id, state.meters
    lines = outlet.lines(now, state.layout.reach[key])
    taken = [
        -math.inf if (at := meters[circuit.id].taken[line]) is None else at - circuit.meter_lag
        for circuit in state.layout.paths[key]
        if circuit.id in meters
        for line in lines
    ]
    return min(taken, default=math.inf)


def _decide(scene: Scene) -> tuple[State, Outcome]:
    """Decide for every charger and order the writes."""
    wanting = candidates(scene)
    turns = queue(scene, wanting)
    asking = requests(scene, wanting, turns)
    planning = planned(scene, asking)
    plan = planning.grants
    if not scene.settings.control:
        shared = {key: Share(amperes=grant.amperes, plan=grant) for key, grant in plan.items()}
    elif scene.blind:
        shared = {key: Share(amperes=_adopted(scene, key), plan=grant) for key, grant in plan.items()}
    else:
        shared = switching(scene, asking, shares(scene, asking, plan))
    decisions = {key: decision(scene, key, share) for key, share in shared.items()}
    writes = tuple(order for key in sorted(scene.outlets) if (order := write(scene, key, shared[key])) is not None)
    outcome = Outcome(
        decisions=decisions,
        writes=writes,
        wake=min(wake for wake in scene.wakes if wake > scene.at),
        circuits=statuses(scene.state.meters, scene.at),
        troubles=troubles(scene),
        averages={guard.limit.circuit: guard.expected for guard in scene.state.guards},
    )
    return changed(scene.state, outlets=scene.outlets, turns=turns, plan=planning), outcome


def _adopted(scene: Scene, key: str) -> float:
    """The limit that a charger stands at, as far as there can be one like it (R2)."""
    base = scene.base(key)
    return base if base >= scene.outlets[key].charger.minimum - TOLERANCE else 0.0
