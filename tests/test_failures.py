"""The table of failures, through Home Assistant and real sockets, in simulated time."""

from homeassistant.config_entries import ConfigEntryState
import pytest

from custom_components.ev_charger_pool.pool.defaults import DECIDED_ABSENT
from custom_components.ev_charger_pool.pool.model import MAIN, Reason, Why
from demo.devices.faults import Fault
from demo.devices.registers import Function
from demo.house import ABB, ALFEN, FUSE, HOB, INSTALLED, KEBA, KETTLE, METER
from tests.virtual_house import FULL, VirtualHouse

SETTLED = 150
"""Seconds after which everybody has what the house leaves."""

RECOVERY = 300
"""Seconds within which all is as before once a failure is over: who was paused stays so for 3.5 minutes."""

OBEYED = 8
"""Seconds until charger and car have followed a limit that was written."""


async def test_the_kettle_goes_on_and_off(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    before = house.limits()
    house.demo.switch(KETTLE, on=True)
    await house.pass_time(10)
    assert max(house.demo.house.currents) <= FUSE
    assert house.limits()[ABB] < before[ABB]
    reason = house.decision(ABB).reason
    assert (reason.why, reason.circuit, reason.line) == (Why.FUSE, MAIN, 0)
    house.demo.switch(KETTLE, on=False)
    await house.pass_time(SETTLED)
    assert house.limits() == pytest.approx(before, abs=1)


async def test_main_meter_stale(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    assert min(house.limits().values()) > 6
    await house.demo.devices[METER].unplug()
    await house.pass_time(15)
    assert house.limits() == {ALFEN: 6, ABB: 6, KEBA: 6}
    assert {house.why(name) for name in house.limits()} == {Why.METER_STALE}
    assert house.runner.site.data is not None
    assert house.runner.site.data.circuits[MAIN].stale == {0, 1, 2}
    house.demo.moments.clear()
    await house.pass_time(60)
    assert house.limits() == {ALFEN: 0, ABB: 0, KEBA: 0}
    assert not house.raises()
    await house.demo.devices[METER].plug_in()
    assert await house.pass_time(RECOVERY, lambda: min(house.limits().values()) > 6)


async def test_one_phase_missing(house: VirtualHouse) -> None:
    await house.set_up_charging()
    house.demo.meter.lost = frozenset({1})
    await house.pass_time(20)
    assert (house.why(ALFEN), house.why(KEBA)) == (Why.PHASE_MISSING, Why.PHASE_MISSING)
    assert house.decision(KEBA).reason.line == 1
    assert house.limits() == {ALFEN: 6, ABB: pytest.approx(FULL, abs=1.5), KEBA: 6}
    assert house.issues() == {"meter_stale": {"circuit": "Home", "phases": "L2"}}
    house.demo.meter.lost = frozenset()
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.issues() == {}


async def test_circuit_meter_stale(house: VirtualHouse) -> None:
    await house.set_up_charging()
    await house.add_circuit("garage", [16.0, 16.0, 16.0], ABB)
    await house.pass_time(40)
    before = house.limits()
    assert before[ABB] > 6
    await house.demo.devices["garage"].unplug()
    await house.pass_time(15)
    assert house.limits() == {**before, ABB: 6}
    assert house.decision(ABB).reason == Reason(why=Why.METER_STALE, circuit="garage", line=0)
    assert house.issues() == {"meter_stale": {"circuit": "Garage", "phases": "L1, L2, L3"}}
    assert house.shows("binary_sensor.home_meter_problem") == "on"
    assert house.shows("sensor.garage_current_l1") == "unknown"
    await house.demo.devices["garage"].plug_in()
    assert await house.pass_time(90, lambda: house.limits()[ABB] > 6)
    assert house.issues() == {}
    assert house.highest() <= FUSE


async def test_charger_unplugged_for_a_minute(house: VirtualHouse) -> None:
    """Its own watchdog has paused it meanwhile; it charges again as before."""
    await house.set_up_charging()
    await house.demo.devices[ABB].unplug()
    await house.pass_time(65)
    assert house.why(ABB) is Why.UNREACHABLE
    assert house.demo.charger(ABB).expired
    assert house.limits()[ALFEN] < FULL, "room is kept for it"
    await house.demo.devices[ABB].plug_in()
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.highest() <= FUSE


@pytest.mark.parametrize("seconds", [0, 3, 30])
async def test_charger_reboots_and_forgets_its_limit(house: VirtualHouse, seconds: int) -> None:
    await house.set_up_charging()
    await house.demo.devices[ABB].unplug()
    house.demo.charger(ABB).reboot()
    await house.pass_time(seconds)
    assert house.limits()[ABB] == INSTALLED
    await house.demo.devices[ABB].plug_in()
    assert await house.pass_time(10, lambda: house.limits()[ABB] <= FULL), "its limit is written again"
    await house.pass_time(OBEYED)
    house.demo.moments.clear()
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.highest() <= FUSE


async def test_all_of_it_at_once(house: VirtualHouse) -> None:
    await house.set_up_charging()
    house.demo.devices[METER].fail(Fault.TOO_SHORT)
    house.demo.devices[ALFEN].fail(Fault.DEVICE_FAILURE, (Function.WRITE_ONE, Function.WRITE_SEVERAL))
    house.demo.devices[ABB].fail(Fault.SILENT)
    await house.demo.devices[KEBA].unplug()
    await house.pass_time(80)
    assert house.raises() == []
    assert house.why(ABB) is house.why(KEBA) is Why.UNREACHABLE
    assert "meter_stale" in house.issues()
    for device in house.demo.devices.values():
        device.recover()
    await house.demo.devices[KEBA].plug_in()
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.issues() == {}
    assert house.highest() <= FUSE


async def test_charger_never_seen(house: VirtualHouse) -> None:
    await house.demo.devices[KEBA].unplug()
    for name in (ABB, KEBA):
        house.demo.charger(name).set_limit(0.0, 6.0)
    await house.set_up()
    await house.pass_time(DECIDED_ABSENT - 30)
    assert house.entry.state is ConfigEntryState.LOADED
    assert not house.raises()
    reason = house.decision(ABB).reason
    assert (reason.why, reason.charger) == (Why.WAITING_FOR_CHARGER, KEBA)
    assert await house.pass_time(90, lambda: house.limits()[ABB] > 6)


async def test_home_assistant_starts(house: VirtualHouse) -> None:
    """Limits in the boxes are adopted as they are, and nobody is raised before all were seen."""
    for name in (ALFEN, ABB, KEBA):
        house.demo.charger(name).set_limit(house.hass.loop.time(), 7.0)
    await house.set_up()
    await house.pass_time(8)
    assert house.limits() == {ALFEN: 7, ABB: 7, KEBA: 7}
    assert await house.pass_time(SETTLED, lambda: min(house.limits().values()) > 7)


async def test_home_assistant_stops(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    assert min(house.limits().values()) > 6
    await house.meanwhile(house.hass.async_stop(force=True))
    assert max(house.limits().values()) <= 6


@pytest.mark.parametrize("way", ["control off", "unload"])
async def test_control_off_and_unload_hand_over(house: VirtualHouse, way: str) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    if way == "unload":
        await house.unload()
    else:
        await house.turn_control(on=False)
    assert max(house.limits().values()) <= 6
    house.demo.moments.clear()
    house.demo.switch(HOB, on=True)
    await house.pass_time(SETTLED)
    assert not house.raises()


async def test_observe_only_writes_nothing(house: VirtualHouse) -> None:
    await house.set_up(control=False)
    before = house.limits()
    await house.pass_time(SETTLED)
    assert house.limits() == before
    assert house.decision(ALFEN).amperes > 0


async def test_one_hanging_charger_does_not_delay_the_others(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    house.demo.devices[ABB].fail(Fault.SILENT)
    house.demo.switch(HOB, on=True)
    house.demo.house.appliances[HOB].amperes = (0.0, 16.0, 0.0)
    await house.pass_time(10)
    assert house.demo.house.currents[1] <= FUSE


async def test_a_fault_in_a_decision_lowers_everybody(
    house: VirtualHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    monkeypatch.setattr("custom_components.ev_charger_pool.runner.step", lambda *_: 1 / 0)
    await house.pass_time(15)
    assert max(house.limits().values()) <= 6
    assert "A decision failed" in caplog.text
