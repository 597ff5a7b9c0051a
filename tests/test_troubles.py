"""What the pool finds wrong with chargers and meters is told in Repairs, and mended there where a person can."""

from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.lasting import LASTING, PASSED
from custom_components.ev_charger_pool.pool.model import MAIN, Why
from custom_components.ev_charger_pool.simulation.car import Car
from demo.devices.sdm630 import Sdm630
from demo.house import ABB, ALFEN, INSTALLED, KETTLE
from tests.common import device_id
from tests.test_repairs import Browser, filled_in
from tests.test_strangers import rewrite
from tests.virtual_house import FULL, VirtualHouse

NOTICED = 40
"""Seconds after which the pool knows what is wrong."""
RECOVERY = 300
SMALL_KETTLE = 3.0


type Clients = tuple[ClientSessionGenerator, WebSocketGenerator]


def small_kettle(house: VirtualHouse) -> None:
    """A reason for less on L1, for which nobody has to pause."""
    house.demo.switch(KETTLE, on=True)
    house.demo.house.appliances[KETTLE].amperes = (SMALL_KETTLE, 0.0, 0.0)


def issue(house: VirtualHouse, key: str, name: str) -> ir.IssueEntry:
    found = ir.async_get(house.hass).async_get_issue(DOMAIN, f"{key}_{name}")
    assert found is not None
    return found


def sentence(house: VirtualHouse, name: str) -> str:
    """What the reason of a charger says."""
    state = house.hass.states.get(f"sensor.{name}_reason")
    assert state is not None
    return state.attributes["sentence"]


@pytest.fixture
def clients(socket_enabled: None, hass_client: ClientSessionGenerator, hass_ws_client: WebSocketGenerator) -> Clients:
    """What opens a browser; one that was open for minutes would have been left without its heartbeats."""
    return hass_client, hass_ws_client


# Chargers


async def test_a_charger_that_does_not_keep_to_its_limit(house: VirtualHouse) -> None:
    await house.set_up_charging()
    box = house.demo.charger(ALFEN)
    box.ignores = True
    box.timeout = None
    small_kettle(house)
    await house.pass_time(LASTING - 10)
    assert house.issues() == {}, "many a trouble passes by itself"
    assert await house.pass_time(NOTICED, lambda: "limit_ignored" in house.issues())
    found = issue(house, "limit_ignored", ALFEN)
    link = f"[ALFEN](/config/devices/device/{device_id(house.hass, house.entry, ALFEN)})"
    assert found.translation_placeholders == {"name": "ALFEN", "device": link}
    assert not found.is_fixable

    box.ignores = False
    assert await house.pass_time(RECOVERY, lambda: house.issues() == {})


async def test_a_car_that_draws_more_than_its_limit(house: VirtualHouse) -> None:
    await house.set_up_charging()
    house.demo.charger(ABB).car = Car(phases=1, maximum=32.0, excess=3.0)
    assert await house.pass_time(LASTING + NOTICED, lambda: "car_above_limit" in house.issues())
    assert await house.pass_time(20, lambda: house.shows("sensor.abb_reason") == Why.CAR_ABOVE_LIMIT)
    assert sentence(house, ABB).startswith("The car draws more than its limit of ")
    assert not issue(house, "car_above_limit", ABB).is_fixable

    house.demo.charger(ABB).car = None
    assert await house.pass_time(PASSED + 20, lambda: house.issues() == {})


async def fight(house: VirtualHouse) -> None:
    """Let somebody else set the ABB until the pool leaves it alone."""
    for _ in range(10):
        await house.meanwhile(rewrite(house, INSTALLED))
        if await house.pass_time(15, lambda: "other_master" in house.issues()):
            return
    raise AssertionError(house.issues())


async def test_another_master_is_left_alone_until_it_is_gone(house: VirtualHouse, clients: Clients) -> None:
    await house.set_up_charging()
    await fight(house)
    assert house.why(ABB) is Why.OTHER_MASTER
    assert sentence(house, ABB).startswith("Somebody else sets its limit, so it is left alone until ")
    await house.pass_time(60)
    assert house.limits()[ABB] == INSTALLED, "it is left alone"

    async def mend() -> None:
        browser = await Browser.open(house.hass, *clients)
        assert (await browser.mend("other_master"))["step_id"] == "confirm"
        assert (await browser.submit())["type"] == "create_entry"

    await house.meanwhile(mend())
    assert await house.pass_time(15, lambda: house.limits()[ABB] <= FULL), "ours is written again"
    assert house.issues() == {}
    assert house.why(ABB) is not Why.OTHER_MASTER


# The meter


async def freeze(house: VirtualHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the meter tell the same for ever, and a car leave."""
    await house.set_up_charging()
    monkeypatch.setattr(house.demo.meter, "tick", lambda _: None)
    await house.pass_time(20)
    house.demo.charger(ALFEN).car = None
    assert await house.pass_time(LASTING + 240, lambda: "meter_does_not_follow" in house.issues())


async def test_a_frozen_meter(house: VirtualHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await freeze(house, monkeypatch)
    assert house.issues() == {"meter_does_not_follow": {"circuit": "Home", "phases": "L1, L2, L3"}}
    assert house.shows("binary_sensor.home_meter_problem") == "on"
    assert sentence(house, ABB) == (
        "The meter of the main fuse does not move with the cars, so the highest house load is assumed"
    )
    monkeypatch.undo()
    assert await house.pass_time(RECOVERY, lambda: house.issues() == {})


async def test_the_right_meter_is_chosen(
    house: VirtualHouse, monkeypatch: pytest.MonkeyPatch, clients: Clients
) -> None:
    await freeze(house, monkeypatch)
    right = Sdm630(house.demo.house)
    await right.plug_in()
    house.demo.devices["right"] = right
    house.demo.meter = right

    async def mend() -> None:
        browser = await Browser.open(house.hass, *clients)
        menu = await browser.mend("meter_does_not_follow")
        assert (menu["type"], menu["menu_options"]) == ("menu", ["meter", "evened_out"])
        form = await browser.submit(next_step_id="meter")
        form = await browser.submit(**filled_in(form) | {"port": right.port})
        assert form["step_id"] == "confirm"
        assert (await browser.submit())["type"] == "create_entry"

    await house.meanwhile(mend())
    await house.pass_time(PASSED + 10)
    assert house.issues() == {}
    assert house.why(ABB) not in (Why.METER_STALE, Why.PHASE_MISSING)


async def test_a_battery_that_evens_out_what_cars_draw(
    house: VirtualHouse, monkeypatch: pytest.MonkeyPatch, clients: Clients
) -> None:
    await freeze(house, monkeypatch)

    async def mend() -> None:
        browser = await Browser.open(house.hass, *clients)
        await browser.mend("meter_does_not_follow")
        assert (await browser.submit(next_step_id="evened_out"))["step_id"] == "evened_out"
        assert (await browser.submit())["type"] == "create_entry"

    await house.meanwhile(mend())
    await house.pass_time(PASSED + 10)
    assert "meter_does_not_follow" not in house.issues()
    assert house.why(ABB) not in (Why.METER_STALE, Why.PHASE_MISSING)
    assert house.runner.choices.uncompared == {MAIN}

    await house.meanwhile(house.hass.config_entries.async_reload(house.entry.entry_id))
    await house.pass_time(5)
    assert house.runner.choices.uncompared == {MAIN}, "it is kept"
    data = dict(house.entry.data)
    house.hass.config_entries.async_update_entry(
        house.entry, data={**data, "meter": {**data["meter"], "host": "localhost"}}
    )
    await house.pass_time(5)
    assert house.runner.choices.uncompared == frozenset(), "it was said of the other meter"


# What chargers do on their own


async def test_fall_backs_that_do_not_fit(house: VirtualHouse) -> None:
    """The KEBA has no watchdog, so it may keep up to what it is installed for."""
    await house.set_up_charging()
    assert house.issues() == {}
    data = {**house.entry.data, "worst_house": [5.0, 9.5, 25.0]}
    house.hass.config_entries.async_update_entry(house.entry, data=data)
    await house.pass_time(10)
    found = issue(house, "fall_back_too_high", house.entry.entry_id)
    assert not found.is_fixable
    told = found.translation_placeholders or {}
    assert {key: told[key] for key in ("circuit", "phase", "fuse", "amperes", "room")} == {
        "circuit": "Home",
        "phase": "L2",
        "fuse": "25",
        "amperes": "7",
        "room": "15",
    }
    links = [
        f"[{name.upper()}](/config/devices/device/{device_id(house.hass, house.entry, name)})"
        for name in (ALFEN, "keba")
    ]
    assert told["chargers"] == ", ".join(links)

    await house.turn_control(on=False)
    await house.pass_time(10)
    assert house.issues() == {}, "whoever only watches does not answer for it"
