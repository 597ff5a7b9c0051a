"""The table of failures, through Home Assistant and real sockets, in simulated time."""

from itertools import pairwise

from homeassistant.config_entries import ConfigEntryState
import pytest

from custom_components.ev_charger_pool.pool.defaults import DECIDED_ABSENT
from custom_components.ev_charger_pool.pool.model import MAIN, Why
from demo.devices.modbus_server import ModbusServer
from demo.house import ABB, ALFEN, FUSE, HOB, KEBA, KETTLE, METER
from tests.virtual_house import VirtualHouse

SETTLED = 150
"""Seconds after which everybody has what the house leaves."""


def raises(house: VirtualHouse) -> list[str]:
    """The chargers whose limit went up, as the house remembers."""
    return [
        name
        for before, after in pairwise(house.demo.moments)
        for name in after.limits
        if after.limits[name] > before.limits[name]
    ]


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
    assert not raises(house)
    await house.demo.devices[METER].plug_in()
    assert await house.pass_time(90, lambda: min(house.limits().values()) > 6)


async def test_one_phase_missing(house: VirtualHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    before = house.limits()
    answer = ModbusServer._answer

    def without_l2(server: ModbusServer, unit: int, request: bytes) -> bytes:
        """The meter gives a filler that is no number for the current of L2."""
        said = answer(server, unit, request)
        start = int.from_bytes(request[1:3])
        if server.port != house.demo.ports[METER] or said[0] & 0x80:
            return said
        place = 2 + 2 * (0x0008 - start)
        return said[:place] + b"\x7f\xc0\x00\x00" + said[place + 4 :] if 2 <= place < len(said) else said

    monkeypatch.setattr(ModbusServer, "_answer", without_l2)
    await house.pass_time(20)
    assert (house.why(ALFEN), house.why(KEBA)) == (Why.PHASE_MISSING, Why.PHASE_MISSING)
    assert house.decision(KEBA).reason.line == 1
    assert house.limits() == {ALFEN: 6, ABB: pytest.approx(before[ABB], abs=0.2), KEBA: 6}


async def test_charger_unreachable(house: VirtualHouse) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    before = house.limits()
    await house.demo.devices[ABB].unplug()
    await house.pass_time(15)
    assert house.why(ABB) is Why.UNREACHABLE
    assert not house.runner.chargers[ABB].last_update_success
    assert house.limits()[ALFEN] < before[ALFEN]
    assert house.limits()[ABB] == before[ABB]
    await house.demo.devices[ABB].plug_in()
    assert await house.pass_time(SETTLED, lambda: house.limits() == pytest.approx(before, abs=1))
    assert max(max(moment.mains) for moment in house.demo.moments) <= FUSE


async def test_charger_never_seen(house: VirtualHouse) -> None:
    await house.demo.devices[KEBA].unplug()
    for name in (ABB, KEBA):
        house.demo.charger(name).set_limit(0.0, 6.0)
    await house.set_up()
    await house.pass_time(DECIDED_ABSENT - 30)
    assert house.entry.state is ConfigEntryState.LOADED
    assert not raises(house)
    reason = house.decision(ABB).reason
    assert (reason.why, reason.charger) == (Why.WAITING_FOR_CHARGER, KEBA)
    assert await house.pass_time(90, lambda: house.limits()[ABB] > 6)


async def test_write_fails(house: VirtualHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    before = house.limits()
    answer = ModbusServer._answer

    def refusing(server: ModbusServer, unit: int, request: bytes) -> bytes:
        """The ABB answers every write with the exception "device failure"."""
        if server.port == house.demo.ports[ABB] and request[0] in (6, 16):
            return bytes((request[0] | 0x80, 4))
        return answer(server, unit, request)

    with monkeypatch.context() as patch:
        patch.setattr(ModbusServer, "_answer", refusing)
        house.demo.switch(KETTLE, on=True)
        await house.pass_time(10)
        assert house.limits()[ABB] == before[ABB]
        assert house.why(ABB) is Why.WRITE_FAILED
        assert house.limits()[ALFEN] < 6, "the others give way"
    assert await house.pass_time(90, lambda: house.limits()[ABB] < before[ABB])


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
    assert not raises(house)


async def test_observe_only_writes_nothing(house: VirtualHouse) -> None:
    await house.set_up(control=False)
    before = house.limits()
    await house.pass_time(SETTLED)
    assert house.limits() == before
    assert house.decision(ALFEN).amperes > 0


async def test_one_hanging_charger_does_not_delay_the_others(
    house: VirtualHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.set_up()
    await house.pass_time(SETTLED)
    answer = ModbusServer._answer

    def hanging(server: ModbusServer, unit: int, request: bytes) -> bytes:
        if server.port == house.demo.ports[ABB]:
            return b""
        return answer(server, unit, request)

    monkeypatch.setattr(ModbusServer, "_answer", hanging)
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
