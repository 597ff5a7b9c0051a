"""Sessions over time: what a car leaves is lent, full cars make room, stops are counted, others may rule."""

from dataclasses import replace

from custom_components.ev_charger_pool.pool.control import step
from custom_components.ev_charger_pool.pool.defaults import (
    LEND_AFTER,
    MINIMUM_OFF,
    SATISFIED_AFTER,
    STEP_BACK,
    STOPS_PER_SESSION,
)
from custom_components.ev_charger_pool.pool.model import MAIN, ChargerReading, MeterReading, Now, Why
from custom_components.ev_charger_pool.pool.state import Settings
from custom_components.ev_charger_pool.pool.troubles import TroubleKind
from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.house import Appliance
from tests.pool.loop import L1, MORNING, Loop, box, charger, site


def shared_line(*cars: Car | None, fuse: float = 25.0, **capability: object) -> Loop:
    """One-phase chargers on L1 beside 2 A of the house."""
    keys = "abcdef"[: len(cars)]
    settings = Settings(
        site=site(*(charger(key, L1, **capability) for key in keys), fuse=fuse), control=True, hold=20.0, window=60.0
    )
    return Loop(
        settings,
        {key: box(car=car) for key, car in zip(keys, cars, strict=True)},
        appliances=(Appliance("kettle", (10.0, 0.0, 0.0)),),
    )


def test_what_a_car_does_not_draw_is_lent_and_given_back_on_demand() -> None:
    loop = shared_line(Car(phases=1, maximum=8.0), Car(phases=1))
    loop.run(60)
    assert (loop.limit("a"), loop.limit("b")) == (11, 11)
    loop.run(LEND_AFTER + 60)
    # 8 A and one to ask for more with; 24.5 - 2 - 9 for the other.
    assert (loop.limit("a"), loop.limit("b")) == (9, 13)
    assert loop.why("a") is Why.CAR_CONTENT
    loop.boxes["a"].car = Car(phases=1)
    loop.run(120)
    assert (loop.limit("a"), loop.limit("b")) == (11, 11)
    assert not loop.over


def test_nobody_is_lowered_for_what_nobody_needs() -> None:
    loop = shared_line(Car(phases=1, maximum=8.0))
    loop.run(60)
    before = loop.limit("a")
    loop.run(600)
    assert loop.limit("a") == before


def test_a_full_car_makes_room_for_a_waiting_one() -> None:
    loop = shared_line(Car(phases=1, needs=0.0), Car(phases=1), Car(phases=1), fuse=16.0)
    loop.run(SATISFIED_AFTER + 120)
    assert loop.limit("a") == 0
    assert loop.limit("b") >= 6
    assert loop.limit("c") >= 6


def test_a_pause_starts_again_at_the_minimum() -> None:
    loop = shared_line(Car(phases=1))
    loop.run(60)
    loop.house.appliances["kettle"].amperes = (20.0, 0.0, 0.0)
    loop.switch("kettle", on=True)
    loop.run(10)
    assert loop.limit("a") == 0
    loop.switch("kettle", on=False)
    loop.run(MINIMUM_OFF + 60, until=lambda: loop.limit("a") > 0)
    assert loop.limit("a") == 6
    loop.run(60)
    assert loop.limit("a") == 16


def test_after_enough_stops_a_car_is_not_paused_for_others() -> None:
    loop = shared_line(Car(phases=1), Car(phases=1), Car(phases=1), fuse=16.0)
    loop.run(600)
    (waiting,) = (key for key in "abc" if loop.limit(key) == 0)
    running = {key for key in "abc" if key != waiting}
    spent = {
        key: replace(outlet, stops=STOPS_PER_SESSION if key in running else 0)
        for key, outlet in loop.state.outlets.items()
    }
    loop.state = replace(loop.state, outlets=spent)
    loop.run(1800)
    assert {key for key in "abc" if loop.limit(key) > 0} == running


def test_turns_are_counted_as_stops_and_the_fuse_is_not() -> None:
    loop = shared_line(Car(phases=1), Car(phases=1), Car(phases=1), fuse=16.0)
    loop.run(3700)
    stops = sum(outlet.stops for outlet in loop.state.outlets.values())
    assert 3 <= stops <= 5
    loop.house.appliances["kettle"].amperes = (14.0, 0.0, 0.0)
    loop.switch("kettle", on=True)
    loop.run(20)
    assert all(loop.limit(key) == 0 for key in "abc")
    assert sum(outlet.stops for outlet in loop.state.outlets.values()) == stops


def test_another_master_is_left_alone_for_a_while() -> None:
    loop = shared_line(Car(phases=1), Car(phases=1))
    loop.run(60)
    loop.house.appliances["kettle"].amperes = (6.0, 0.0, 0.0)
    loop.switch("kettle", on=True)
    for _ in range(4):
        loop.run(30)
        loop.boxes["a"].set_limit(loop.at, 16.0)
    loop.run(15)
    assert loop.why("a") is Why.OTHER_MASTER
    assert loop.outcome is not None
    assert [trouble.kind for trouble in loop.outcome.troubles] == [TroubleKind.OTHER_MASTER]
    loop.writes.clear()
    loop.run(STEP_BACK - 60)
    assert not [write for _, write in loop.writes if write.charger == "a"]
    # 8 A of the house and the 16 A that somebody else gives leave no 6 A for the other car.
    assert loop.limit("b") == 0


def test_a_slow_charger_is_planned_for_the_worst_that_was_ever_seen() -> None:
    loop = shared_line(Car(phases=1), write_interval=60.0)
    loop.switch("kettle", on=True)
    loop.run(30)
    loop.switch("kettle", on=False)
    loop.run(900)
    # 24.5 - 12 A, though the kettle was on a quarter of an hour ago.
    assert loop.limit("a") == 12
    assert loop.why("a") is Why.FUSE


def test_a_slow_charger_is_planned_for_the_worst_that_was_entered() -> None:
    loop = shared_line(Car(phases=1), write_interval=60.0)
    loop.change(worst_house=(15.0, 15.0, 15.0))
    loop.run(300)
    assert loop.limit("a") == 9


def test_bad_readings_are_counted_and_change_nothing_else() -> None:
    loop = shared_line(Car(phases=1))
    loop.run(60)
    last = loop.state.outlets["a"].reading
    assert last is not None
    strange = [
        MeterReading(source=MAIN, sequence=1, taken=loop.at, amperes=(99.0, 99.0, 99.0)),
        MeterReading(source=MAIN, sequence=10_000, taken=loop.at + 3600.0, amperes=(99.0, 99.0, 99.0)),
        MeterReading(source="removed", sequence=1, taken=loop.at, amperes=(99.0, 99.0, 99.0)),
        last,
        replace(last, sequence=10_000, asked=loop.at - 50.0, taken=loop.at - 50.0),
        ChargerReading(source="removed", sequence=1, asked=loop.at, taken=loop.at),
    ]
    now = Now(loop.at + 0.5, MORNING)
    quiet, expected = step(loop.state, now)
    state, outcome = step(loop.state, now, strange)
    assert outcome.decisions == expected.decisions
    assert (state.ignored, state.meters[MAIN].ignored, state.outlets["a"].ignored) == (2, 2, 2)
    assert state.meters[MAIN].amperes == quiet.meters[MAIN].amperes
