"""What is changed from outside: by a person who has mended something."""

from dataclasses import replace

from custom_components.ev_charger_pool.pool.following import Following
from custom_components.ev_charger_pool.pool.meter import Age
from custom_components.ev_charger_pool.pool.model import MAIN, Charger, Site
from custom_components.ev_charger_pool.pool.rivalry import Rivalry
from custom_components.ev_charger_pool.pool.state import Settings, State, change, other_meter, retry
from custom_components.ev_charger_pool.simulation.car import Car
from tests.pool.loop import L1, Loop, box, site


def running() -> Loop:
    """A car that has charged for five minutes."""
    charger = Charger(id="a", name="A", wiring=L1)
    loop = Loop(Settings(site=site(charger), control=True), {"a": box(car=Car(phases=1))})
    loop.run(300)
    return loop


def astray(loop: Loop) -> State:
    """Its meter has not followed the car on L1 for some time."""
    meter = loop.state.meters[MAIN]
    lost = replace(meter, following=Following(lost=frozenset({0})), astray=(loop.at - 30, None, None))
    return replace(loop.state, meters={MAIN: lost})


def uncompared(house: Site) -> Site:
    """The same site with a battery behind its main fuse."""
    return replace(house, circuits=tuple(replace(circuit, compared=False) for circuit in house.circuits))


def test_a_charger_that_was_left_to_somebody_else_is_set_again_at_once() -> None:
    loop = running()
    rival = replace(loop.state.outlets["a"], rivalry=Rivalry(count=3, at=loop.at, back=loop.at + 900))
    loop.state = replace(loop.state, outlets={"a": rival})
    loop.run(60)
    before = len(loop.writes)
    loop.state = retry(loop.state, "a")
    loop.run(2)
    assert len(loop.writes) == before + 1
    assert not loop.state.outlets["a"].rivalry.steps_back(loop.at)


def test_another_meter_knows_nothing_of_the_house() -> None:
    loop = running()
    state = other_meter(astray(loop), MAIN)
    assert state.meters[MAIN].age(0, loop.at) is Age.FRESH
    assert state.meters[MAIN].worst_week(0) is None
    assert state.meters[MAIN].amperes == loop.state.meters[MAIN].amperes


def test_where_a_battery_evens_it_out_the_meter_is_trusted_as_it_is() -> None:
    loop = running()
    state = astray(loop)
    assert state.meters[MAIN].age(0, loop.at) is not Age.FRESH
    state = change(state, replace(state.settings, site=uncompared(state.settings.site)), loop.at)
    assert state.meters[MAIN].age(0, loop.at) is Age.FRESH
    assert state.meters[MAIN].worst_week(0) is not None, "it has measured this house"


def test_a_meter_that_need_not_follow_is_not_compared() -> None:
    loop = running()
    loop.change(site=uncompared(loop.settings.site))
    loop.run(30)
    assert loop.state.meters[MAIN].following == Following()
