"""The smallest Modbus TCP client: bytes out, bytes in."""

import asyncio
from asyncio import StreamReader, StreamWriter
import struct
from typing import Self


class ModbusException(Exception):
    """The device refused; the code is the first argument."""


class ModbusClient:
    """One connection to 127.0.0.1."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def request(self, unit: int, pdu: bytes) -> bytes:
        self._writer.write(struct.pack(">HHHB", 7, 0, len(pdu) + 1, unit) + pdu)
        async with asyncio.timeout(5):
            transaction, protocol, length, answering = struct.unpack(">HHHB", await self._reader.readexactly(7))
            answer = await self._reader.readexactly(length - 1)
        assert (transaction, protocol, answering) == (7, 0, unit)
        if answer[0] == pdu[0] | 0x80:
            raise ModbusException(answer[1])
        assert answer[0] == pdu[0]
        return answer[1:]

    async def read(self, unit: int, address: int, count: int, *, function: int = 3) -> bytes:
        answer = await self.request(unit, struct.pack(">BHH", function, address, count))
        assert answer[0] == 2 * count
        return answer[1:]

    async def write_one(self, unit: int, address: int, word: int) -> None:
        pdu = struct.pack(">BHH", 6, address, word)
        assert await self.request(unit, pdu) == pdu[1:]

    async def write(self, unit: int, address: int, data: bytes) -> None:
        head = struct.pack(">BHH", 16, address, len(data) // 2)
        assert await self.request(unit, head + bytes((len(data),)) + data) == head[1:]

    async def refusal(self, unit: int, pdu: bytes) -> int:
        """The exception code that a request is answered with."""
        try:
            await self.request(unit, pdu)
        except ModbusException as exception:
            return int(exception.args[0])
        raise AssertionError("answered")

    async def closed(self) -> bool:
        """Whether the other side has hung up."""
        try:
            async with asyncio.timeout(5):
                return await self._reader.read(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self._writer.close()
