"""A restart goes on where it was: sessions, learned phases, house loads and the running hour (R19)."""

from dataclasses import replace
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.memory_store import SAVE_INTERVAL, MemoryStore
from custom_components.ev_charger_pool.pool.memory import Memory
from custom_components.ev_charger_pool.pool.model import MAIN
from custom_components.ev_charger_pool.pool.outlet import Outlet
from custom_components.ev_charger_pool.simulation.car import Car
from demo.house import ABB, ALFEN, KEBA
from tests.virtual_house import VirtualHouse

LEARNED = 90
"""Seconds after which phases that a car does not use are known."""


def outlet(house: VirtualHouse, name: str) -> Outlet:
    """A charger as the pool sees it."""
    return house.runner.state.outlets[name]


def configure(house: VirtualHouse, **changes: Any) -> None:
    """Change the entry before it is set up."""
    house.entry.add_to_hass(house.hass)
    house.hass.config_entries.async_update_entry(house.entry, data={**house.entry.data, **changes})


async def restart(house: VirtualHouse, seconds: float = 10) -> None:
    """Load the site anew and let it hear of everybody."""
    before = house.runner
    await house.meanwhile(house.hass.config_entries.async_reload(house.entry.entry_id))
    assert house.runner is not before
    await house.pass_time(seconds)
    assert all(outlet(house, name).seen for name in (ALFEN, ABB, KEBA))


async def charge_on_one_phase(house: VirtualHouse) -> None:
    """Let the Alfen have a car that uses one phase and has been paused twice, until that is known."""
    house.demo.charger(ALFEN).car = Car(phases=1)
    await house.set_up_charging()
    await house.pass_time(LEARNED)
    state = house.runner.state
    house.runner.state = replace(state, outlets={**state.outlets, ALFEN: replace(state.outlets[ALFEN], stops=2)})
    assert house.decision(ALFEN).lines == {0}


async def test_sessions_go_on(house: VirtualHouse) -> None:
    await charge_on_one_phase(house)
    before = outlet(house, ALFEN)
    await restart(house)
    after = outlet(house, ALFEN)
    assert house.decision(ALFEN).lines == {0}, "nobody has to learn it again"
    assert after.stops == 2
    assert after.plugged == pytest.approx(before.plugged, abs=1)
    assert after.settle.cut.seen == before.settle.cut.seen


async def test_another_car_is_another_session(house: VirtualHouse) -> None:
    await charge_on_one_phase(house)
    before = outlet(house, ABB).plugged
    await house.unload()
    house.demo.charger(ABB).car = Car(phases=1, maximum=32.0)
    await house.meanwhile(house.hass.config_entries.async_setup(house.entry.entry_id))
    await house.pass_time(10)
    after = outlet(house, ABB).plugged
    assert after is not None
    assert before is not None
    assert after > before + LEARNED, "its counter began anew"


async def test_nobody_gets_more_right_after_a_restart(house: VirtualHouse) -> None:
    """Nobody has seen what the house did meanwhile."""
    configure(house, raise_hold=40.0)
    await house.set_up_charging()
    await restart(house)
    house.demo.moments.clear()
    await house.pass_time(20)
    assert not house.raises()
    assert await house.pass_time(60, lambda: bool(house.raises()))


async def test_house_loads_are_remembered(house: VirtualHouse) -> None:
    await house.set_up_charging()
    worst = house.runner.state.meters[MAIN].worst_week(0)
    await restart(house)
    assert worst is not None
    assert house.runner.state.meters[MAIN].worst_week(0) == pytest.approx(worst, abs=0.5)


async def test_the_running_hour_goes_on(house: VirtualHouse) -> None:
    configure(house, average={"watts": 20_000.0, "minutes": 60})
    await house.set_up_charging()
    await house.pass_time(120)
    before = house.runner.state.guards[0].wh
    await restart(house)
    guard = house.runner.state.guards[0]
    fresh = 20_000 * (1 - 10 / 3600) * (dt_util.utcnow().timestamp() - guard.start) / 3600
    assert before < guard.wh < before + 20_000 * 25 / 3600
    assert guard.wh != pytest.approx(fresh, abs=20), "and not as if nothing was known of it"


async def test_what_was_learned_is_saved_now_and_then(house: VirtualHouse, hass_storage: dict[str, Any]) -> None:
    await house.set_up_charging()
    key = f"{DOMAIN}.{house.entry.entry_id}.memory"
    hass_storage.pop(key, None)
    await house.pass_time(SAVE_INTERVAL.total_seconds() + 5)
    assert hass_storage[key]["data"]["chargers"].keys() == {ALFEN, ABB, KEBA}


async def test_a_memory_that_makes_no_sense_is_left(
    house: VirtualHouse, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    key = f"{DOMAIN}.{house.entry.entry_id}.memory"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": {"at": "yesterday"}}
    await house.set_up()
    await house.pass_time(10)
    assert "at: 'yesterday' is not a finite number" in caplog.text
    assert outlet(house, ALFEN).seen


async def test_removing_the_entry_forgets_what_was_learned(house: VirtualHouse) -> None:
    await house.set_up_charging()
    await house.meanwhile(house.hass.config_entries.async_remove(house.entry.entry_id))
    memory: Memory | None = await MemoryStore(house.hass, house.entry.entry_id).async_read()
    assert memory is None
