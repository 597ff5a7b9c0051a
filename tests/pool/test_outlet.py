"""What a charger may draw, from what it told and what it was told."""

from dataclasses import replace

import pytest

from custom_components.ev_charger_pool.pool.model import (
    Ack,
    Capability,
    Charger,
    ChargerReading,
    PerLine,
    VehicleState,
    Wiring,
    Write,
)
from custom_components.ev_charger_pool.pool.outlet import Outlet, watch

THREE: Wiring = (frozenset({0}), frozenset({1}), frozenset({2}))
SITE = frozenset({0, 1, 2})
LATER = 10_000.0


def reading(
    sequence: int, taken: float, amperes: PerLine, limit: float | None = None, state: str = "C"
) -> ChargerReading:
    return ChargerReading(
        source="a", sequence=sequence, asked=taken, taken=taken, amperes=amperes, limit=limit, state=VehicleState(state)
    )


def outlet(wiring: Wiring | None = THREE, **capability: object) -> Outlet:
    charger = Charger(id="a", name="A", wiring=wiring, capability=Capability(maximum=16.0, **capability))
    return watch(charger, 0.0).heard(reading(1, 10.0, (8.0, 8.0, 8.0), 8.0), LATER, control=True)


def commanded(before: Outlet, amperes: float, at: float, *, error: str | None = None) -> Outlet:
    write = Write(charger="a", amperes=amperes, number=before.number + 1)
    ack = Ack(charger="a", number=write.number, amperes=amperes, at=at + 0.1, error=error)
    return before.ordered(write, at).acknowledged(ack)


def test_the_limit_in_the_box_is_adopted() -> None:
    assert outlet().limit == 8
    assert outlet().ceiling == 8


def test_without_a_limit_to_read_back_the_hardware_is_the_ceiling() -> None:
    charger = watch(outlet().charger, 0.0).heard(reading(1, 10.0, (8.0, 8.0, 8.0)), LATER, control=True)
    assert charger.limit is None
    assert charger.ceiling == 16


def test_readings_on_both_sides_bound_the_draw() -> None:
    charger = outlet().heard(reading(2, 12.0, (6.0, 9.0, 8.0), 8.0), LATER, control=True)
    drawn = charger.drawn(11.0, 11.0)
    assert drawn.least == (6, 8, 8)
    assert drawn.most == (8, 9, 8)


def test_a_command_under_way_widens_the_draw_until_it_is_seen_through() -> None:
    charger = commanded(outlet(), 16.0, 10.5)
    assert charger.drawn(11.0, 11.0).least == (8, 8, 8)
    assert charger.drawn(11.0, 11.0).most == (16, 16, 16)
    charger = charger.heard(reading(2, 18.0, (16.0, 16.0, 16.0), 16.0), LATER, control=True)
    assert charger.seen_through(17.0).under_way, "effective at 10.6 + 2 + 5"
    assert not charger.seen_through(18.0).under_way


def test_a_failed_write_leaves_the_old_limit_and_backs_off() -> None:
    charger = outlet()
    waits = []
    for count in range(7):
        charger = commanded(charger, 16.0, 100.0 * count, error="no answer")
        waits.append(round(charger.retry - 100.0 * count - 0.1, 6))
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert charger.limit == 8
    assert commanded(charger, 16.0, 1000.0).failures == 0


def test_an_acknowledgement_of_another_write_is_ignored() -> None:
    charger = outlet().ordered(Write(charger="a", amperes=16.0, number=7), 11.0)
    assert charger.acknowledged(Ack(charger="a", number=6, amperes=10.0, at=12.0)) is charger


def test_unreachable_after_three_polls_and_ten_seconds() -> None:
    charger = outlet()
    assert charger.reachable(20.0)
    assert not charger.reachable(20.1)
    slow = outlet(poll_interval=30.0)
    assert slow.reachable(100.0)
    assert not slow.reachable(100.1)


def test_while_unreachable_it_may_do_what_it_does_by_itself() -> None:
    assert outlet().away == 16, "fall-back and reboot default are not known"
    assert outlet(fall_back=6.0, reboot_default=6.0).away == 8
    assert outlet(fall_back=10.0, reboot_default=6.0).away == 10


def test_a_box_that_was_away_is_adopted_and_written_first() -> None:
    charger = outlet().heard(reading(2, 60.0, (0.0, 0.0, 0.0), 16.0), LATER, control=True)
    assert charger.limit == 8, "it is not given more than it had"
    assert charger.ceiling == 16
    assert charger.rewrite
    assert not commanded(charger, 6.0, 60.5).rewrite


def test_a_phase_stops_counting_after_a_minute_and_counts_again_at_once() -> None:
    charger = outlet()
    for second in range(11, 80):
        charger = charger.heard(reading(second, float(second), (8.0, 0.4, 0.0), 8.0), LATER, control=True)
    assert charger.lines(70.9, SITE) == {0, 1, 2}
    assert charger.lines(79.0, SITE) == {0}
    charger = charger.heard(reading(80, 80.0, (8.0, 1.0, 0.0), 8.0), LATER, control=True)
    assert charger.lines(80.0, SITE) == {0, 1}
    charger = charger.heard(reading(81, 81.0, (0.0, 0.0, 0.0), 8.0, "A"), LATER, control=True)
    assert charger.lines(81.0, SITE) == {0, 1, 2}, "what was learned ends with the session"


def test_a_paused_car_does_not_unlearn() -> None:
    charger = outlet()
    for second in range(11, 80):
        charger = charger.heard(reading(second, float(second), (8.0, 0.0, 0.0), 8.0), LATER, control=True)
    charger = charger.heard(reading(80, 80.0, (0.0, 0.0, 0.0), 8.0, "B"), LATER, control=True)
    assert charger.lines(81.0, SITE) == {0}


@pytest.mark.parametrize(
    ("wiring", "amperes", "expected"),
    [
        (THREE, (5.0, 6.0, 7.0), (5, 6, 7)),
        ((frozenset({1}), frozenset({2}), frozenset({0})), (5.0, 6.0, 7.0), (7, 5, 6)),
        ((frozenset({2}),), (5.0, None, None), (0, 0, 5)),
        (None, (5.0, 6.0, 7.0), (5, 5, 5)),
        (None, (9.0, 0.0, 0.0), (9, 9, 9)),
        (None, (None, None, None), (0, 0, 0)),
        ((frozenset({0, 1}),), (9.0, None, None), (9, 9, 0)),
    ],
)
def test_phases_of_the_charger_on_lines_of_the_site(
    wiring: Wiring | None, amperes: PerLine, expected: tuple[float, float, float]
) -> None:
    assert outlet(wiring).on_lines(amperes, SITE) == expected


@pytest.mark.parametrize("absurd", [float("nan"), float("inf"), -1.0, 6553.5])
def test_what_no_charger_draws_is_missing(absurd: float) -> None:
    """Subtracted from the mains it would hide any overload."""
    charger = outlet()
    for second in range(11, 90):
        charger = charger.heard(reading(second, float(second), (8.0, absurd, 8.0), absurd), LATER, control=True)
    assert charger.drawn(89.0, 89.0).most == (8.0, None, 8.0)
    assert charger.lines(89.0, SITE) == {0, 1, 2}, "a missing value does not unlearn a phase"
    assert charger.limit == 8


def test_a_write_that_nobody_answers_has_failed() -> None:
    charger = outlet(write_interval=5.0).ordered(Write(charger="a", amperes=6.0, number=1), 100.0)
    assert charger.unanswered(140.0) is None
    ack = charger.unanswered(141.0)
    assert ack is not None
    assert charger.acknowledged(ack).failures == 1


def test_a_box_that_stands_below_its_limit_has_fallen_short() -> None:
    charger = commanded(outlet(), 12.0, 10.5).heard(reading(2, 20.0, (6.0, 6.0, 6.0), 6.0), LATER, control=True)
    assert charger.fallen_short
    assert not charger.heard(reading(3, 22.0, (6.0, 6.0, 6.0), 12.0), LATER, control=True).fallen_short


def test_a_paused_box_may_go_on_showing_the_limit_before() -> None:
    charger = commanded(outlet(), 0.0, 10.5)
    charger = charger.heard(reading(2, 20.0, (0.0, 0.0, 0.0), 8.0, "B"), LATER, control=True).seen_through(20.0)
    assert not charger.overruled
    assert charger.ceiling == 0
    charger = charger.heard(reading(3, 22.0, (8.0, 8.0, 8.0), 8.0), LATER, control=True)
    assert charger.overruled, "it draws"
    assert charger.ceiling == 8


def test_many_commands_under_way_are_taken_for_one() -> None:
    charger = outlet()
    for count in range(12):
        charger = commanded(charger, 6.0 + count % 7, 20.0 + count)
    assert len(charger.under_way) <= 5
    assert min(command.low for command in charger.under_way) == 6
    assert max(command.high for command in charger.under_way) == 12


def test_currents_that_make_no_sense_are_missing() -> None:
    charger = outlet().heard(reading(2, 12.0, (float("nan"), -3.0, 8.0), 8.0), LATER, control=True)
    assert charger.samples[-1].amperes == (None, None, 8.0)
    assert charger.drawn(12.0, 12.0).least == (None, None, 8.0)


def test_overruled_by_another_master() -> None:
    charger = commanded(outlet(), 6.0, 10.5).heard(reading(2, 20.0, (6.0, 6.0, 6.0), 6.0), LATER, control=True)
    charger = charger.seen_through(20.0)
    assert not charger.overruled
    assert not charger.disobeys(20.0)
    charger = charger.heard(reading(3, 22.0, (6.0, 6.0, 6.0), 12.0), LATER, control=True)
    assert charger.overruled
    assert charger.disobeys(22.0)
    assert charger.standing(22.0, SITE).high == (12, 12, 12)


def test_the_minimum_stands_on_the_step() -> None:
    charger = replace(outlet().charger, car_minimum=8.3)
    assert charger.minimum == 9
