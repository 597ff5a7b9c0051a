"""A meter and a charger that fail in every way a network and a box can, through Home Assistant and real sockets.

Each fault begins while all cars charge with as much as the fuse allows, lasts, and ends by itself.
"""

import logging

import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Why
from demo.devices.device import Device
from demo.devices.faults import Fault
from demo.devices.registers import Function
from demo.house import ABB, ALFEN, BASE, FUSE, INSTALLED, KEBA, KETTLE, METER
from tests.virtual_house import FULL, VirtualHouse

WRITES = (Function.WRITE_ONE, Function.WRITE_SEVERAL)
NOTICED = 18
"""Seconds after which a device that has answered nothing more is not counted on: 10 s of patience and two time-outs."""
RELIEF = 14
"""Seconds within which the fuse is relieved: meter 1, time-out of a write 3, charger 2, car 5, and each its turn."""
RECOVERY = 120
"""Seconds within which all is as before once a fault is over."""
SMALL_KETTLE = 4.0
"""A; nobody has to pause for it."""

REFUSED = None
"""Nobody listens at the port: the other way to fail."""

HARMLESS = (Fault.TOO_LONG,)
"""For writes: a confirmation with a word too many is a confirmation."""

faults = pytest.mark.parametrize("fault", [REFUSED, *Fault], ids=lambda fault: fault.name if fault else "REFUSED")
write_faults = pytest.mark.parametrize(
    "fault", [one for one in Fault if one not in HARMLESS], ids=lambda fault: fault.name
)


async def break_down(device: Device, fault: Fault | None) -> None:
    """Let a device fail from now on."""
    if fault is REFUSED:
        await device.unplug()
    else:
        device.fail(fault)


async def mend(device: Device, fault: Fault | None) -> None:
    """Let it work again."""
    if fault is REFUSED:
        await device.plug_in()
    else:
        device.recover()


def told(caplog: pytest.LogCaptureFixture, name: str) -> list[str]:
    """What a user reads in the log of a device since the last look, without what the decisions say."""
    lines = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.INFO
        and record.name.startswith("custom_components")
        and name in record.getMessage()
    ]
    caplog.clear()
    return lines


@faults
async def test_a_meter_that_fails(house: VirtualHouse, caplog: pytest.LogCaptureFixture, fault: Fault | None) -> None:
    await house.set_up_charging()
    meter = house.demo.devices[METER]
    caplog.clear()

    await break_down(meter, fault)
    await house.pass_time(NOTICED)
    assert house.limits() == {ALFEN: 6, ABB: 6, KEBA: 6}
    assert {house.why(name) for name in house.limits()} == {Why.METER_STALE}
    assert {house.decision(name).reason.circuit for name in house.limits()} == {MAIN}
    assert house.issues() == {"meter_stale": {"circuit": "Home", "phases": "L1, L2, L3"}}
    assert house.shows("binary_sensor.home_meter_problem") == "on"
    assert house.shows("sensor.home_mains_current_l1") == "unknown"
    assert len(told(caplog, "Meter of Home")) == 1

    house.demo.switch(KETTLE, on=True)
    await house.pass_time(20)
    assert house.raises() == []
    house.demo.switch(KETTLE, on=False)
    assert told(caplog, "Meter of Home") == []

    await mend(meter, fault)
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.issues() == {}
    assert house.shows("binary_sensor.home_meter_problem") == "off"
    assert float(house.shows("sensor.home_mains_current_l1")) > 0
    assert told(caplog, "Meter of Home") == ["Meter of Home answers again"]
    assert house.highest() <= FUSE


@faults
async def test_a_charger_that_fails(house: VirtualHouse, caplog: pytest.LogCaptureFixture, fault: Fault | None) -> None:
    await house.set_up_charging()
    charger = house.demo.devices[ABB]
    caplog.clear()

    await break_down(charger, fault)
    await house.pass_time(NOTICED)
    assert house.why(ABB) is Why.UNREACHABLE
    assert house.shows("sensor.abb_state") == "missing"
    assert house.shows("sensor.abb_current_l1") == "unavailable"
    assert house.shows("sensor.abb_reason") == "unreachable"
    assert house.issues() == {}
    assert len(told(caplog, "ABB")) == 1

    # Behind everybody's back it takes all that it is installed for: room was kept for that.
    house.demo.charger(ABB).set_limit(house.hass.loop.time(), INSTALLED)
    await house.pass_time(15)
    assert house.demo.charger(ABB).current == INSTALLED
    assert house.limits()[ALFEN] + INSTALLED + BASE[0] <= FUSE
    assert told(caplog, "ABB") == []

    await mend(charger, fault)
    assert await house.pass_time(15, lambda: house.limits()[ABB] <= FULL), "its limit is written again"
    await house.pass_time(2)
    assert house.shows("sensor.abb_state") == "ev_locked"
    assert house.shows("sensor.abb_reason") != "unreachable"
    assert told(caplog, "ABB") == ["ABB answers again"]
    assert house.highest() <= FUSE


@write_faults
async def test_a_charger_that_does_not_take_its_limit(
    house: VirtualHouse, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    """It still answers questions."""
    await house.set_up_charging()
    charger = house.demo.devices[ABB]
    caplog.clear()

    charger.fail(fault, WRITES)
    house.demo.switch(KETTLE, on=True)
    house.demo.house.appliances[KETTLE].amperes = (SMALL_KETTLE, 0.0, 0.0)
    await house.pass_time(RELIEF)
    house.demo.moments.clear()
    await house.pass_time(10)
    assert 0 < house.limits()[ALFEN] <= FUSE - BASE[0] - SMALL_KETTLE - FULL, "the old limit of the other still counts"
    assert house.shows("sensor.abb_state") == "ev_locked"
    assert house.shows("sensor.abb_reason") == "write_failed"
    [complaint] = told(caplog, "ABB")
    assert complaint.startswith("ABB did not take ")

    charger.recover()
    assert await house.pass_time(
        RECOVERY, lambda: house.limits()[ABB] < FULL and house.why(ABB) is not Why.WRITE_FAILED
    )
    house.demo.switch(KETTLE, on=False)
    assert await house.pass_time(RECOVERY, house.as_before)
    assert told(caplog, "ABB") == ["ABB takes its limit again"]
    assert house.highest() <= FUSE
