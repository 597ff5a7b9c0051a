"""One phase where three do not fit, in a house in simulated time: off-load, with pauses, only where it is wanted."""

from dataclasses import replace

import pytest

from custom_components.ev_charger_pool.pool.model import Charger, VehicleState, Why, Wiring
from custom_components.ev_charger_pool.pool.phase_switch import (
    APART,
    DEAD_TIME,
    UP_AFTER,
    PhaseAction,
    PhasePlan,
)
from custom_components.ev_charger_pool.pool.state import Settings, hand_over
from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.charger import Charger as Box
from custom_components.ev_charger_pool.simulation.house import Appliance
from tests.pool.loop import L2, THREE, Loop, box, charger, site

GARAGE = "garage"
WINDOW = 60.0
ON = range(120, 1200)
"""When the oven is on, s."""


class Stubborn(Box):
    """Takes an order to switch and does not."""

    def set_phases(self, now: float, phases: int) -> None:
        self.feed(now)


def wanted(wiring: Wiring | None = THREE, **capability: object) -> Charger:
    capability = {"phase_switch": True} | capability
    return replace(charger(GARAGE, wiring, **capability), phase_switching=True)


def evening(
    one: Charger, *others: Charger, physics: Box | None = None, car: Car | None = None, oven: float = 13.0
) -> Loop:
    """A charger with a car, and an oven on L2 that leaves less than 6 A there."""
    boxes = {GARAGE: physics or box(), **{other.id: box(car=Car(phases=1)) for other in others}}
    boxes[GARAGE].car = car or Car(phases=3)
    settings = Settings(site=site(one, *others, fuse=20.0), control=True, hold=10.0, window=WINDOW)
    return Loop(settings, boxes, appliances=(Appliance("oven", (0.0, oven, 0.0)),))


def switches(loop: Loop) -> list[tuple[float, int]]:
    return [(at, write.phases) for at, write in loop.writes if write.phases is not None]


def action(loop: Loop) -> PhaseAction:
    return loop.state.outlets[GARAGE].phase_action


def live(loop: Loop, seconds: int) -> list[tuple[int, float]]:
    """Let it live; returns phases and current of the charger after every second."""
    seen = []
    for _ in range(seconds):
        loop.switch("oven", on=loop.at in ON)
        loop.run(1)
        seen.append((loop.boxes[GARAGE].phases, loop.boxes[GARAGE].current))
    return seen


def test_the_car_goes_on_with_one_phase_and_comes_back_to_three() -> None:
    loop = evening(wanted())
    seen = live(loop, 2400)

    (down, one), (up, three) = switches(loop)
    assert (one, three) == (1, 3)
    assert ON.start + DEAD_TIME <= down <= ON.start + 40
    assert ON.stop + WINDOW + UP_AFTER <= up <= ON.stop + WINDOW + UP_AFTER + 40
    rest = round(DEAD_TIME)
    for at in (int(down), int(up)):
        assert {current for _, current in seen[at - rest : at + rest]} == {0.0}
    assert all(current == 16 for _, current in seen[300 : ON.stop])
    assert seen[-1] == (3, 16.0)
    assert loop.state.outlets[GARAGE].stops == 0, "nobody else made it pause"


def test_it_goes_on_with_the_minimum() -> None:
    loop = evening(wanted())
    live(loop, 300)
    limits = [write.amperes for at, write in loop.writes if at >= ON.start and write.phases is None]
    assert limits == [0, 6, 16]


def test_while_it_is_switched_it_says_so() -> None:
    loop = evening(wanted())
    live(loop, ON.start + 15)
    assert action(loop) is PhaseAction.PREPARE
    reason = loop.decision(GARAGE).reason
    assert reason.why is Why.PHASE_SWITCH
    assert reason.until is not None
    assert loop.at < reason.until <= loop.at + DEAD_TIME


def test_on_one_phase_it_leaves_the_other_lines_to_others() -> None:
    """Each of them could have 6 A on L2, both together not."""
    loop = evening(wanted(), charger("early", L2), oven=7.0)
    live(loop, 110)
    assert loop.decision(GARAGE).lines == {0, 1, 2}
    assert (loop.limit(GARAGE), loop.limit("early")) == (8, 9)
    live(loop, 300)
    assert loop.decision(GARAGE).lines == {0}
    assert (loop.limit(GARAGE), loop.limit("early")) == (16, 10)


@pytest.mark.parametrize(
    "one",
    [
        replace(wanted(), phase_switching=False),
        wanted(phase_switch=False),
        wanted(None),
    ],
    ids=["not wanted", "not possible", "nobody knows its wiring"],
)
def test_without_opt_in_possibility_and_wiring_nothing_is_switched(one: Charger) -> None:
    loop = evening(one)
    live(loop, 600)
    assert switches(loop) == []
    assert loop.limit(GARAGE) == 0
    assert loop.why(GARAGE) is Why.NO_ROOM
    assert loop.state.outlets[GARAGE].phase_switch is None


def test_a_car_that_uses_one_phase_anyway_is_not_switched() -> None:
    loop = evening(wanted(), car=Car(phases=1))
    live(loop, 600)
    assert switches(loop) == []
    assert loop.limit(GARAGE) == 16


def test_a_box_that_does_not_switch_is_given_up_and_goes_on_with_three() -> None:
    loop = evening(wanted(), physics=Stubborn(maximum=16.0, reboot_default=6.0))
    live(loop, ON.start + 300)
    assert len(switches(loop)) == 1, "an order that was taken is not repeated"
    switch = loop.state.outlets[GARAGE].phase_switch
    assert switch is not None
    assert (switch.plan.action, switch.plan.phases, switch.used) == (PhaseAction.STAY, 3, 1)
    assert switch.plan.until == switch.last + APART
    assert loop.decision(GARAGE).lines == {0, 1, 2}
    assert loop.limit(GARAGE) == 0


def test_an_order_that_failed_is_given_again() -> None:
    loop = evening(wanted())
    live(loop, ON.start + 5)
    assert loop.limit(GARAGE) == 0
    loop.refuses.add(GARAGE)
    live(loop, 30)
    assert action(loop) is PhaseAction.SWITCH
    assert len(switches(loop)) > 1
    assert loop.why(GARAGE) is Why.WRITE_FAILED
    loop.refuses.clear()
    live(loop, 120)
    assert {phases for _, phases in switches(loop)} == {1}
    assert loop.boxes[GARAGE].phases == 1
    assert loop.limit(GARAGE) == 16


def test_while_it_is_silent_nothing_goes_on() -> None:
    loop = evening(wanted())
    live(loop, ON.start + 5)
    loop.unplugged.add(GARAGE)
    before = loop.state.outlets[GARAGE].phase_switch
    live(loop, 20)
    assert not loop.state.outlets[GARAGE].reachable(loop.at)
    unreachable = loop.state.outlets[GARAGE].phase_switch
    live(loop, 30)
    assert loop.state.outlets[GARAGE].phase_switch is unreachable
    assert before is not None
    assert switches(loop) == []
    loop.unplugged.clear()
    seen = live(loop, 120)
    assert seen[-1] == (1, 16.0)


def test_where_it_does_not_tell_its_phases_all_count() -> None:
    loop = evening(wanted())
    live(loop, 400)
    assert loop.decision(GARAGE).lines == {0}
    outlet = loop.state.outlets[GARAGE]
    assert outlet.reading is not None
    dumb = replace(outlet.reading, sequence=outlet.reading.sequence + 1, phases=None)
    assert outlet.heard(dumb, loop.at, control=True).counted(loop.at) == {0, 1, 2}
    assert outlet.counted(loop.at + outlet.patience + 3) == {0, 1, 2}, "a box that is away may come back with all"


def test_a_phase_with_current_counts_whatever_the_box_tells() -> None:
    loop = evening(wanted())
    live(loop, 400)
    outlet = loop.state.outlets[GARAGE]
    assert outlet.reading is not None
    lying = replace(outlet.reading, sequence=outlet.reading.sequence + 1, amperes=(6.0, 0.2, 6.0))
    assert outlet.heard(lying, loop.at, control=True).counted(loop.at) == {0, 2}


def test_phases_that_nobody_can_have_are_not_told() -> None:
    loop = evening(wanted())
    live(loop, 10)
    outlet = loop.state.outlets[GARAGE]
    assert outlet.reading is not None
    heard = outlet.heard(replace(outlet.reading, sequence=99, phases=2), loop.at, control=True)
    assert heard.reading is not None
    assert heard.reading.phases is None
    assert heard.state is VehicleState.C


@pytest.mark.parametrize(
    ("doing", "let_go"),
    [(PhaseAction.PREPARE, True), (PhaseAction.SWITCH, False), (PhaseAction.DEAD, False)],
)
def test_between_two_sets_of_phases_it_is_left_without_load(doing: PhaseAction, let_go: bool) -> None:
    loop = evening(wanted())
    live(loop, ON.start + 5)
    assert loop.limit(GARAGE) == 0
    outlet = loop.state.outlets[GARAGE]
    assert outlet.phase_switch is not None
    switch = replace(outlet.phase_switch, plan=PhasePlan(doing, 1))
    # No command is under way and the box tells 0 A, so that only letting go is left to write.
    outlet = replace(outlet, phase_switch=switch, under_way=(), limit=0.0)
    state = replace(loop.state, outlets={GARAGE: outlet})
    assert [write.amperes for write in hand_over(state, [GARAGE], {GARAGE: 6.0})] == ([6.0] if let_go else [])


def test_without_control_a_switch_is_forgotten() -> None:
    loop = evening(wanted())
    live(loop, ON.start + 5)
    assert action(loop) is PhaseAction.PREPARE
    loop.change(control=False)
    assert action(loop) is PhaseAction.STAY
