"""Watchdogs of real boxes: fed while limits are taken, left to expire where only that lowers a charger (R15)."""

from custom_components.ev_charger_pool.pool.fall_back import Feeding
from custom_components.ev_charger_pool.pool.heartbeat import MARGIN, TRIED
from demo.house import ABB, ALFEN, FUSE, KEBA, KETTLE
from tests.virtual_house import FULL, VirtualHouse

TIMEOUT = 60
"""Of the chargers of the house, s."""
FALL_BACK = 6.0
UNDER_WAY = 5
"""Seconds that a KEBA takes to answer all questions of a poll."""
GIVEN_UP = TRIED + 40
"""Seconds from a kettle to a charger that was written to in vain for long enough."""


def feeding(house: VirtualHouse, name: str) -> Feeding:
    """What is done about the watchdog of a charger."""
    return house.runner.chargers[name].heartbeat.feeding


def disobey(house: VirtualHouse, name: str) -> None:
    """Let a charger confirm limits and not keep them, and give a reason for a lower one."""
    house.demo.charger(name).ignores = True
    line = {ALFEN: 0, ABB: 0, KEBA: 1}[name]
    house.demo.switch(KETTLE, on=True)
    house.demo.house.appliances[KETTLE].amperes = tuple(3.0 if each == line else 0.0 for each in range(3))


async def test_those_that_obey_are_fed(house: VirtualHouse) -> None:
    house.demo.charger(KEBA).timeout = float(TIMEOUT)
    await house.set_up_charging()
    await house.pass_time(2 * TIMEOUT)
    assert not any(house.demo.charger(name).expired for name in (ALFEN, ABB, KEBA))
    assert {feeding(house, name) for name in (ALFEN, ABB, KEBA)} == {Feeding.FEED}


async def test_a_watchdog_that_is_off_is_nobodys_business(house: VirtualHouse) -> None:
    await house.set_up_charging()
    assert feeding(house, KEBA) is Feeding.NOT_OURS


async def test_a_charger_that_ignores_its_limit_is_left_to_fall_back(house: VirtualHouse) -> None:
    """An Alfen is fed by writes: it is still asked, but not written to."""
    await house.set_up_charging()
    disobey(house, ALFEN)
    assert await house.pass_time(GIVEN_UP, lambda: feeding(house, ALFEN) is Feeding.STARVE)
    assert house.limits()[ALFEN] == FULL
    heard = house.demo.devices[ALFEN].requests
    assert await house.pass_time(TIMEOUT + MARGIN, lambda: house.limits()[ALFEN] == FALL_BACK)
    assert house.demo.devices[ALFEN].requests > heard
    assert house.demo.charger(ALFEN).expired
    await house.pass_time(10)
    assert feeding(house, ALFEN) is Feeding.FEED
    assert max(house.demo.house.currents) <= FUSE


async def test_where_any_request_feeds_nothing_is_asked(house: VirtualHouse) -> None:
    """So it is with a KEBA whose watchdog is on."""
    box = house.demo.charger(KEBA)
    box.timeout, box.fall_back = float(TIMEOUT), FALL_BACK
    await house.set_up_charging()
    disobey(house, KEBA)
    assert await house.pass_time(GIVEN_UP, lambda: feeding(house, KEBA) is Feeding.STARVE)
    await house.pass_time(UNDER_WAY)
    heard = house.demo.devices[KEBA].requests
    assert await house.pass_time(TIMEOUT + MARGIN, lambda: house.limits()[KEBA] == FALL_BACK)
    assert house.demo.devices[KEBA].requests == heard
    assert await house.pass_time(30, lambda: house.demo.devices[KEBA].requests > heard), "then it is asked again"
    assert max(house.demo.house.currents) <= FUSE


async def test_who_only_observes_leaves_watchdogs_alone(house: VirtualHouse) -> None:
    await house.set_up(control=False)
    await house.pass_time(10)
    assert {feeding(house, name) for name in (ALFEN, ABB, KEBA)} == {Feeding.NOT_OURS}
