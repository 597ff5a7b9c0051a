"""One phase or three: switched only where it helps, without load, seldom, and never beyond the budget."""

from dataclasses import dataclass, field, replace
import itertools

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_charger_pool.pool.phase_switch import (
    APART,
    BUDGET,
    DEAD_TIME,
    DOWN_AFTER,
    NO_LOAD,
    PREPARE_MOST,
    SWITCH_MOST,
    UP_AFTER,
    PhaseAction,
    PhaseFacts,
    PhasePlan,
    PhaseSwitch,
    unswitched,
)

STAY, PREPARE, SWITCH, DEAD = PhaseAction
ROOM = PhaseFacts(phases=3, connected=True, granted=10.0, fits_one=True, fits_three=True, ceiling=10.0, drawn=10.0)
TIGHT = replace(ROOM, granted=6.0, fits_three=False, drawn=6.0)
NO_ROOM = replace(TIGHT, granted=0.0)


@dataclass
class Box:
    """A charger and its car: a limit of 0 is confirmed after 2 s, and the car lets go some seconds later."""

    phases: int = 3
    lets_go: float = 6.0
    switches_in: float = 3.0
    obeys: bool = True
    at: float = 0.0
    switch: PhaseSwitch = field(default_factory=lambda: unswitched(3))
    actions: list[tuple[float, PhaseAction]] = field(default_factory=list)

    def run(self, seconds: float, facts: PhaseFacts) -> Box:
        """Step once a second; what the facts say it draws holds as long as it is not told to stop."""
        for _ in range(round(seconds)):
            self.at += 1
            plan = self.switch.plan
            ceiling = 0.0 if plan.action is not STAY and self.at - self.switch.attempt > 1 else facts.ceiling
            stopped = ceiling == 0 and self.at - self.switch.attempt > self.lets_go
            drawn = 0.0 if stopped else facts.drawn
            if plan.action is SWITCH and self.obeys and self.at - self.switch.began >= self.switches_in:
                assert drawn == 0
                self.phases = plan.phases
            self.switch = self.switch.after(self.at, replace(facts, phases=self.phases, ceiling=ceiling, drawn=drawn))
            if not self.actions or self.actions[-1][1] is not self.switch.plan.action:
                self.actions.append((self.at, self.switch.plan.action))
        return self


def test_down_after_a_minute_without_room() -> None:
    box = Box().run(30, ROOM).run(200, TIGHT)
    assert box.phases == 1
    assert box.actions == [
        (1, STAY),
        (31 + DOWN_AFTER, PREPARE),
        (31 + DOWN_AFTER + 7 + DEAD_TIME, SWITCH),
        (31 + DOWN_AFTER + 7 + DEAD_TIME + 3, DEAD),
        (31 + DOWN_AFTER + 7 + DEAD_TIME + 3 + DEAD_TIME, STAY),
    ], "the car lets go 7 s after it was set to 0, the box switches after 3 s"
    assert box.switch.used == 1


def test_down_at_once_where_it_would_have_to_pause() -> None:
    box = Box().run(30, ROOM).run(1, NO_ROOM)
    assert box.switch.plan == PhasePlan(PREPARE, 1, 31 + PREPARE_MOST)


def test_a_short_lack_of_room_is_no_reason() -> None:
    box = Box()
    for _ in range(20):
        box.run(DOWN_AFTER - 1, TIGHT).run(5, ROOM)
    assert box.actions == [(1, STAY)]


def test_where_one_phase_does_not_fit_either_it_stays() -> None:
    assert Box().run(1000, replace(NO_ROOM, fits_one=False)).actions == [(1, STAY)]


def test_up_after_ten_minutes_of_room() -> None:
    box = Box().run(200, TIGHT)
    since = box.at + 1
    box.run(UP_AFTER, ROOM)
    assert box.phases == 1
    assert box.switch.plan == PhasePlan(STAY, 1, since + UP_AFTER)
    box.run(60, ROOM)
    assert box.phases == 3
    assert box.switch.plan.action is STAY


def test_room_that_comes_and_goes_is_no_reason() -> None:
    box = Box().run(200, TIGHT)
    for _ in range(10):
        box.run(UP_AFTER - 1, ROOM).run(1, TIGHT)
    assert box.phases == 1
    assert box.switch.used == 1


def test_ten_minutes_between_two_switches() -> None:
    box = Box(switch=replace(unswitched(3), last=0.0)).run(APART - 1, NO_ROOM)
    assert box.switch.plan == PhasePlan(STAY, 3, APART)
    assert box.run(1, NO_ROOM).switch.plan.action is PREPARE


def test_the_last_switch_of_the_budget_is_kept_for_going_down() -> None:
    box = Box()
    for _ in range(10):
        box.run(1000, TIGHT).run(2000, ROOM)
    assert box.phases == 1
    assert box.switch.used == BUDGET - 1
    assert sum(action is SWITCH for _, action in box.actions) == BUDGET - 1


def test_a_spent_budget_keeps_the_phases_until_the_car_leaves() -> None:
    box = Box(switch=replace(unswitched(3), used=BUDGET)).run(1000, NO_ROOM)
    assert box.actions == [(1, STAY)]
    box.run(1, replace(ROOM, connected=False)).run(100, NO_ROOM)
    assert box.phases == 1


def test_without_a_car_nothing_is_switched() -> None:
    assert Box().run(1000, replace(NO_ROOM, connected=False)).actions == [(1, STAY)]


@pytest.mark.parametrize("drawn", [NO_LOAD, 6.0, None])
def test_under_load_nothing_is_switched(drawn: float | None) -> None:
    box = Box(lets_go=10_000).run(DOWN_AFTER + PREPARE_MOST, replace(TIGHT, drawn=drawn))
    assert [action for _, action in box.actions] == [STAY, PREPARE]
    box.run(1, replace(TIGHT, drawn=drawn))
    assert box.switch.plan.action is STAY
    assert (box.switch.used, box.switch.last) == (1, box.at), "it has interrupted the car"


RESTS = replace(NO_ROOM, ceiling=0.0, drawn=0.0)


def test_a_car_that_is_paused_already_is_switched_at_once() -> None:
    box = Box().run(100, replace(RESTS, fits_one=False)).run(1, RESTS)
    assert box.switch.plan == PhasePlan(SWITCH, 1, 101 + SWITCH_MOST)


def test_a_car_that_starts_again_before_the_switch_is_waited_for() -> None:
    box = Box(lets_go=10_000).run(6, RESTS).run(1, replace(RESTS, drawn=6.0)).run(DEAD_TIME, RESTS)
    assert box.switch.plan.action is PREPARE
    assert box.run(1, RESTS).switch.plan.action is SWITCH


def test_rest_below_a_limit_does_not_count() -> None:
    """A car that draws nothing although it could may begin at any moment."""
    box = Box().run(100, replace(ROOM, drawn=0.0)).run(DEAD_TIME + 1, replace(NO_ROOM, drawn=0.0))
    assert box.switch.plan.action is PREPARE


@pytest.mark.parametrize("drawn", [6.0, None])
def test_a_switch_that_has_not_happened_is_taken_back_under_load(drawn: float | None) -> None:
    box = Box(obeys=False, lets_go=10_000).run(DEAD_TIME + 2, RESTS)
    assert box.switch.plan.action is SWITCH
    box.run(1, replace(RESTS, drawn=drawn))
    assert box.switch.plan.action is PREPARE
    box.run(PREPARE_MOST - 20, replace(RESTS, drawn=drawn))
    assert box.switch.plan.until == 1 + PREPARE_MOST, "the attempt ends when it would have"
    assert box.run(10, replace(RESTS, drawn=drawn)).switch.plan.action is STAY


def test_a_box_that_does_not_switch() -> None:
    box = Box(obeys=False).run(DEAD_TIME + SWITCH_MOST, RESTS)
    assert box.switch.plan.action is SWITCH
    box.run(1, RESTS)
    assert box.switch.plan == PhasePlan(DEAD, 3, box.at + DEAD_TIME), "it may have switched without telling"
    assert box.switch.used == 1
    box.run(DEAD_TIME + 1, RESTS)
    assert box.switch.plan == PhasePlan(STAY, 3, box.switch.last + APART)


def test_a_car_that_leaves_while_it_is_prepared() -> None:
    box = Box().run(5, NO_ROOM).run(1, replace(NO_ROOM, connected=False))
    assert box.switch.plan.action is STAY
    assert box.switch.used == 0


def test_a_box_that_is_switched_by_somebody_else() -> None:
    box = Box(phases=1).run(1, ROOM)
    assert box.switch.plan == PhasePlan(STAY, 1, 1 + UP_AFTER)
    box = Box().run(5, NO_ROOM)
    box.phases = 1
    assert box.run(1, NO_ROOM).switch.plan.action is STAY


def test_nothing_is_made_anew_while_nothing_happens() -> None:
    switch = unswitched(3).after(0.0, ROOM)
    assert switch.after(1.0, ROOM) is switch


def test_two_phases_are_refused() -> None:
    with pytest.raises(ValueError, match="phases: 2 is not 1 or 3"):
        replace(ROOM, phases=2)


@settings(derandomize=True, max_examples=30)
@given(
    times=st.lists(
        st.tuples(
            st.integers(1, 900),
            st.sampled_from([ROOM, TIGHT, NO_ROOM, replace(TIGHT, drawn=None), replace(NO_ROOM, fits_one=False)]),
        ),
        max_size=10,
    ),
    lets_go=st.integers(0, 200),
    switches_in=st.integers(0, 80),
)
def test_never_under_load_too_often_or_too_much(
    times: list[tuple[int, PhaseFacts]], lets_go: int, switches_in: int
) -> None:
    box = Box(lets_go=lets_go, switches_in=switches_in)
    for seconds, facts in times:
        box.run(seconds, facts)
    assert box.switch.used <= BUDGET
    for index, ((start, action), (end, _)) in enumerate(itertools.pairwise(box.actions)):
        if action is STAY and index:
            assert end - start >= APART - DEAD_TIME
        if action is DEAD:
            assert end - start == DEAD_TIME
        if action is PREPARE:
            assert end - start <= PREPARE_MOST
