"""Frames over every kind of line: behind a gateway that passes bytes on, and on a serial port."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import CannotConnect
from custom_components.ev_charger_pool.drivers.modbus import (
    WRITE_COIL,
    WRITE_MULTIPLE,
    WRITE_SINGLE,
    Connections,
    PortInUse,
    PortMissing,
    PortRefused,
)
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger
from custom_components.ev_charger_pool.drivers.modbus_line import TCP, Framing, Line, Parity, SerialSettings
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.drivers.registers import Table

from .conftest import FIXTURES, hurried
from .raw_server import Request
from .rtu_device import RtuDevice, on_units

DEVICE: dict[str, Any] = {
    "unit": 5,
    "registers": [
        {"code": 1, "address": 20, "words": [1, 0, 1, 1, 0, 0, 0, 0, 1]},
        {"code": 2, "address": 20, "words": [0, 1]},
        {"address": 10, "words": [1, 2, 3]},
    ],
    "writes": [
        {"code": 5, "address": 20, "count": 1},
        {"code": 6, "address": 10, "count": 1},
        {"code": 16, "address": 10, "count": 2},
    ],
}
SERIAL = Line(framing=Framing.SERIAL, serial=SerialSettings(baud=19200, parity=Parity.NONE, stop_bits=1))
RTU = Line(framing=Framing.RTU)
PATIENCE = 0.3
GAP = 0.03


@pytest.fixture
async def device(socket_enabled: None) -> AsyncGenerator[RtuDevice]:
    async with RtuDevice(DEVICE) as device:
        yield device


def where(device: RtuDevice, line: Line) -> tuple[str, int]:
    return (device.path, 0) if line is SERIAL else ("127.0.0.1", device.port)


every_line = pytest.mark.parametrize("line", [RTU, SERIAL], ids=["rtu", "serial"])


@every_line
async def test_all_tables_are_read_and_written(device: RtuDevice, connections: Connections, line: Line) -> None:
    connection = connections.acquire(*where(device, line))
    assert await connection.read(5, Table.COIL, 20, 9, line=line) == (1, 0, 1, 1, 0, 0, 0, 0, 1)
    assert await connection.read(5, Table.DISCRETE, 20, 2, line=line) == (0, 1)
    assert await connection.read(5, Table.HOLDING, 10, 3, line=line) == (1, 2, 3)
    await connection.write(5, WRITE_COIL, 20, [1], line=line)
    await connection.write(5, WRITE_SINGLE, 10, [7], line=line)
    await connection.write(5, WRITE_MULTIPLE, 10, [7, 8], line=line)
    assert device.writes() == [
        Request(5, 5, 20, 1, (0xFF00,)),
        Request(5, 6, 10, 1, (7,)),
        Request(5, 16, 10, 2, (7, 8)),
    ]
    await connections.release(connection)


@every_line
async def test_a_garbled_answer_is_none(device: RtuDevice, connections: Connections, line: Line) -> None:
    connection = connections.with_timeout(PATIENCE).acquire(*where(device, line))
    device.garbled = True
    with pytest.raises(CannotConnect, match="no answer"):
        await connection.read(5, Table.HOLDING, 10, 1, line=line)
    device.garbled = False
    assert await connection.read(5, Table.HOLDING, 10, 1, line=line) == (1,)
    await connections.release(connection)


async def test_a_serial_port_that_is_pulled_out(device: RtuDevice, connections: Connections) -> None:
    connection = connections.acquire(device.path, 0)
    assert await connection.read(5, Table.HOLDING, 10, 1, line=SERIAL) == (1,)
    device.unplug()
    with pytest.raises(CannotConnect):
        await connection.read(5, Table.HOLDING, 10, 1, line=SERIAL)
    with pytest.raises(PortMissing, match=f"{device.path}: no connection"):
        await connection.read(5, Table.HOLDING, 10, 1, line=SERIAL)
    await connections.release(connection)


async def test_a_serial_port_that_another_program_has(device: RtuDevice, connections: Connections) -> None:
    ours, other = connections.acquire(device.path, 0), Connections(PATIENCE).acquire(device.path, 0)
    assert await other.read(5, Table.HOLDING, 10, 1, line=SERIAL) == (1,)
    with pytest.raises(PortInUse, match="lock"):
        await ours.read(5, Table.HOLDING, 10, 1, line=SERIAL)
    await other.close()
    assert await ours.read(5, Table.HOLDING, 10, 1, line=SERIAL) == (1,)
    await connections.release(ours)


@pytest.mark.parametrize("path", ["file", "no\0path"])
async def test_what_is_no_serial_port(tmp_path: Path, connections: Connections, path: str) -> None:
    (tmp_path / "file").touch()
    connection = connections.acquire(str(tmp_path / path), 0)
    with pytest.raises(PortRefused, match="no connection"):
        await connection.read(5, Table.HOLDING, 10, 1, line=SERIAL)
    await connections.release(connection)


async def test_a_serial_line_whose_settings_nobody_knows(device: RtuDevice, connections: Connections) -> None:
    connection = connections.acquire(device.path, 0)
    with pytest.raises(PortRefused, match="settings"):
        await connection.read(5, Table.HOLDING, 10, 1, line=Line(framing=Framing.SERIAL))
    await connections.release(connection)


async def test_a_port_is_opened_anew_with_other_settings(device: RtuDevice, connections: Connections) -> None:
    """As a form tries them while the site runs with the ones before."""
    faster = replace(SERIAL, serial=SerialSettings(baud=38400, parity=Parity.NONE, stop_bits=1))
    connection = connections.acquire(device.path, 0)
    for line, opened in ((SERIAL, 1), (SERIAL, 1), (faster, 2), (SERIAL, 3)):
        assert await connection.read(5, Table.HOLDING, 10, 1, line=line) == (1,)
        assert connection.opened == opened
    await connections.release(connection)


async def test_a_gateway_is_asked_in_other_frames(device: RtuDevice, connections: Connections) -> None:
    connection = connections.with_timeout(PATIENCE).acquire("127.0.0.1", device.port)
    with pytest.raises(CannotConnect, match="no answer"):
        await connection.read(5, Table.HOLDING, 10, 1, line=TCP)
    assert await connection.read(5, Table.HOLDING, 10, 1, line=RTU) == (1,)
    await connections.release(connection)


@pytest.mark.parametrize(("baud", "silence"), [(9600, 3.5 * 11 / 9600), (19200, 3.5 * 11 / 19200), (115200, 0.00175)])
def test_the_silence_between_two_frames(baud: int, silence: float) -> None:
    """Three and a half characters of eleven bits, at high speeds 1.75 ms."""
    line = Line(framing=Framing.SERIAL, serial=SerialSettings(baud=baud, parity=Parity.EVEN, stop_bits=1))
    assert line.silence == pytest.approx(silence)
    assert str(line) == f"serial {baud} 8E1"


@every_line
async def test_a_charger_behind_it(socket_enabled: None, connections: Connections, line: Line) -> None:
    fixture = FIXTURES["abb_terra_ac"]
    async with RtuDevice(fixture) as box:
        host, port = where(box, line)
        driver = ModbusCharger(connections, charger_profiles()["abb_terra_ac"], host, port, fixture["unit"], line=line)
        assert (await driver.identify()).serial == fixture["identity"]["serial"]
        assert (await driver.read()).amperes == tuple(fixture["values"]["amperes"])
        await driver.write_limit(16)
        assert [request.address for request in box.writes()] == [0x4100]
        await driver.close()


async def test_two_chargers_on_one_line(socket_enabled: None, connections: Connections) -> None:
    """Each is heard for itself, and every telegram keeps the gap that one of them needs from the one before."""
    async with RtuDevice(on_units(FIXTURES["heidelberg_energy_control"], 1, 2)) as bus:
        bus.set([{"unit": 2, "code": 4, "address": 5, "words": [5]}])
        hasty = hurried(charger_profiles()["heidelberg_energy_control"])
        patient = replace(hasty, transport=replace(hasty.transport, gap=GAP))
        first, second = (
            ModbusCharger(connections, profile, bus.path, 0, unit, line=SERIAL)
            for unit, profile in ((1, patient), (2, hasty))
        )
        await asyncio.gather(first.identify(), second.identify())
        one, two = await asyncio.gather(first.read(), second.read())
        assert (one.state, two.state) == ("C", "B")
        await asyncio.gather(first.write_limit(10), second.write_limit(8))
        assert {(request.unit, request.words) for request in bus.writes()} == {(1, (100,)), (2, (80,))}
        telegrams = list(zip(bus.requests, bus.times, strict=True))
        after_own = [
            later - time for (before, time), (after, later) in pairwise(telegrams) if 1 in (before.unit, after.unit)
        ]
        assert min(after_own) >= GAP
        assert connections.acquire(bus.path, 0).opened == 1
        await first.close()
        await second.close()


async def test_one_that_sleeps_leaves_the_other_on_its_line(socket_enabled: None) -> None:
    connections = Connections(PATIENCE)
    async with RtuDevice(on_units(FIXTURES["heidelberg_energy_control"], 1)) as bus:
        profile = hurried(charger_profiles()["heidelberg_energy_control"])
        awake, asleep = (ModbusCharger(connections, profile, bus.path, 0, unit, line=SERIAL) for unit in (1, 9))
        await awake.identify()
        with pytest.raises(CannotConnect, match="unit 9: no answer"):
            await asleep.identify()
        assert (await awake.read()).state == "C"
        await awake.close()
        await asleep.close()
