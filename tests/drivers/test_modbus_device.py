"""A connection that was opened anew may lead to another device."""

from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import CannotConnect, WrongDevice
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger

from .conftest import ChargerOf
from .raw_server import Mishap, RawServer

alfen = pytest.mark.parametrize("fixture", ["alfen_eve"], indirect=True)
OTHER = {"unit": 200, "address": 157, "text": "ACE9999999", "length": 11}


@pytest.fixture
async def charger(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> ModbusCharger:
    """A charger that has said who it is before its connection broke."""
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    server.mishaps.append(Mishap.CUT)
    with pytest.raises(CannotConnect):
        await driver.read()
    return driver


@alfen
async def test_the_same_device_goes_on(server: RawServer, charger: ModbusCharger) -> None:
    await charger.write_limit(10)
    assert len(server.writes()) == 1
    asked = len(server.requests)
    await charger.write_limit(11)
    assert len(server.requests) == asked + 1, "it is not asked again who it is"


@alfen
async def test_nothing_is_written_to_another_device(server: RawServer, charger: ModbusCharger) -> None:
    server.set([OTHER])
    for _ in range(2):
        with pytest.raises(WrongDevice, match="ACE9999999"):
            await charger.write_limit(10)
        with pytest.raises(WrongDevice, match="ACE9999999"):
            await charger.read()
    assert server.writes() == []


@alfen
async def test_another_device_is_used_once_it_was_identified(server: RawServer, charger: ModbusCharger) -> None:
    server.set([OTHER])
    assert (await charger.identify()).serial == "ACE9999999"
    await charger.write_limit(10)
    assert len(server.writes()) == 1
