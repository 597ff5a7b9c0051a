"""The controller over time, second by second in a house that behaves."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from custom_components.ev_charger_pool.pool.control import step
from custom_components.ev_charger_pool.pool.defaults import DECIDED_ABSENT, MINIMUM_OFF
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Capability,
    Charger,
    ChargerReading,
    Circuit,
    Expiry,
    Limit,
    MeterReading,
    Now,
    Source,
    Unit,
    VehicleState,
    Why,
    Write,
)
from custom_components.ev_charger_pool.pool.state import Settings, hand_over, hurry, start
from custom_components.ev_charger_pool.pool.strategy import Strategy
from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.house import Appliance
from tests.pool.loop import L1, L2, L3, MORNING, THREE, Loop, box, charger, site

KETTLE = (10.0, 0.0, 0.0)
HOB = (0.0, 12.0, 0.0)
SETTLE = 8
"""Latency of the charger, reaction of the car and one meter reading, s."""


def two_cars(**settings: object) -> Loop:
    """A three-phase and a one-phase car, a charger without a car, a kettle on L1 and a hob on L2."""
    chargers = (charger("garage", THREE), charger("drive", L1), charger("street", L2))
    boxes = {"garage": box(car=Car(phases=3)), "drive": box(car=Car(phases=1)), "street": box()}
    appliances = (Appliance("kettle", KETTLE), Appliance("hob", HOB))
    given = {"control": True, "hold": 20.0, "window": 60.0} | settings
    return Loop(Settings(site=site(*chargers), **given), boxes, appliances=appliances)


def limits(loop: Loop) -> dict[str, float]:
    return {key: loop.limit(key) for key in loop.boxes}


def test_sessions_start_at_the_minimum_and_rise_after_the_hold() -> None:
    loop = two_cars()
    loop.run(15)
    assert limits(loop) == {"garage": 6, "drive": 6, "street": 6}
    assert loop.why("garage") is Why.HOLD
    loop.run(45)
    # 25 - 0.5 - 2 of the house leaves 22 A on L1 for two cars.
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}
    assert loop.why("street") is Why.NO_CAR
    reason = loop.decision("garage").reason
    assert (reason.why, reason.circuit, reason.line) == (Why.FUSE, MAIN, 0)


def test_an_overload_is_cut_at_once_and_only_once() -> None:
    loop = two_cars()
    loop.run(60)
    loop.writes.clear()
    loop.switch("kettle", on=True)
    loop.run(1)
    assert limits(loop) == {"garage": 6, "drive": 6, "street": 6}
    loop.run(30)
    assert [(at, write.charger) for at, write in loop.writes] == [(61.0, "drive"), (61.0, "garage")]
    assert max(loop.over) - 60 <= SETTLE


def test_a_second_overload_during_the_first_is_not_delayed() -> None:
    loop = two_cars()
    loop.run(60)
    loop.switch("kettle", on=True)
    loop.run(3)
    loop.house.appliances["hob"].amperes = (0.0, 17.0, 0.0)
    loop.switch("hob", on=True)
    loop.run(1)
    # 17 + 2 + 6 of the car without a reserve: the charger without a car gives way, then L2 bears no 6 A.
    assert loop.limit("street") == 0
    assert loop.limit("garage") == 0
    loop.run(SETTLE)
    assert all(amperes <= 25 for amperes in loop.house.currents)


def test_a_raise_starts_from_the_worst_of_the_window() -> None:
    loop = two_cars(hold=5.0, window=120.0)
    loop.run(60)
    loop.switch("kettle", on=True)
    loop.run(30)
    loop.switch("kettle", on=False)
    loop.run(100)
    assert limits(loop)["garage"] == 6
    loop.run(60)
    assert limits(loop)["garage"] == 11


def test_fair_share_moves_current_only_once_the_gainer_has_waited() -> None:
    loop = two_cars()
    loop.boxes["drive"].car = None
    loop.run(90)
    assert limits(loop) == {"garage": 16, "drive": 6, "street": 6}
    loop.boxes["drive"].car = Car(phases=1)
    loop.run(10)
    assert loop.limit("garage") == 16
    loop.run(40)
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}
    assert not loop.over


def test_when_a_car_leaves_its_charger_goes_back_to_the_standing_limit() -> None:
    loop = two_cars()
    loop.run(60)
    loop.boxes["drive"].car = None
    loop.run(3)
    assert loop.limit("drive") == 6
    loop.run(60)
    assert loop.limit("garage") == 16


def test_a_car_on_one_phase_of_three_counts_on_that_phase_only() -> None:
    chargers = (charger("garage", THREE), charger("drive", L2))
    boxes = {"garage": box(car=Car(phases=1)), "drive": box(car=Car(phases=1))}
    loop = Loop(Settings(site=site(*chargers), control=True, hold=20, window=60), boxes)
    loop.run(40)
    assert limits(loop) == {"garage": 11, "drive": 11}
    loop.run(120)
    assert loop.decision("garage").lines == {0}
    assert limits(loop) == {"garage": 16, "drive": 16}


@pytest.mark.parametrize("drive_on", [L1, L2])
def test_unknown_wiring_counts_on_all_lines(drive_on: tuple[frozenset[int], ...]) -> None:
    """The garage is really on L1; whichever line the other one is on, nothing is ever over."""
    chargers = (charger("garage", None), charger("drive", drive_on))
    boxes = {"garage": box(car=Car(phases=1)), "drive": box(car=Car(phases=1))}
    loop = Loop(Settings(site=site(*chargers), control=True, hold=20, window=60), boxes)
    loop.run(40)
    assert loop.decision("garage").lines == {0, 1, 2}
    assert limits(loop) == {"garage": 11, "drive": 11}
    loop.run(300)
    assert not loop.over
    assert limits(loop)["garage"] >= 11


def test_a_rotated_charger_counts_on_its_line() -> None:
    rotated = (frozenset({1}), frozenset({2}), frozenset({0}))
    loop = Loop(
        Settings(site=site(charger("garage", rotated)), control=True, hold=20, window=60),
        {"garage": box(car=Car(phases=1))},
        appliances=(Appliance("hob", HOB),),
    )
    loop.run(180)
    assert loop.decision("garage").lines == {1}
    loop.switch("hob", on=True)
    loop.run(2)
    # 24.5 - 2 - 12 of the hob, less the reserve of a cut.
    assert loop.limit("garage") == 9


def test_a_sub_circuit_binds_and_is_named() -> None:
    shed = Circuit(id="shed", name="Shed", parent=MAIN, fuse=(16.0, 16.0, 16.0), reserve=(2.0, 2.0, 2.0))
    chargers = (replace(charger("garage", THREE), circuit="shed"), charger("drive", L1))
    boxes = {"garage": box(car=Car(phases=3)), "drive": box(car=Car(phases=1))}
    loop = Loop(Settings(site=site(*chargers, fuse=35.0, circuits=(shed,)), control=True, hold=20, window=60), boxes)
    loop.run(90)
    assert limits(loop) == {"garage": 13, "drive": 16}
    reason = loop.decision("garage").reason
    assert (reason.why, reason.circuit) == (Why.CIRCUIT, "shed")
    assert loop.why("drive") is Why.UNLIMITED


def test_shortage_takes_turns_on_the_quarter_hour() -> None:
    chargers = (charger("a", L1), charger("b", L1), charger("c", L1))
    boxes = {key: box(car=Car(phases=1)) for key in "abc"}
    loop = Loop(Settings(site=site(*chargers, fuse=16.0), control=True, hold=20, window=60), boxes, base=(1.5, 0, 0))
    loop.run(600)
    first = {key for key in boxes if loop.limit(key) > 0}
    assert len(first) == 2
    (waiting,) = boxes.keys() - first
    assert loop.why(waiting) is Why.WAITING_TURN
    loop.run(2700)
    served = {key for key in boxes if loop.boxes[key].session > 500}
    assert served == {"a", "b", "c"}
    assert not loop.over


def test_a_limit_binds_until_it_expires() -> None:
    loop = two_cars()
    loop.run(60)
    until = MORNING + timedelta(seconds=loop.at + 30)
    loop.change(limits=(Limit(id="x", source="tariff", target="garage", value=8.0, expires=until),))
    loop.run(2)
    assert loop.limit("garage") == 8
    reason = loop.decision("garage").reason
    assert (reason.why, reason.source) == (Why.LIMIT, "tariff")
    loop.run(60)
    assert loop.limit("garage") == 11


def test_a_limit_in_watts_on_the_whole_site() -> None:
    loop = two_cars()
    loop.run(60)
    loop.change(limits=(Limit(id="x", source="dimming", target=MAIN, value=6900.0, unit=Unit.WATT),))
    loop.run(2)
    # 3 x 2 A of the house and 6 A of the empty charger leave 18 A in all: 6 A stop the one-phase car or not.
    total = 3 * 2 + 3 * loop.limit("garage") + loop.limit("drive") + loop.limit("street")
    assert total * 230 <= 6900


def test_a_user_cap_binds() -> None:
    loop = two_cars()
    loop.run(60)
    garage, drive, street = loop.settings.site.chargers
    loop.change(site=replace(loop.settings.site, chargers=(replace(garage, user_cap=7.0), drive, street)))
    loop.run(60)
    assert limits(loop) == {"garage": 7, "drive": 15, "street": 6}
    assert loop.why("garage") is Why.USER_CAP


def test_priority_serves_the_first_in_full() -> None:
    loop = two_cars(strategy=Strategy.PRIORITY)
    garage, drive, street = loop.settings.site.chargers
    loop.change(site=replace(loop.settings.site, chargers=(replace(garage, priority=2), drive, street)))
    loop.run(90)
    assert limits(loop) == {"garage": 6, "drive": 16, "street": 6}


# The table of failures


def test_main_meter_stale() -> None:
    loop = two_cars()
    loop.run(60)
    loop.meter_works = False
    loop.run(9)
    assert limits(loop)["garage"] == 11
    loop.run(3)
    assert limits(loop) == {"garage": 6, "drive": 6, "street": 6}
    assert loop.why("garage") is Why.METER_STALE
    assert loop.outcome is not None
    assert loop.outcome.circuits[MAIN].stale == {0, 1, 2}
    assert loop.outcome.circuits[MAIN].amperes == (None, None, None)
    loop.run(60)
    assert limits(loop) == {"garage": 0, "drive": 0, "street": 0}
    loop.writes.clear()
    loop.run(600)
    assert not loop.writes
    loop.meter_works = True
    loop.run(90)
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}


def test_main_meter_stale_remembers_the_worst_hour() -> None:
    loop = two_cars(window=30.0, hold=5.0)
    loop.run(30)
    loop.switch("kettle", on=True)
    loop.run(20)
    loop.switch("kettle", on=False)
    loop.run(120)
    assert limits(loop)["garage"] == 11
    loop.house.appliances["kettle"].amperes = (16.0, 0.0, 0.0)
    loop.meter_works = False
    loop.run(20)
    # The last hour's 12 A on L1 leave 12.5: the minimum of both, not more.
    assert limits(loop) == {"garage": 6, "drive": 6, "street": 6}


def test_one_phase_missing() -> None:
    loop = two_cars()
    street = loop.boxes["street"]
    street.car = Car(phases=1)
    loop.run(80)
    before = limits(loop)
    loop.missing_lines = frozenset({1})
    loop.run(20)
    assert loop.why("street") is Why.PHASE_MISSING
    assert loop.decision("street").reason.line == 1
    assert loop.why("garage") is Why.PHASE_MISSING
    assert loop.limit("drive") == before["drive"]
    assert (loop.limit("garage"), loop.limit("street")) == (6, 6)


def test_absurd_values_are_missing_values() -> None:
    settings = two_cars().settings
    state = start(settings, 0.0)
    for second, value in enumerate((2.0, float("nan"), 6553.5, -6553.5), start=1):
        reading = MeterReading(source=MAIN, sequence=second, taken=float(second), amperes=(value, 2.0, 2.0))
        state, outcome = step(state, Now(float(second), MORNING), [reading])
        assert outcome.circuits[MAIN].amperes == (2.0, 2.0, 2.0)
    state, outcome = step(state, Now(12.0, MORNING))
    assert outcome.circuits[MAIN].stale == {0}
    assert outcome.circuits[MAIN].amperes == (None, 2.0, 2.0)


def test_charger_unreachable() -> None:
    loop = two_cars()
    loop.run(60)
    loop.unplugged.add("drive")
    loop.run(13)
    assert loop.why("drive") is Why.UNREACHABLE
    # It may draw from 0 to its 16 A: 13 A on the meter and 16 A are more than L1 bears.
    assert loop.limit("garage") == 0
    assert loop.limit("drive") == 11
    loop.run(20)
    loop.unplugged.clear()
    loop.writes.clear()
    loop.run(2)
    assert loop.writes[0][1].charger == "drive"
    loop.run(40)
    assert loop.limit("garage") == 0, "a contactor that has opened stays open for a while"
    loop.run(MINIMUM_OFF)
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}
    assert not loop.over


def test_charger_never_seen_holds_every_raise_until_decided_absent() -> None:
    loop = two_cars()
    loop.unplugged.add("street")
    loop.run(DECIDED_ABSENT - 10)
    assert limits(loop) == {"garage": 6, "drive": 6, "street": 6}
    reason = loop.decision("drive").reason
    assert (reason.why, reason.charger) == (Why.WAITING_FOR_CHARGER, "street")
    loop.run(60)
    assert limits(loop)["garage"] == 11
    assert loop.why("street") is Why.UNREACHABLE


def test_write_fails() -> None:
    loop = two_cars()
    loop.run(60)
    loop.refuses.add("drive")
    loop.switch("kettle", on=True)
    loop.run(3)
    assert loop.limit("drive") == 11
    assert loop.why("drive") is Why.WRITE_FAILED
    # 12 A of the house and 11 A that nobody can lower leave nothing for the other car on L1.
    assert loop.limit("garage") == 0
    loop.run(120)
    attempts = [at for at, write in loop.writes if write.charger == "drive" and at > 60]
    gaps = [round(after - before) for before, after in pairwise(attempts)]
    assert gaps == sorted(gaps)
    assert 3 <= len(attempts) <= 8
    loop.refuses.clear()
    loop.run(70)
    assert limits(loop)["drive"] == 6


def test_start_adopts_the_limits_in_the_boxes() -> None:
    loop = two_cars()
    for physics in loop.boxes.values():
        physics.set_limit(0.0, 9.0)
    loop.boxes["street"].set_limit(0.0, 6.0)
    loop.run(15)
    assert limits(loop) == {"garage": 9, "drive": 9, "street": 6}
    assert not loop.writes


def test_start_without_a_meter_yet() -> None:
    loop = two_cars()
    for physics in loop.boxes.values():
        physics.set_limit(0.0, 9.0)
    loop.meter_works = False
    loop.run(5)
    assert loop.why("garage") is Why.STARTING
    assert not loop.writes
    loop.run(60)
    assert limits(loop) == {"garage": 0, "drive": 0, "street": 0}


def test_control_off_decides_and_writes_nothing() -> None:
    loop = two_cars(control=False)
    loop.run(60)
    assert not loop.writes
    assert loop.decision("garage").amperes == 11
    loop.change(control=True)
    loop.run(60)
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}


def test_hand_over_writes_the_armed_fall_back_or_the_minimum() -> None:
    chargers = (charger("garage", THREE, expiry=Expiry.FALL_BACK, fall_back=8.0), charger("drive", L3))
    boxes = {"garage": box(car=Car(phases=3)), "drive": box(car=Car(phases=1))}
    loop = Loop(Settings(site=site(*chargers), control=True, hold=5, window=60), boxes)
    loop.run(60)
    assert limits(loop) == {"garage": 11, "drive": 11}
    assert {write.charger: write.amperes for write in hand_over(loop.state, loop.boxes, {})} == {
        "garage": 8,
        "drive": 6,
    }


def test_a_disabled_charger_is_house_load() -> None:
    loop = two_cars()
    loop.run(60)
    garage, drive, street = loop.settings.site.chargers
    loop.change(site=replace(loop.settings.site, chargers=(garage, replace(drive, enabled=False), street)))
    loop.run(90)
    assert loop.why("drive") is Why.DISABLED
    # The 11 A of the disabled one are part of the house now.
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}


def test_a_charger_that_joins_is_house_load_no_longer() -> None:
    loop = two_cars(window=300.0)
    garage, drive, street = loop.settings.site.chargers
    loop.change(site=replace(loop.settings.site, chargers=(garage, replace(drive, enabled=False), street)))
    loop.boxes["drive"].set_limit(0.0, 16.0)
    loop.run(120)
    assert limits(loop)["garage"] == 6, "16 of 22 A are taken"
    loop.change(site=replace(loop.settings.site, chargers=(garage, drive, street)))
    loop.run(90)
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}


def test_setpoints_are_repeated_where_the_profile_asks() -> None:
    loop = Loop(
        Settings(site=site(charger("garage", THREE, resend=25.0)), control=True, hold=5, window=60),
        {"garage": box(limit=16.0, car=Car(phases=3))},
    )
    loop.run(120)
    times = [at for at, _ in loop.writes]
    assert {round(after - before) for before, after in pairwise(times)} <= {25, 26}


def test_the_write_pace_of_a_device_is_kept() -> None:
    loop = Loop(
        Settings(site=site(charger("garage", L1, write_interval=5.0)), control=True, hold=5, window=60),
        {"garage": box(limit=16.0, car=Car(phases=1))},
        appliances=(Appliance("kettle", KETTLE), Appliance("iron", (5.0, 0.0, 0.0))),
    )
    loop.run(30)
    loop.switch("kettle", on=True)
    loop.run(1)
    loop.switch("iron", on=True)
    loop.run(10)
    assert [write.amperes for _, write in loop.writes] == [11, 6], "the margin and the reserve of a cut below 25 A"
    first, second = (at for at, _ in loop.writes)
    assert second - first >= 5


def test_a_charger_that_ignores_its_limit_is_counted_by_what_it_draws() -> None:
    loop = two_cars()
    loop.run(60)
    deaf = loop.boxes["drive"]
    deaf.set_limit = lambda *_: None  # type: ignore[method-assign]
    loop.switch("kettle", on=True)
    loop.run(30)
    assert deaf.current == pytest.approx(11)
    assert loop.limit("garage") == 0


def test_a_charger_that_measures_nothing_counts_twice_and_does_not_swing() -> None:
    loop = Loop(
        Settings(site=site(charger("garage", L1, measures=False)), control=True, hold=5, window=30),
        {"garage": box(car=Car(phases=1))},
        base=(8.0, 0.0, 0.0),
    )
    loop.run(300)
    # 8 A of the house and the car's own current twice stay below 24.5 A.
    assert loop.limit("garage") == 8
    settled = len(loop.writes)
    loop.run(300)
    assert len(loop.writes) == settled


@pytest.mark.parametrize("hold", [10.0, 60.0])
def test_a_charger_that_measures_nothing_comes_to_rest(hold: float) -> None:
    loop = Loop(
        Settings(
            site=site(charger("garage", L1, measures=False, write_interval=5.0)), control=True, hold=hold, window=300
        ),
        {"garage": box(limit=0.0, car=Car(phases=1, ramp=1.0))},
        base=(7.0, 0.0, 0.0),
    )
    loop.run(1800)
    settled = len(loop.writes)
    assert loop.limit("garage") >= 6
    loop.run(3600)
    assert len(loop.writes) == settled


def test_a_raise_that_was_refused_is_tried_again() -> None:
    loop = two_cars()
    loop.run(10)
    loop.refuses.add("garage")
    loop.run(40)
    assert loop.limit("garage") == 6
    loop.refuses.clear()
    loop.run(120)
    assert limits(loop)["garage"] == 11


def test_a_box_that_forgot_its_limit_is_told_again() -> None:
    loop = two_cars()
    loop.run(60)
    loop.boxes["garage"].set_limit(loop.at, 6.0)
    loop.run(90)
    assert limits(loop)["garage"] == 11


def test_hand_over_also_lowers_what_is_still_being_raised() -> None:
    loop = two_cars()
    loop.run(10)
    raised = loop.state.outlets["garage"].ordered(Write(charger="garage", amperes=16.0, number=9), loop.at)
    state = replace(loop.state, outlets={**loop.state.outlets, "garage": raised})
    assert [(write.charger, write.amperes) for write in hand_over(state, ["garage"], {})] == [("garage", 6)]


def test_hand_over_does_not_leave_a_car_paused_where_it_fits() -> None:
    loop = two_cars()
    loop.run(60)
    loop.house.appliances["kettle"].amperes = (16.0, 0.0, 0.0)
    loop.switch("kettle", on=True)
    loop.run(20)
    paused = {key for key in ("garage", "drive") if loop.limit(key) == 0}
    assert paused
    targets = {key: loop.decision(key).target for key in loop.boxes}
    assert not {write.charger for write in hand_over(loop.state, paused, targets)}
    loop.switch("kettle", on=False)
    loop.run(90)
    assert {key for key in ("garage", "drive") if loop.limit(key) == 0} == paused
    targets = {key: loop.decision(key).target for key in loop.boxes}
    assert {(write.charger, write.amperes) for write in hand_over(loop.state, paused, targets)} == {
        (key, 6.0) for key in paused
    }


def test_a_missing_phase_holds_up_only_its_own() -> None:
    loop = two_cars()
    loop.boxes["street"].car = Car(phases=1)
    loop.boxes["garage"].car = None
    loop.run(120)
    loop.missing_lines = frozenset({0})
    loop.switch("hob", on=True)
    loop.run(20)
    assert loop.limit("street") == 9
    loop.switch("hob", on=False)
    loop.run(120)
    assert loop.limit("street") == 16


def test_a_lower_limit_of_the_user_is_as_urgent_as_the_fuse() -> None:
    slow = charger("garage", L1, poll_interval=30.0)
    fuse = Limit(id="user", source="user", target=MAIN, value=16.0, kind=Source.USER_FUSE)
    loop = Loop(
        Settings(site=site(slow), limits=(fuse,), control=True, hold=5, window=60),
        {"garage": box(car=Car(phases=1))},
        appliances=(Appliance("kettle", KETTLE),),
    )
    loop.run(120)
    assert loop.limit("garage") == 13, "16 A less the margin and 2 A of the house"
    loop.switch("kettle", on=True)
    loop.run(1)
    assert loop.limit("garage") == 0


def test_a_circuit_without_a_meter_counts_the_meters_below_it() -> None:
    garage = Circuit(id="garage", name="Garage", parent=MAIN, fuse=(20.0, 20.0, 20.0), reserve=(1.0, 0.0, 0.0))
    shop = Circuit(id="shop", name="Shop", parent="garage", fuse=(16.0, 16.0, 16.0), metered=True)
    car = replace(charger("car", L1), circuit="garage")
    settings = Settings(site=site(car, fuse=50.0, circuits=(garage, shop)), control=True, hold=5, window=60)
    state = start(settings, 0.0)
    for second in range(1, 120):
        at = float(second)
        readings = [
            MeterReading(source=MAIN, sequence=second, taken=at, amperes=(18.0, 0.0, 0.0)),
            MeterReading(source="shop", sequence=second, taken=at, amperes=(12.0, 0.0, 0.0)),
            ChargerReading(
                source="car",
                sequence=second,
                asked=at,
                taken=at,
                amperes=(6.0, None, None),
                state=VehicleState.C,
                limit=6.0,
            ),
        ]
        state, outcome = step(state, Now(at, MORNING), readings)
    decision = outcome.decisions["car"]
    # 20 A less the margin, 1 A kept free and 12 A of the shop.
    assert decision.target == 6
    assert (decision.reason.why, decision.reason.circuit) == (Why.CIRCUIT, "garage")


def test_a_charger_added_late_has_its_time_to_come() -> None:
    loop = two_cars()
    garage, drive, street = loop.settings.site.chargers
    loop.change(site=replace(loop.settings.site, chargers=(garage, drive)))
    loop.run(400)
    loop.unplugged.add("street")
    loop.boxes["drive"].set_limit(loop.at, 6.0)
    loop.change(site=replace(loop.settings.site, chargers=(garage, drive, street)))
    loop.run(30)
    assert loop.state.outlets["street"].seen is False
    assert loop.why("street") is Why.UNREACHABLE
    assert "street" in {loop.decision(key).reason.charger for key in ("garage", "drive")}


def test_rebalance_now_skips_the_hold() -> None:
    loop = two_cars(hold=600.0)
    loop.run(60)
    assert limits(loop)["garage"] == 6
    loop.state = hurry(loop.state)
    loop.run(2)
    assert limits(loop)["garage"] == 11


def test_a_stored_limit_is_never_written() -> None:
    loop = Loop(
        Settings(site=site(charger("garage", L1, stored=True)), control=True, hold=5, window=30),
        {"garage": box(car=Car(phases=1))},
    )
    loop.run(120)
    assert not loop.writes


def test_the_step_wakes_itself_when_nothing_is_heard() -> None:
    loop = two_cars()
    loop.run(30)
    assert loop.outcome is not None
    state, outcome = loop.state, loop.outcome
    at = loop.at
    while at < loop.at + 12:
        at = max(outcome.wake, at + 0.001)
        state, outcome = step(state, Now(at, MORNING))
    assert outcome.decisions["garage"].reason.why in (Why.METER_STALE, Why.UNREACHABLE)


def test_it_sleeps_while_everything_is_lost() -> None:
    loop = two_cars()
    loop.run(30)
    _, outcome = step(loop.state, Now(loop.at + 500, MORNING))
    assert outcome.wake >= loop.at + 501


def test_it_wakes_when_a_limit_expires() -> None:
    loop = two_cars()
    loop.run(60)
    expires = MORNING + timedelta(seconds=loop.at + 3.5)
    loop.change(limits=(Limit(id="x", source="tariff", target="garage", value=8.0, expires=expires),))
    loop.run(2)
    assert loop.outcome is not None
    assert loop.outcome.wake == pytest.approx(loop.at + 1.5)


@pytest.mark.parametrize("shuffle", [1, -1])
def test_decisions_do_not_depend_on_the_order_of_chargers(shuffle: int) -> None:
    loop = two_cars()
    loop.change(site=replace(loop.settings.site, chargers=loop.settings.site.chargers[::shuffle]))
    loop.run(80)
    assert limits(loop) == {"garage": 11, "drive": 11, "street": 6}


def test_the_car_minimum_counts() -> None:
    zoe = Charger(id="zoe", name="Zoe", wiring=L1, capability=Capability(maximum=16, phases=1), car_minimum=8.0)
    loop = Loop(
        Settings(site=site(zoe), control=True, hold=5, window=30),
        {"zoe": box(limit=8.0, car=Car(phases=1, minimum=8.0))},
        appliances=(Appliance("oven", (15.0, 0.0, 0.0)),),
    )
    loop.run(60)
    loop.switch("oven", on=True)
    loop.run(5)
    assert loop.limit("zoe") == 0
    assert loop.why("zoe") is Why.NO_ROOM
