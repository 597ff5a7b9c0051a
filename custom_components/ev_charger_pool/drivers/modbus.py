"""Modbus connections, shared by all that talk to the same host and port, or over the same serial port.

pymodbus builds and reads the frames; the stream is ours. A device that is away for a night must not fill the log, a
refused connection must be told from a silent host, and a broken one must be noticed at once, not at the time-out.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
import errno
import struct
from typing import override

from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from .interface import BadAnswer, CannotConnect
from .modbus_line import TCP, Framing, Line, Streams
from .registers import Table

DEFAULT_TIMEOUT = 3.0
"""Seconds for a connection or an answer; the slowest known charger answers within one."""

WRITE_COIL = WriteSingleCoilRequest.function_code
WRITE_SINGLE = WriteSingleRegisterRequest.function_code
WRITE_MULTIPLE = WriteMultipleRegistersRequest.function_code

_READS: dict[Table, type[ReadHoldingRegistersRequest | ReadCoilsRequest]] = {
    Table.COIL: ReadCoilsRequest,
    Table.DISCRETE: ReadDiscreteInputsRequest,
    Table.HOLDING: ReadHoldingRegistersRequest,
    Table.INPUT: ReadInputRegistersRequest,
}
_CHUNK = 512
_BUSY = frozenset({4, 5, 6})
"""Exception codes of a device that cannot answer now: failure, acknowledge, busy (Modbus Application Protocol)."""


class Unreachable(CannotConnect):
    """No connection was made: nobody there, or refused."""


class PortMissing(Unreachable):
    """There is no such serial port."""


class PortInUse(Unreachable):
    """Another program has the serial port."""


class PortRefused(Unreachable):
    """The serial port cannot be opened, or is none."""


_PORT_TROUBLES = {
    errno.ENOENT: PortMissing,
    errno.ENODEV: PortMissing,
    errno.ENXIO: PortMissing,
    errno.EAGAIN: PortInUse,
    errno.EBUSY: PortInUse,
}


class Reopened(CannotConnect):
    """The connection had to be opened anew, so perhaps another device answers now; nothing was asked."""


class ExceptionAnswer(BadAnswer):
    """The device answered with a Modbus exception.

    Args:
        message: For the log.
        code: Modbus exception code.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def lasting(self) -> bool:
        """Whether it will say the same next time: it does not know the function, address or unit."""
        return self.code not in _BUSY


def place(host: str, port: int) -> str:
    """A host and port, or the path of a serial port, in a message."""
    return f"{host}:{port}" if port else host


class Connection:
    """One connection, one request at a time.

    It connects with the first request, and anew with the first request after a failure or over another kind of line. A
    request that is cancelled or fails half-way takes the connection with it, so that no late answer is taken for the
    next one.

    Args:
        host: Name or address; the path of a serial port.
        port: TCP port, 0 for a serial port.
        timeout: Seconds for connecting and for each answer; may be changed.
    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self._line = TCP
        self._framer = TCP.framer()
        self._lock = asyncio.Lock()
        self._streams: Streams | None = None
        self.opened = 0
        """How often it was opened: tells one connection from the next."""
        self._transaction = 0
        self._finished = 0.0
        self._gap = 0.0

    @override
    def __str__(self) -> str:
        return place(self.host, self.port)

    async def read(
        self,
        unit: int,
        table: Table,
        address: int,
        count: int,
        *,
        gap: float = 0.0,
        over: int | None = None,
        line: Line = TCP,
    ) -> tuple[int, ...]:
        """Read ``count`` words, or bits as words of 0 and 1.

        Args:
            unit: Modbus unit.
            table: Which registers.
            address: Of the first word, 0-based.
            count: Words.
            gap: Seconds to keep from the request before and to the next one.
            over: What ``opened`` was; None where any connection will do.
            line: How frames travel.

        Raises:
            Reopened: Where the connection is another one now.
            CannotConnect: Where nobody answers in time or the connection breaks.
            BadAnswer: For an exception or an answer of another length.
        """
        request = _READS[table](dev_id=unit, address=address, count=count)
        answer = await self._ask(request, gap, over, line)
        if table.bits:
            # Bits come in whole bytes.
            words, expected = tuple(map(int, answer.bits)), -(-count // 8) * 8
        else:
            words, expected = tuple(answer.registers), count
        if len(words) != expected:
            raise BadAnswer(f"{self} unit {unit}: {len(words)} words instead of {count} from {table} {address}")
        return words[:count]

    async def write(
        self,
        unit: int,
        code: int,
        address: int,
        words: Sequence[int],
        *,
        gap: float = 0.0,
        over: int | None = None,
        line: Line = TCP,
    ) -> None:
        """Write words with function code 6 (one word) or 16, or a coil with 5.

        Args:
            unit: Modbus unit.
            code: ``WRITE_COIL``, ``WRITE_SINGLE`` or ``WRITE_MULTIPLE``.
            address: Of the first word, 0-based.
            words: 16 bits each; for a coil one that is 0 or not.
            gap: Seconds to keep from the request before and to the next one.
            over: What ``opened`` was; None where any connection will do.
            line: How frames travel.

        Raises:
            Reopened: Where the connection is another one now.
            CannotConnect: Where nobody answers in time or the connection breaks; the write may have happened.
            BadAnswer: For an exception or a confirmation of something else.
        """
        request: ModbusPDU
        if code == WRITE_COIL:
            request = WriteSingleCoilRequest(dev_id=unit, address=address, bits=[any(words)])
        else:
            kind = WriteSingleRegisterRequest if code == WRITE_SINGLE else WriteMultipleRegistersRequest
            request = kind(dev_id=unit, address=address, registers=list(words))
        answer = await self._ask(request, gap, over, line)
        if code == WRITE_MULTIPLE:
            confirmed = answer.count == len(words)
        else:
            confirmed = (answer.registers, answer.bits) == (request.registers, request.bits)
        if answer.address != address or not confirmed:
            raise BadAnswer(f"{self} unit {unit}: confirmed something else than the write to register {address}")

    async def close(self) -> None:
        """Close in an orderly way; a request under way ends with CannotConnect."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()

    async def _ask(self, request: ModbusPDU, gap: float, over: int | None, line: Line) -> ModbusPDU:
        async with self._lock:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, self._finished + max(gap, self._gap, line.silence) - loop.time()))
            reader, writer = await self._open(line)
            if over not in (None, self.opened):
                raise Reopened(f"{self}: the connection was opened anew")
            self._transaction = self._transaction % 0xFFFF + 1
            request.transaction_id = self._transaction
            try:
                async with asyncio.timeout(self.timeout):
                    writer.write(self._framer.buildFrame(request))
                    answer = await self._receive(reader, request)
            except BaseException as error:
                self._drop()
                match error:
                    case TimeoutError():
                        message = f"{self} unit {request.dev_id}: no answer within {self.timeout:g} s"
                        raise CannotConnect(message) from error
                    case OSError():
                        raise CannotConnect(f"{self}: the connection broke ({error})") from error
                    case ModbusException() | struct.error():
                        raise BadAnswer(f"{self} unit {request.dev_id}: the answer makes no sense ({error})") from error
                raise
            finally:
                self._finished, self._gap = loop.time(), gap
        if isinstance(answer, ExceptionResponse):
            message = f"{self} unit {request.dev_id}: Modbus exception {answer.exception_code} at {request.address}"
            raise ExceptionAnswer(message, answer.exception_code)
        if answer.function_code != request.function_code:
            raise BadAnswer(f"{self} unit {request.dev_id}: answered function {answer.function_code}")
        return answer

    async def _receive(self, reader: asyncio.StreamReader, request: ModbusPDU) -> ModbusPDU:
        buffer = b""
        while True:
            chunk = await reader.read(_CHUNK)
            if not chunk:
                raise ConnectionResetError("closed by the device")
            buffer += chunk
            used, answer = self._framer.handleFrame(buffer, request.dev_id, request.transaction_id)
            if answer is not None:
                return answer
            buffer = buffer[used:]

    async def _open(self, line: Line) -> Streams:
        if self._streams is not None:
            reader, writer = self._streams
            if line == self._line and not (reader.at_eof() or reader.exception() or writer.is_closing()):
                return self._streams
            self._drop()
        try:
            async with asyncio.timeout(self.timeout):
                self._streams = await line.open(self.host, self.port)
        except TimeoutError as error:
            raise Unreachable(f"{self}: no connection within {self.timeout:g} s") from error
        except ConnectionRefusedError as error:
            message = f"{self} refuses the connection: Modbus is off, or another system holds this device"
            raise Unreachable(message) from error
        except (OSError, UnicodeError) as error:
            kind = Unreachable
            if line.framing is Framing.SERIAL:
                number = error.errno if isinstance(error, OSError) else None
                kind = PortRefused if number is None else _PORT_TROUBLES.get(number, PortRefused)
            raise kind(f"{self}: no connection ({error})") from error
        self._line, self._framer = line, line.framer()
        self.opened += 1
        return self._streams

    def _drop(self) -> None:
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.transport.abort()


@dataclass(slots=True)
class _Shared:
    connection: Connection
    users: int = 0


class Connections:
    """The connections in use: at most one per host and port, as several chargers accept only one or two.

    All devices on the line behind a serial port share one as well.

    Args:
        timeout: Seconds for connecting and for each answer.
        shared: The connections in use that others know already.
    """

    def __init__(self, timeout: float = DEFAULT_TIMEOUT, shared: dict[tuple[str, int], _Shared] | None = None) -> None:
        self._timeout = timeout
        self._shared = {} if shared is None else shared

    def with_timeout(self, timeout: float) -> Connections:
        """The same connections for somebody with another patience."""
        return Connections(timeout, self._shared)

    def acquire(self, host: str, port: int) -> Connection:
        """The connection to a host and port or serial port, as patient as its most patient user.

        Give it back with ``release``.
        """
        key = (host.lower(), port)
        shared = self._shared.setdefault(key, _Shared(Connection(host, port, self._timeout)))
        shared.connection.timeout = max(shared.connection.timeout, self._timeout)
        shared.users += 1
        return shared.connection

    async def release(self, connection: Connection) -> None:
        """Give a connection back; the last user's closes it."""
        key = (connection.host.lower(), connection.port)
        shared = self._shared[key]
        shared.users -= 1
        if not shared.users:
            del self._shared[key]
            await shared.connection.close()
