"""Watchdogs of real boxes: fed while limits are taken, left to expire where only that lowers a charger (R15)."""

from collections.abc import AsyncGenerator

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.pool.defaults import RETRY_MOST
from custom_components.ev_charger_pool.pool.fall_back import Feeding
from custom_components.ev_charger_pool.pool.heartbeat import MARGIN, TRIED
from demo.house import ABB, ALFEN, FUSE, KEBA, KETTLE, METER
from tests.common import know_chargers
from tests.drivers.conftest import CHARGERS, FIXTURES, hurried
from tests.drivers.raw_server import RawServer
from tests.houses import charger
from tests.virtual_house import FULL, VirtualHouse, modbus

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


HEARTBEATS = [name for name in CHARGERS if "heartbeat" in FIXTURES[name]]
"""Fixtures of boxes with a register that has to be written again and again."""
TRIED_AGAIN = MARGIN + 5 * RETRY_MOST
"""Seconds in which a box that refuses its limit is written to again, whichever writes in between are held back."""
UNKNOWN = 90
"""Seconds after which nobody believes in a silent meter any more."""


@pytest.fixture
async def box(request: pytest.FixtureRequest, hass: HomeAssistant, house: VirtualHouse) -> AsyncGenerator[RawServer]:
    """A device of a fixture as the only charger of the house, with a car that draws; it confirms every write."""
    fixture = FIXTURES[request.param]
    know_chargers(hass, {key: hurried(profile) for key, profile in charger_profiles().items()})
    house.entry.add_to_hass(hass)
    for name in (ALFEN, ABB, KEBA):
        house.demo.charger(name).car = None
        hass.config_entries.async_remove_subentry(house.entry, name)
    async with RawServer(fixture) as server:
        identity = fixture["identity"]
        driver = modbus(fixture["profile"], server.port, fixture["unit"]) | {"connector": 1}
        unique_id = None if identity["serial"] is None else f"{identity['serial']}_1"
        saved = ConfigSubentry(**charger("Box", driver, unique_id, wiring="l1_l2_l3"))
        hass.config_entries.async_add_subentry(house.entry, saved)
        yield server
        await house.unload()


def beats(box: RawServer, name: str) -> int:
    """How many heartbeats it has heard."""
    code, address, words = FIXTURES[name]["heartbeat"]
    return sum((each.code, each.address, list(each.words)) == (code, address, words) for each in box.writes())


def refuse_limits(box: RawServer, name: str) -> None:
    """Let the box take nothing any more but its heartbeat."""
    code, address, _ = FIXTURES[name]["heartbeat"]
    box.writable = {write for write in box.writable if (write[1], write[2]) == (code, address)}


@pytest.mark.parametrize(("box", "name"), [(name, name) for name in HEARTBEATS], indirect=["box"])
async def test_no_heartbeat_goes_out_without_the_limit_that_is_safe(
    hass: HomeAssistant, house: VirtualHouse, box: RawServer, name: str
) -> None:
    """It stands beside each limit: a box that is to be lowered, as the mains are unknown, and cannot be is not fed."""
    await house.set_up()
    assert await house.pass_time(60, lambda: beats(box, name) >= 2), "it is fed while all is well"
    refuse_limits(box, name)
    await house.demo.devices[METER].unplug()
    fed = beats(box, name)
    assert await house.pass_time(UNKNOWN, lambda: house.decision("box").amperes == 0)
    await house.pass_time(60)
    assert beats(box, name) == fed
    assert box.writes()[-1].address != FIXTURES[name]["heartbeat"][1], "it is still tried to lower it"


@pytest.mark.parametrize(("box", "name"), [(name, name) for name in ("vestel_evc04", "webasto_next")], indirect=["box"])
async def test_a_life_bit_is_left_out_until_the_box_has_fallen_back(
    hass: HomeAssistant, house: VirtualHouse, box: RawServer, name: str
) -> None:
    timeout = FIXTURES[name]["capability"]["timeout"]
    await house.set_up()
    assert await house.pass_time(60, lambda: beats(box, name) >= 2)
    refuse_limits(box, name)
    await house.demo.devices[METER].unplug()
    assert await house.pass_time(UNKNOWN + GIVEN_UP, lambda: feeding(house, "box") is Feeding.STARVE)
    await house.pass_time(UNDER_WAY)
    tried, fed = len(box.writes()), beats(box, name)
    await house.pass_time(timeout)
    assert (len(box.writes()), beats(box, name)) == (tried, fed), "nothing is written that would feed it"
    assert await house.pass_time(TRIED_AGAIN, lambda: len(box.writes()) > tried), "then it is tried again"
