"""A Modbus TCP server on 127.0.0.1 whose network cable can be pulled, and which can be out of order."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Collection, Mapping
from contextlib import suppress
import socket
import struct

from .faults import HEADER, Fault, spoiled
from .registers import Function, Refusal, Refused, Registers

HOST = "127.0.0.1"
MOST_READ = 125
MOST_WRITTEN = 123
SHORTEST, LONGEST = 2, 254
"""Unit and request together, bytes."""
_RESET = struct.pack("ii", 1, 0)
"""Not to linger makes a closed connection a reset one."""


class ModbusServer:
    """Answers for the units of one device.

    Args:
        units: Registers per unit id; another unit gets an exception.
        port: 0 takes a free one.
        most_connections: More are closed at once, None for no bound.
        idle_close: Seconds after which a silent connection is closed, None for never.
    """

    def __init__(
        self,
        units: Mapping[int, Registers],
        *,
        port: int = 0,
        most_connections: int | None = None,
        idle_close: float | None = None,
    ) -> None:
        self.port = port
        """The one it listens on, known after plug_in()."""
        self.requests = 0
        """Answered without an exception."""
        self._units = units
        self._most_connections = most_connections
        self._idle_close = idle_close
        self._server: asyncio.Server | None = None
        self._connections = 0
        self._fault: Fault | None = None
        self._faulty: Collection[int] = ()

    def fail(self, fault: Fault, functions: Collection[int] = tuple(Function)) -> None:
        """Be out of order until ``recover``.

        Args:
            fault: What goes wrong.
            functions: Function codes of the requests it goes wrong with.
        """
        self._fault, self._faulty = fault, functions

    def recover(self) -> None:
        """Be in order again."""
        self._fault = None

    async def plug_in(self) -> None:
        """Listen; on the same port as before where it was unplugged."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Stop listening and drop all connections, as if the cable was pulled."""
        if self._server is None:
            return
        self._server.close()
        self._server.abort_clients()
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._most_connections is not None and self._connections >= self._most_connections:
            writer.close()
            return
        self._connections += 1
        try:
            with suppress(OSError, EOFError, TimeoutError):
                while True:
                    async with asyncio.timeout(self._idle_close):
                        header = await reader.readexactly(HEADER.size)
                    transaction, protocol, length, unit = HEADER.unpack(header)
                    if protocol != 0 or not SHORTEST <= length <= LONGEST:
                        break
                    request = await reader.readexactly(length - 1)
                    fault = self._fault if request[0] in self._faulty else None
                    writer.write(self._frame(transaction, unit, request, fault))
                    await writer.drain()
                    if fault is Fault.RESET:
                        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        writer.transport.abort()
        finally:
            self._connections -= 1
            writer.close()

    def _frame(self, transaction: int, unit: int, request: bytes, fault: Fault | None) -> bytes:
        """What is sent for a request; nothing where the fault swallows it."""
        if fault is Fault.SILENT:
            return b""
        refusal = None if fault is None else fault.refusal
        answer = self._answer(unit, request) if refusal is None else _refusal(request[0], refusal)
        frame = HEADER.pack(transaction, 0, len(answer) + 1, unit) + answer
        return frame if fault is None else spoiled(fault, frame)

    def _answer(self, unit: int, request: bytes) -> bytes:
        function = request[0]
        registers = self._units.get(unit)
        if registers is None:
            return _refusal(function, Refusal.NO_SUCH_UNIT)
        try:
            answer = _execute(registers, request)
        except Refused as refused:
            return _refusal(function, refused.refusal)
        except struct.error:
            return _refusal(function, Refusal.ILLEGAL_VALUE)
        self.requests += 1
        return bytes((function,)) + answer


def _refusal(function: int, refusal: Refusal) -> bytes:
    return bytes((function | 0x80, refusal))


def _execute(registers: Registers, request: bytes) -> bytes:
    match request[0]:
        case (Function.READ_HOLDING | Function.READ_INPUT) as function:
            address, count = struct.unpack(">HH", request[1:])
            if not 1 <= count <= MOST_READ:
                raise Refused(Refusal.ILLEGAL_VALUE)
            words = registers.read(function, address, count)
            return struct.pack(f">B{count}H", 2 * count, *words)
        case Function.WRITE_ONE as function:
            address, word = struct.unpack(">HH", request[1:])
            registers.write(function, address, (word,))
            return request[1:]
        case Function.WRITE_SEVERAL as function:
            address, count, size = struct.unpack(">HHB", request[1:6])
            if not 1 <= count <= MOST_WRITTEN or size != 2 * count:
                raise Refused(Refusal.ILLEGAL_VALUE)
            registers.write(function, address, struct.unpack(f">{count}H", request[6:]))
            return request[1:5]
        case _:
            raise Refused(Refusal.ILLEGAL_FUNCTION)
