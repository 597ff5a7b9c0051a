"""Another device at an address, and another master at a device, through Home Assistant and real sockets."""

import struct
import time

from custom_components.ev_charger_pool.pool.model import Why
from demo.devices.abb_terra_ac import AbbTerraAc, abb_charger
from demo.devices.device import Device
from demo.devices.sdm630 import Sdm630
from demo.house import ABB, ALFEN, BASE, FUSE, INSTALLED, KEBA, METER
from tests.demo.devices.modbus_client import ModbusClient
from tests.virtual_house import FULL, VirtualHouse

NOTICED = 15
RECOVERY = 300
OTHER_SERIAL = (0x0747, 0x2231, 0x0415, 0x0001)
ABB_LIMIT = 0x4100


def other_abb(house: VirtualHouse) -> tuple[AbbTerraAc, list[float]]:
    """An ABB of the same model for the address of ours, and the limits that are written to it."""
    charger = abb_charger(INSTALLED)
    written: list[float] = []
    take = charger.set_limit

    def note(now: float, amperes: float) -> None:
        written.append(amperes)
        take(now, amperes)

    charger.set_limit = note
    return AbbTerraAc(charger, time.monotonic, serial=OTHER_SERIAL, port=house.demo.ports[ABB]), written


async def exchange(house: VirtualHouse, name: str, device: Device) -> Device:
    """Put another device at the address of one that is taken off the network."""
    before = house.demo.devices[name]
    await before.unplug()
    house.demo.devices[name] = device
    await device.plug_in()
    return before


async def test_another_charger_at_the_address(house: VirtualHouse) -> None:
    await house.set_up_charging()
    other, written = other_abb(house)
    ours = await exchange(house, ABB, other)
    await house.pass_time(NOTICED)
    assert house.why(ABB) is Why.UNREACHABLE
    assert house.shows("sensor.abb_state") == "missing"
    assert house.issues() == {"wrong_charger": {"name": "ABB", "serial": "0747223104150001"}}
    assert house.limits()[ALFEN] < FULL, "room is kept for what ours may draw"

    await house.turn_control(on=False)
    assert written == [], "what is not ours is not handed over either"
    await house.turn_control(on=True)

    await exchange(house, ABB, ours)
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.issues() == {}
    assert written == []
    assert house.highest() <= FUSE


async def test_a_limit_under_way_does_not_reach_another_charger(house: VirtualHouse) -> None:
    """It comes to the address within a moment, before anybody could ask who it is."""
    await house.set_up_charging()
    other, written = other_abb(house)
    await exchange(house, ABB, other)
    await house.turn_control(on=False)
    assert written == []


async def test_a_meter_at_the_address_of_a_charger(house: VirtualHouse) -> None:
    await house.set_up_charging()
    ours = await exchange(house, ABB, Sdm630(house.demo.house, port=house.demo.ports[ABB]))
    await house.pass_time(NOTICED)
    assert house.why(ABB) is Why.UNREACHABLE
    assert house.limits()[ALFEN] < FULL
    await exchange(house, ABB, ours)
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.highest() <= FUSE


async def test_a_charger_at_the_address_of_the_meter(house: VirtualHouse) -> None:
    await house.set_up_charging()
    charger = AbbTerraAc(abb_charger(INSTALLED), time.monotonic, serial=OTHER_SERIAL, port=house.demo.ports[METER])
    ours = await exchange(house, METER, charger)
    await house.pass_time(NOTICED)
    assert house.limits() == {ALFEN: 6, ABB: 6, KEBA: 6}
    assert "meter_stale" in house.issues()
    await exchange(house, METER, ours)
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.issues() == {}
    assert house.highest() <= FUSE


async def rewrite(house: VirtualHouse, amperes: float) -> None:
    """Another master sets the limit of the ABB."""
    client = await ModbusClient.connect(house.demo.ports[ABB])
    await client.write(1, ABB_LIMIT, struct.pack(">I", round(amperes * 1000)))
    client.close()


async def test_another_master_sets_the_limit_once(house: VirtualHouse) -> None:
    await house.set_up_charging()
    await house.meanwhile(rewrite(house, INSTALLED))
    assert house.limits()[ABB] == INSTALLED
    assert await house.pass_time(15, lambda: house.limits()[ABB] <= FULL), "ours is written again"
    assert await house.pass_time(RECOVERY, house.as_before)
    assert house.highest() <= FUSE


async def test_another_master_sets_the_limit_again_and_again(house: VirtualHouse) -> None:
    """Whoever wins, the others leave room for the higher of both limits."""
    await house.set_up_charging()
    for _ in range(12):
        await house.meanwhile(rewrite(house, INSTALLED))
        await house.pass_time(5)
    assert house.limits()[ALFEN] + INSTALLED + BASE[0] <= FUSE
    assert house.highest() <= FUSE
