"""A device that answers in RTU frames. It knows no profile and answers what it was not given with an exception."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
import os
import struct
import tty
from typing import Any, Self

from .raw_server import RawServer, Request


def crc(data: bytes) -> bytes:
    """The check sum of RTU frames, bit by bit (MODBUS over serial line 1.02, 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


def on_units(fixture: Mapping[str, Any], *units: int) -> dict[str, Any]:
    """The same device several times on one line."""
    return dict(fixture) | {
        "registers": [line | {"unit": unit} for unit in units for line in fixture["registers"]],
        "writes": [write | {"unit": unit} for unit in units for write in fixture["writes"]],
    }


class RtuDevice(RawServer):
    """The same device, in RTU frames: over TCP, or at the other end of a pair of pseudo terminals.

    With words for several units it is as many devices on one line. What is sent to another unit, or
    garbled, stays without answer.
    """

    def __init__(self, fixture: Mapping[str, Any]) -> None:
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
        if crc(frame[:-2]) != frame[-2:]:
            return b"", b""
        address, count = struct.unpack(">HH", frame[2:6])
        written = struct.unpack(f">{(length - 9) // 2}H", frame[7:-2]) if code == 16 else ()
        if code in (5, 6):
            written, count = (count,), 1
        self.requests.append(Request(unit, code, address, count, written))
        self.times.append(asyncio.get_running_loop().time())
        self.asked.set()
        if unit not in {known for known, _, _ in self.words}:
            return b"", data[length:]
        answer = bytes((unit,)) + self._answer(unit, code, address, count, written)
        check = crc(answer)
        return answer + (check[::-1] if self.garbled else check), data[length:]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = b""
        while chunk := await reader.read(512):
            answer, data = self._framed(data + chunk)
            writer.write(answer)
