"""What is remembered goes on after a restart, and ends where it does not hold any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.ev_charger_pool.pool.appetite import Appetite
from custom_components.ev_charger_pool.pool.control import step
from custom_components.ev_charger_pool.pool.memory import Memory, read, remember
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    AverageLimit,
    Charger,
    ChargerReading,
    MeterReading,
    Now,
    Source,
    VehicleState,
)
from custom_components.ev_charger_pool.pool.phase_switch import unswitched
from custom_components.ev_charger_pool.pool.recall import FORGOTTEN, SAME_SESSION, recall, resume
from custom_components.ev_charger_pool.pool.state import Settings, State, start
from custom_components.ev_charger_pool.pool.strategy import Turns
from tests.pool.loop import MORNING, THREE, site

AVERAGE = AverageLimit(circuit=MAIN, watts=8000.0, minutes=60)
SETTINGS = Settings(site=site(Charger(id="a", name="A", wiring=THREE)), control=True, averages=(AVERAGE,))
BEFORE = Now(50_000.0, MORNING.replace(minute=10))
SHORT = 120.0


def reading(at: float, state: str = "C", session_wh: float | None = 5000.0, sequence: int = 1) -> ChargerReading:
    return ChargerReading(
        source="a",
        sequence=sequence,
        asked=at,
        taken=at,
        amperes=(6.0, 0.0, 0.0),
        limit=6.0,
        session_wh=session_wh,
        state=VehicleState(state),
    )


def mains(at: float) -> MeterReading:
    return MeterReading(source=MAIN, sequence=1, taken=at, amperes=(9.0, 3.0, 4.0))


def lived(session_wh: float | None = 5000.0) -> State:
    """A controller that has paused a car with one phase twice, and seen 18 A of house load two days ago."""
    at = BEFORE.monotonic
    state, _ = step(start(SETTINGS, at - 3600), BEFORE, [mains(at), reading(at, session_wh=session_wh)])
    outlet = state.outlets["a"]
    settle = replace(outlet.settle, cut=replace(outlet.settle.cut, seen=(4.0, 3.0)))
    meter = state.meters[MAIN]
    week = (replace(meter.week[0], entries=()).add(at - 2 * 86_400, 18.0).add(at, 3.0), *meter.week[1:])
    hour = (replace(meter.peaks[0], entries=()).add(at - 600, 12.0).add(at, 3.0), *meter.peaks[1:])
    return replace(
        state,
        outlets={
            "a": replace(
                outlet,
                plugged=at - 3000,
                stops=2,
                idle_phases=(None, at - 500, at - 400),
                written=at - 7,
                settle=settle,
                appetite=Appetite(enough=9.0, satisfied=True),
                phase_switch=replace(unswitched(3), last=at - 100, used=3),
            )
        },
        meters={MAIN: replace(meter, week=week, peaks=hour)},
        turns=Turns(number=3, queue=("a", "gone"), waiting={"gone": 1.0}, yielding=frozenset({"gone"})),
    )


def memory(session_wh: float | None = 5000.0) -> Memory:
    return read(remember(lived(session_wh), BEFORE))


def after(seconds: float) -> Now:
    """Some time later, with a monotonic clock that has begun anew."""
    return Now(20.0, BEFORE.wall + timedelta(seconds=seconds))


def restarted(seconds: float = SHORT, known: Memory | None = None) -> State:
    now = after(seconds)
    return recall(start(SETTINGS, now.monotonic), known or memory(), now)


def test_moments_have_the_age_that_they_would_have() -> None:
    outlet = restarted().outlets["a"]
    then = 20.0 - SHORT
    assert outlet.plugged == pytest.approx(then - 3000)
    assert outlet.idle_phases == (None, pytest.approx(then - 500), pytest.approx(then - 400))
    assert outlet.written == pytest.approx(then - 7)
    assert outlet.stops == 2
    assert outlet.phase_switch == replace(unswitched(3), last=pytest.approx(then - 100), used=3)
    assert outlet.settle.cut.seen == (4.0, 3.0)
    assert (outlet.appetite.enough, outlet.appetite.satisfied) == (9.0, True)


def test_house_loads_have_the_age_that_they_would_have() -> None:
    meter = restarted().meters[MAIN]
    then = 20.0 - SHORT
    assert meter.worst_week(0) == 18
    assert meter.worst_house(0, then - 600) == 12
    assert (meter.worst_house(0, then - 500) or 0) < 12


def test_turns_go_on_without_those_that_are_gone() -> None:
    assert restarted().turns == Turns(number=3, queue=("a",))


def test_the_running_hour_goes_on() -> None:
    [guard] = restarted().guards
    [before] = lived().guards
    # Since then the limit is assumed.
    assert guard.wh == pytest.approx(before.wh + 8000 * SHORT / 3600)


def test_an_average_binds_from_the_first_step_on() -> None:
    state, _ = step(restarted(), after(SHORT), [mains(20.0), reading(20.0)])
    assert [row.bound for row in state.rows if row.source is Source.PEAK] == [guard.bound for guard in state.guards]


def test_after_a_day_only_the_week_counts() -> None:
    state = restarted(FORGOTTEN + 60)
    assert state.outlets["a"].plugged is None
    assert state.outlets["a"].settle.cut.seen == ()
    assert state.guards == ()
    assert state.turns.queue == ()
    assert state.meters[MAIN].worst_house(0, -1e9) is None
    assert state.meters[MAIN].worst_week(0) == 18


def test_a_house_load_is_forgotten_after_a_week() -> None:
    worst = restarted(6 * 86_400).meters[MAIN].worst_week(0)
    assert worst == 3


def test_a_clock_that_was_set_back_is_no_time_passed() -> None:
    assert restarted(-3600).outlets["a"].plugged == pytest.approx(20.0 - 3000)


def test_what_has_been_heard_since_stands() -> None:
    now = after(SHORT)
    state, _ = step(start(SETTINGS, 20.0), now, [mains(20.0), reading(20.0)])
    state = recall(state, memory(), now)
    assert state.outlets["a"].stops == 0
    assert state.meters[MAIN].worst_week(0) != 18


def test_loads_beside_other_chargers_say_nothing() -> None:
    other = replace(SETTINGS, site=site(Charger(id="b", name="B", wiring=THREE)))
    now = after(SHORT)
    state = recall(start(other, now.monotonic), memory(), now)
    assert state.meters[MAIN].worst_week(0) is None
    assert state.outlets["b"].plugged is None


def heard(state: State, told: ChargerReading, known: Memory, seconds: float = SHORT) -> State:
    """The controller after the first reading of its charger."""
    now = after(seconds)
    state, _ = step(resume(state, known, [told], now), now, [mains(20.0), told])
    return state


def test_the_same_session_goes_on() -> None:
    outlet = heard(restarted(), reading(20.0, session_wh=5100.0), memory()).outlets["a"]
    assert outlet.stops == 2
    assert outlet.counted(20.0) == {0}


def test_nothing_is_raised_before_the_hold_is_over() -> None:
    state = heard(restarted(), reading(20.0), memory())
    assert state.outlets["a"].steady == 20.0


@pytest.mark.parametrize(
    ("told", "remembered", "seconds"),
    [(100.0, 5000.0, SHORT), (None, 5000.0, SAME_SESSION + 1), (100.0, None, SAME_SESSION + 1)],
)
def test_another_session_begins_anew(told: float | None, remembered: float | None, seconds: float) -> None:
    known = memory(remembered)
    outlet = heard(restarted(seconds, known), reading(20.0, session_wh=told), known, seconds).outlets["a"]
    assert (outlet.stops, outlet.plugged) == (0, 20.0)
    assert outlet.counted(20.0) == {0, 1, 2}
    assert outlet.appetite.enough is None
    assert outlet.settle.cut.seen == (), "both were quick: another car may be slow"


def test_without_a_counter_a_short_time_changes_nothing() -> None:
    known = memory(None)
    outlet = heard(restarted(SHORT, known), reading(20.0, session_wh=None), known).outlets["a"]
    assert outlet.stops == 2


def test_a_car_that_has_left_is_forgotten() -> None:
    outlet = heard(restarted(), reading(20.0, state="A"), memory()).outlets["a"]
    assert (outlet.stops, outlet.plugged) == (0, None)
    assert outlet.counted(20.0) == {0, 1, 2}


@pytest.mark.parametrize(("told", "forgotten"), [(100.0, True), (5000.0, False)])
def test_the_budget_of_phase_switches_is_that_of_the_session(told: float, forgotten: bool) -> None:
    state = resume(restarted(), memory(), [reading(20.0, session_wh=told)], after(SHORT))
    assert (state.outlets["a"].phase_switch is None) is forgotten
