"""Frames over every kind of line: behind a gateway that passes bytes on, and on a serial port."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
import os
import struct
import tty
from typing import Any, Self

import pytest

from custom_components.ev_charger_pool.drivers.interface import CannotConnect
from custom_components.ev_charger_pool.drivers.modbus import WRITE_COIL, WRITE_MULTIPLE, WRITE_SINGLE, Connections
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger
from custom_components.ev_charger_pool.drivers.modbus_line import Framing, Line, Parity, SerialSettings
from custom_components.ev_charger_pool.drivers.profile import charger_profiles
from custom_components.ev_charger_pool.drivers.profile_model import ChargerProfile
from custom_components.ev_charger_pool.drivers.registers import Table

from .conftest import FIXTURES
from .raw_server import RawServer, Request

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


def crc(data: bytes) -> bytes:
    """The check sum of RTU frames, bit by bit (MODBUS over serial line 1.02, 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


class RtuDevice(RawServer):
    """The same device, in RTU frames: over TCP, or at the other end of a pair of pseudo terminals."""

    def __init__(self, fixture: dict[str, Any]) -> None:
        super().__init__(fixture)
        self.garbled = False
        self.path = ""
        self._ends: tuple[int, int] | None = None
        self._buffer = b""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._ends = os.openpty()
        for end in self._ends:
            tty.setraw(end)
        self.path = os.ttyname(self._ends[1])
        asyncio.get_running_loop().add_reader(self._ends[0], self._heard)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.unplug()
        await super().__aexit__()

    def unplug(self) -> None:
        """Take the serial adapter away."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._ends = None

    def _heard(self) -> None:
        assert self._ends is not None
        with suppress(OSError):
            self._buffer += os.read(self._ends[0], 512)
            answer, self._buffer = self._framed(self._buffer)
            os.write(self._ends[0], answer)

    def _framed(self, data: bytes) -> tuple[bytes, bytes]:
        """The answer to a whole request, and what is left of the bytes."""
        if len(data) < 8:
            return b"", data
        length = 9 + data[6] if data[1] == 16 else 8
        if len(data) < length:
            return b"", data
        frame, unit, code = data[:length], data[0], data[1]
        assert crc(frame[:-2]) == frame[-2:]
        address, count = struct.unpack(">HH", frame[2:6])
        written = struct.unpack(f">{(length - 9) // 2}H", frame[7:-2]) if code == 16 else ()
        if code in (5, 6):
            written, count = (count,), 1
        self.requests.append(Request(unit, code, address, count, written))
        answer = bytes((unit,)) + self._answer(unit, code, address, count, written)
        check = crc(answer)
        return answer + (check[::-1] if self.garbled else check), data[length:]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = b""
        while chunk := await reader.read(512):
            answer, data = self._framed(data + chunk)
            writer.write(answer)
        writer.close()


@pytest.fixture
async def device(socket_enabled: None) -> AsyncGenerator[RtuDevice]:
    async with RtuDevice(DEVICE) as device:
        yield device


def where(device: RtuDevice, line: Line) -> tuple[str, int]:
    return (device.path, 0) if line is SERIAL else ("127.0.0.1", device.port)


def with_serial(profile: ChargerProfile) -> ChargerProfile:
    return replace(profile, transport=replace(profile.transport, serial=SERIAL.serial))


every_line = pytest.mark.parametrize("line", [RTU, SERIAL], ids=["rtu", "serial"])


@every_line
async def test_all_tables_are_read_and_written(device: RtuDevice, connections: Connections, line: Line) -> None:
    connection = connections.acquire(*where(device, line), line)
    assert await connection.read(5, Table.COIL, 20, 9) == (1, 0, 1, 1, 0, 0, 0, 0, 1)
    assert await connection.read(5, Table.DISCRETE, 20, 2) == (0, 1)
    assert await connection.read(5, Table.HOLDING, 10, 3) == (1, 2, 3)
    await connection.write(5, WRITE_COIL, 20, [1])
    await connection.write(5, WRITE_SINGLE, 10, [7])
    await connection.write(5, WRITE_MULTIPLE, 10, [7, 8])
    assert device.writes() == [
        Request(5, 5, 20, 1, (0xFF00,)),
        Request(5, 6, 10, 1, (7,)),
        Request(5, 16, 10, 2, (7, 8)),
    ]
    await connections.release(connection)


@every_line
async def test_a_garbled_answer_is_none(device: RtuDevice, connections: Connections, line: Line) -> None:
    connection = connections.with_timeout(PATIENCE).acquire(*where(device, line), line)
    device.garbled = True
    with pytest.raises(CannotConnect, match="no answer"):
        await connection.read(5, Table.HOLDING, 10, 1)
    device.garbled = False
    assert await connection.read(5, Table.HOLDING, 10, 1) == (1,)
    await connections.release(connection)


async def test_a_serial_port_that_is_not_there(device: RtuDevice, connections: Connections) -> None:
    connection = connections.acquire(device.path, 0, SERIAL)
    assert await connection.read(5, Table.HOLDING, 10, 1) == (1,)
    device.unplug()
    with pytest.raises(CannotConnect):
        await connection.read(5, Table.HOLDING, 10, 1)
    with pytest.raises(CannotConnect, match=f"{device.path}: no connection"):
        await connection.read(5, Table.HOLDING, 10, 1)
    await connections.release(connection)


@every_line
async def test_a_charger_behind_it(socket_enabled: None, connections: Connections, line: Line) -> None:
    fixture = FIXTURES["abb_terra_ac"]
    profile = charger_profiles()["abb_terra_ac"]
    async with RtuDevice(fixture) as box:
        host, port = where(box, line)
        driver = ModbusCharger(connections, with_serial(profile), host, port, fixture["unit"], framing=line.framing)
        assert (await driver.identify()).serial == fixture["identity"]["serial"]
        assert (await driver.read()).amperes == tuple(fixture["values"]["amperes"])
        await driver.write_limit(16)
        assert [request.address for request in box.writes()] == [0x4100]
        await driver.close()
