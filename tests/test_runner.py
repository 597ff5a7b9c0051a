"""The running site: what changes while it runs, and what a restart remembers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_charger_pool.choices import Choices, ChoicesStore
from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.pool.model import Limit, Why
from custom_components.ev_charger_pool.pool.strategy import Strategy
from demo.house import ABB, ALFEN, KEBA, KETTLE, DemoHouse
from tests.virtual_house import VirtualHouse


def subentry(house: VirtualHouse, name: str) -> ConfigSubentry:
    data = house.charger(name)
    return ConfigSubentry(
        data=MappingProxyType(data["data"]),
        subentry_id=name,
        subentry_type="charger",
        title=data["title"],
        unique_id=data["unique_id"],
    )


async def test_a_charger_is_added_and_removed_while_the_others_go_on(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(20)
    runner = house.runner
    kept = runner.chargers[ALFEN]
    house.hass.config_entries.async_remove_subentry(house.entry, KEBA)
    await house.pass_time(10)
    assert set(runner.chargers) == {ALFEN, ABB}
    assert set(runner.state.outlets) == {ALFEN, ABB}
    assert house.limits()[KEBA] <= 6, "handed over"
    house.hass.config_entries.async_add_subentry(house.entry, subentry(house, KEBA))
    await house.pass_time(20)
    assert set(runner.chargers) == {ALFEN, ABB, KEBA}
    assert house.runner is runner
    assert runner.chargers[ALFEN] is kept, "nobody else was restarted"
    assert house.decision(KEBA).reason.why is not Why.UNREACHABLE


async def test_a_new_address_is_followed_in_place(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(20)
    before = house.runner.chargers[ABB]
    plugged = house.runner.state.outlets[ABB].plugged
    abb = house.entry.subentries[ABB]
    driver = {**abb.data["driver"], "host": "localhost"}
    house.hass.config_entries.async_update_subentry(house.entry, abb, data={**abb.data, "driver": driver})
    await house.pass_time(5)
    assert house.runner.chargers[ABB] is not before
    assert house.runner.state.outlets[ABB].plugged == plugged, "what is known of it is kept"
    assert house.runner.chargers[ABB].heard is not None


async def test_another_charger_at_the_address_is_not_set(house: VirtualHouse) -> None:
    """After two boxes have swapped their addresses, a limit would go to the wrong phase."""
    await house.set_up(control=False)
    abb = house.entry.subentries[ABB]
    house.hass.config_entries.async_update_subentry(house.entry, abb, unique_id="SOMEBODY_ELSE_1")
    await house.unload()
    before = house.limits()
    await house.meanwhile(house.hass.config_entries.async_setup(house.entry.entry_id))
    await house.turn_control(on=True)
    await house.pass_time(60)
    assert house.why(ABB) is Why.UNREACHABLE
    assert house.limits()[ABB] == before[ABB]
    issue = ir.async_get(house.hass).async_get_issue(DOMAIN, f"wrong_charger_{ABB}")
    assert issue is not None
    assert issue.translation_placeholders == {"name": "ABB", "serial": "0747223104159265"}


async def test_a_driver_that_breaks_is_a_write_that_failed(
    house: VirtualHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await house.set_up()
    await house.pass_time(150)
    monkeypatch.setattr(house.runner.chargers[ABB].driver, "write_limit", lambda _: 1 / 0)
    house.demo.switch(KETTLE, on=True)
    await house.pass_time(10)
    assert house.why(ABB) is Why.WRITE_FAILED
    assert house.runner.state.outlets[ABB].last_error == "division by zero"
    assert "ABB did not take" in caplog.text


async def test_a_deleted_circuit_still_bounds_its_chargers(house: VirtualHouse) -> None:
    """Its fuse is still in the wall: until the charger is given another circuit, it stays the bound."""
    shed = ConfigSubentry(
        data=MappingProxyType({"parent": "main", "fuse": [10.0, 10.0, 10.0], "breaker": "b", "reserve": [0.0] * 3}),
        subentry_id="shed",
        subentry_type="circuit",
        title="Shed",
        unique_id=None,
    )
    await house.set_up()
    house.hass.config_entries.async_add_subentry(house.entry, shed)
    abb = house.entry.subentries[ABB]
    house.hass.config_entries.async_update_subentry(house.entry, abb, data={**abb.data, "circuit": "shed"})
    await house.pass_time(30)
    assert house.limits()[ABB] <= 9.5
    house.hass.config_entries.async_remove_subentry(house.entry, "shed")
    await house.pass_time(150)
    assert house.limits()[ABB] <= 9.5
    reason = house.decision(ABB).reason
    assert (reason.why, reason.circuit) == (Why.CIRCUIT, "shed")


async def test_choices_survive_a_reload(house: VirtualHouse) -> None:
    await house.set_up()
    limit = Limit(id="x", source="tariff", target=ALFEN, value=7.0, expires=dt_util.utcnow() + timedelta(hours=1))
    past = replace(limit, id="y", source="past", expires=dt_util.utcnow() - timedelta(hours=1))
    choices = replace(house.runner.choices, strategy=Strategy.PRIORITY, fuse_limit=20.0)
    choices = choices.with_limit(limit).with_limit(past).with_charger(ABB, priority=2, user_cap=9.0)
    await house.meanwhile(house.runner.async_choose(choices))
    await house.pass_time(5)
    await house.meanwhile(house.hass.config_entries.async_reload(house.entry.entry_id))
    assert house.entry.state is ConfigEntryState.LOADED
    restored = house.runner.choices
    assert restored.control
    assert (restored.strategy, restored.fuse_limit) == (Strategy.PRIORITY, 20.0)
    assert restored.limits == (limit,)
    assert (restored.charger(ABB).priority, restored.charger(ABB).user_cap) == (2, 9.0)
    await house.pass_time(60)
    assert house.why(ABB) in (Why.USER_CAP, Why.FUSE, Why.USER_FUSE)
    assert house.limits()[ABB] <= 9


async def test_removing_the_entry_forgets_its_choices(house: VirtualHouse) -> None:
    await house.set_up()
    entry_id = house.entry.entry_id
    await house.pass_time(5)
    await house.meanwhile(house.hass.config_entries.async_remove(entry_id))
    store = ChoicesStore(house.hass, entry_id)
    await store.async_load_choices()
    assert store.choices == Choices()


async def test_disabling_a_charger_hands_it_over(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(150)
    assert house.limits()[ABB] > 6
    await house.meanwhile(house.runner.async_choose(house.runner.choices.with_charger(ABB, enabled=False)))
    assert house.limits()[ABB] <= 6
    await house.pass_time(30)
    assert house.why(ABB) is Why.DISABLED


async def test_an_unload_waits_for_what_is_under_way(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(20)
    runner = house.runner
    house.hass.config_entries.async_remove_subentry(house.entry, KEBA)
    house.hass.config_entries.async_add_subentry(house.entry, subentry(house, KEBA))
    await house.unload()
    await house.pass_time(5)
    polls = [task.get_name() for task in asyncio.all_tasks() if "polls" in task.get_name()]
    assert not polls
    assert max(house.limits().values()) <= 6
    await runner.async_reconcile()
    await house.pass_time(5)
    assert not [task for task in asyncio.all_tasks() if "polls" in task.get_name()]


async def test_what_was_chosen_for_a_removed_charger_is_forgotten(house: VirtualHouse) -> None:
    await house.set_up()
    limit = Limit(id="x", source="tariff", target=KEBA, value=7.0)
    await house.meanwhile(
        house.runner.async_choose(house.runner.choices.with_limit(limit).with_charger(KEBA, priority=3))
    )
    house.hass.config_entries.async_remove_subentry(house.entry, KEBA)
    await house.pass_time(15)
    assert not house.runner.choices.limits
    assert KEBA not in house.runner.choices.chargers


async def test_what_no_longer_fits_does_not_stop_the_guard(house: VirtualHouse) -> None:
    """A phase of the main fuse was taken away by hand: its charger counts on all that are left."""
    hass, entry = house.hass, house.entry
    await house.set_up()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "fuse": [25.0, 0.0, 25.0]})
    await house.unload()
    await house.meanwhile(hass.config_entries.async_setup(entry.entry_id))
    assert entry.state is ConfigEntryState.LOADED
    await house.pass_time(20)
    assert house.decision(KEBA).lines == {0, 2}


async def test_a_dry_run_changes_nothing(house: VirtualHouse) -> None:
    await house.set_up(control=False)
    await house.pass_time(30)
    before = house.runner.state
    decisions = house.runner.dry_run()
    assert house.runner.state is before
    assert set(decisions) == {ALFEN, ABB, KEBA}


async def test_rebalance_gives_on_at_once(
    hass: HomeAssistant, socket_enabled: None, freezer: FrozenDateTimeFactory
) -> None:
    demo = DemoHouse()
    await demo.plug_in()
    house = VirtualHouse(hass, freezer, demo, hold=600.0)
    await house.set_up()
    await house.pass_time(60)
    assert house.limits()[ALFEN] == 6
    house.runner.rebalance()
    assert await house.pass_time(30, lambda: house.limits()[ALFEN] > 6)
    await house.unload()
    await demo.unplug()
