"""What the user chose, what the controller remembers, and the ways to change either from outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
import math

from .allocation import Grant
from .defaults import DECIDED_ABSENT, RAISE_HOLD, RAISE_WINDOW
from .layout import Layout, lay_out
from .meter import Meter, watch as watch_meter
from .model import LINES, Amperes, AverageLimit, Charger, Expiry, Limit, Row, Site, Source, Unit, Wiring, Write
from .outlet import Outlet, watch as watch_outlet
from .peak_guard import PeakGuard
from .phase_switch import PhaseAction
from .rivalry import ALONE
from .rows import compile_rows
from .strategy import Strategy, Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user chose.

    Args:
        site: The house.
        strategy: How current is shared.
        limits: Bounds with a source, some of which expire.
        control: False computes and shows, and writes nothing (R19).
        hold: Seconds that room has to be there before a raise.
        window: Seconds whose worst house load a raise starts from.
        worst_house: Per line, assumed when the main meter is lost.
        averages: At most one per circuit, each of which has a meter.
    """

    site: Site
    strategy: Strategy = Strategy.EQUAL_SHARE
    limits: tuple[Limit, ...] = ()
    control: bool = False
    hold: float = RAISE_HOLD
    window: float = RAISE_WINDOW
    worst_house: Amperes | None = None
    averages: tuple[AverageLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer of the allocator, kept because most steps ask the same again.

    Args:
        asked: Rows, house loads, requests and standing draws.
        grants: By charger id.
    """

    asked: tuple[object, ...]
    grants: Mapping[str, Grant]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything the controller remembers; made by ``start``, changed by ``step`` and the functions beside it.

    Args:
        settings: What the user chose.
        started: Monotonic time from which the pool runs.
        ready: When everything that could bring a charger was up (R18), None before.
        meters: By circuit id.
        outlets: By charger id.
        limits: Those of the settings that are live.
        rows: Compiled from site and live limits.
        bounds: The lowest bound per circuit and line, A; a bound in watts can be any.
        layout: Of the site.
        turns: Who is served first in a shortage.
        guards: Of the average powers.
        averages: Their rows.
        plan: What everybody would get at rest by the last step, and what that was worked out from.
        ignored: How many readings came from devices that are not here.
    """

    settings: Settings
    started: float
    ready: float | None = None
    meters: Mapping[str, Meter]
    outlets: Mapping[str, Outlet]
    limits: tuple[Limit, ...]
    rows: tuple[Row, ...]
    bounds: Mapping[tuple[str, int], float]
    layout: Layout
    turns: Turns = field(default_factory=Turns)
    guards: tuple[PeakGuard, ...] = ()
    averages: tuple[Row, ...] = ()
    plan: Plan | None = None
    ignored: int = 0


def given_up_at(state: State, outlet: Outlet) -> float | None:
    """When a charger that was never seen is decided absent (R18), None while something may still bring it."""
    return None if state.ready is None else max(state.ready, outlet.since) + DECIDED_ABSENT


def absent(state: State, outlet: Outlet, at: float) -> bool:
    """Whether a charger that was never seen has been given up (R18)."""
    return not outlet.seen and (given_up := given_up_at(state, outlet)) is not None and at >= given_up


def lowest_bounds(rows: Iterable[Row]) -> dict[tuple[str, int], float]:
    """The lowest bound per circuit and line, A; a bound in watts can be any, one on an average is not urgent."""
    bounds: dict[tuple[str, int], float] = {}
    for row in rows:
        if row.circuit is not None and row.source is not Source.PEAK:
            for line in range(LINES) if row.line is None else (row.line,):
                bound = row.bound if row.unit is Unit.AMPERE else -math.inf
                bounds[row.circuit, line] = min(bound, bounds.get((row.circuit, line), math.inf))
    return bounds


def start(settings: Settings, now: float) -> State:
    """A controller that has seen nothing yet."""
    site = settings.site
    rows = compile_rows(site)
    return State(
        settings=settings,
        started=now,
        meters={circuit.id: watch_meter(circuit, now) for circuit in site.circuits if circuit.metered},
        outlets={charger.id: watch_outlet(charger, now) for charger in site.chargers},
        limits=(),
        rows=rows,
        bounds=lowest_bounds(rows),
        layout=lay_out(site),
    )


def change(state: State, settings: Settings, now: float) -> State:
    """The controller with other settings; what it knows of circuits and chargers that stay is kept."""
    site = settings.site
    meters = {}
    for circuit in site.circuits:
        if circuit.metered:
            meter = replace(state.meters.get(circuit.id) or watch_meter(circuit, now), circuit=circuit)
            meter = meter if circuit.compared else meter.trusted()
            same = _behind(site, circuit.id) == _behind(state.settings.site, circuit.id)
            meters[circuit.id] = meter if same else meter.forget()
    outlets = {}
    for charger in site.chargers:
        outlet = replace(state.outlets.get(charger.id) or watch_outlet(charger, now), charger=charger)
        taken_over = controlled(settings, charger) and (
            charger.id in state.outlets and not controlled(state.settings, state.outlets[charger.id].charger)
        )
        # Nothing that was true before control was taken is relied on.
        outlet = replace(outlet, rewrite=True, steady=now) if taken_over else outlet
        outlets[charger.id] = outlet if controlled(settings, charger) else replace(outlet, phase_switch=None)
    rows = compile_rows(site)
    return replace(
        state,
        settings=settings,
        meters=meters,
        outlets=outlets,
        limits=(),
        averages=(),
        rows=rows,
        bounds=lowest_bounds(rows),
        layout=lay_out(site),
    )


def _behind(site: Site, circuit_id: str) -> frozenset[tuple[str, Wiring | None]]:
    """The chargers behind a fuse that are no house load, and how they are wired."""
    return frozenset(
        (charger.id, charger.wiring)
        for charger in site.chargers
        if charger.enabled and any(circuit.id == circuit_id for circuit in site.path(charger.circuit))
    )


def ready(state: State, now: float) -> State:
    """After everything that could bring a charger is up: from here on the unseen are given up in time."""
    return replace(state, ready=now)


def recheck(state: State) -> State:
    """After chargers were written without the controller: every limit is written anew."""
    outlets = {key: replace(outlet, rewrite=True) for key, outlet in state.outlets.items()}
    return replace(state, outlets=outlets)


def hurry(state: State) -> State:
    """Skip the hold of raises once, because the user asked to rebalance now."""
    outlets = {key: replace(outlet, steady=-math.inf) for key, outlet in state.outlets.items()}
    return replace(state, outlets=outlets)


def retry(state: State, charger_id: str) -> State:
    """Set a charger again at once that was left to somebody else, because the user says that there is nobody any more.

    Args:
        state: What the controller knows.
        charger_id: Whose limits were replaced (R17).
    """
    outlet = replace(state.outlets[charger_id], rivalry=ALONE, rewrite=True)
    return replace(state, outlets={**state.outlets, charger_id: outlet})


def other_meter(state: State, circuit_id: str) -> State:
    """After a circuit was given another meter because its old one did not follow the cars: it measured something else.

    Args:
        state: What the controller knows.
        circuit_id: The metered circuit.
    """
    return replace(state, meters={**state.meters, circuit_id: state.meters[circuit_id].forget()})


def hand_over(state: State, charger_ids: Iterable[str], targets: Mapping[str, float]) -> tuple[Write, ...]:
    """The last writes before chargers are left alone.

    Those above their hand-over current are lowered to it. One that is paused is let go on where that fits, so that a
    car is not left without current for good; all others stay as they are.

    Args:
        state: What the controller knows.
        charger_ids: Who is left alone.
        targets: What everybody would get at rest, A.
    """
    writes = []
    for key in charger_ids:
        outlet = state.outlets[key]
        amperes = hand_over_current(outlet.charger)
        lowered = outlet.limit is None or outlet.ceiling > amperes
        # Between two sets of phases nothing may flow, however long it takes until somebody goes on with it.
        between = outlet.phase_action in (PhaseAction.SWITCH, PhaseAction.DEAD)
        let_go_on = outlet.limit == 0 and not between and targets.get(key, 0.0) >= outlet.charger.minimum
        if outlet.seen and not outlet.charger.capability.stored and (lowered or let_go_on):
            writes.append(Write(charger=key, amperes=amperes, number=outlet.number + 1))
    return tuple(writes)


def hand_over_current(charger: Charger) -> float:
    """What a charger may be left alone with: the fall-back it would go to anyway, else its minimum."""
    capability = charger.capability
    if capability.expiry is not Expiry.FALL_BACK or capability.fall_back is None:
        return charger.minimum
    fall_back = min(capability.fall_back, capability.maximum)
    return fall_back if fall_back >= charger.minimum else 0.0


def controlled(settings: Settings, charger: Charger) -> bool:
    """Whether we may write: control is on, the charger takes part and does not keep its limit in flash (R12, R19)."""
    return settings.control and charger.enabled and not charger.capability.stored
