"""A Modbus TCP server made of raw words. It knows no profile and answers what it was not given with an exception."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
import struct
from typing import Any, Self

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, BUSY, NO_SUCH_UNIT = 1, 2, 6, 11
READ_CODES = (3, 4)
BIT_CODES = (1, 2)


class Mishap(Enum):
    """What goes wrong with one answer."""

    BUSY = auto()
    """Exception 6."""
    SHORT = auto()
    """A whole frame with one word less than asked for."""
    NONSENSE = auto()
    """A frame that says it holds more bytes than it does."""
    OTHER_FUNCTION = auto()
    """Answers a read of one table as if it had been of the other."""
    OTHER_CONFIRMATION = auto()
    """Confirms a write to the next address."""
    SILENCE = auto()
    LATE = auto()
    """The right answer, after the other side has lost its patience."""
    CUT = auto()
    """Half of the answer, then the connection is reset."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: for reads ``words`` is empty and ``count`` is the number asked for."""

    unit: int
    code: int
    address: int
    count: int
    words: tuple[int, ...] = ()


def words_of(spec: Mapping[str, Any]) -> list[int]:
    """The words of a line in a fixture: given as such, or as a text in so many words."""
    if "text" not in spec:
        return list(spec["words"])
    data = str(spec["text"]).encode(spec.get("encoding", "ascii")).ljust(2 * spec["length"], b"\0")
    return list(struct.unpack(f">{spec['length']}H", data))


class RawServer:
    """A device. ``words`` may be changed while it runs."""

    def __init__(self, fixture: Mapping[str, Any]) -> None:
        self.default_unit: int = fixture["unit"]
        self.words: dict[tuple[int, int, int], int] = {}
        self.set(fixture["registers"])
        self.writable = {
            (write.get("unit", self.default_unit), write["code"], write["address"], write["count"])
            for write in fixture.get("writes", ())
        }
        self.max_words = fixture.get("max_words", 125)
        self.requests: list[Request] = []
        self.times: list[float] = []
        self.asked = asyncio.Event()
        self.accepted = 0
        self.mishaps: deque[Mishap] = deque()
        self.late = 0.5
        self.host = "127.0.0.1"
        self.port = 0
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._counted_from = 0.0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._counted_from = asyncio.get_running_loop().time()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Be gone: connections break, new ones are refused."""
        assert self._server is not None
        self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        await self._server.wait_closed()

    def set(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Put words into registers, as lines of a fixture give them."""
        for line in lines:
            for offset, word in enumerate(words_of(line)):
                self.words[line.get("unit", self.default_unit), line.get("code", 3), line["address"] + offset] = word

    @property
    def clients(self) -> int:
        """The connections that are open."""
        return len(self._clients)

    def writes(self) -> list[Request]:
        """The writes that were asked for."""
        return [request for request in self.requests if request.code not in READ_CODES + BIT_CODES]

    def intervals(self) -> list[float]:
        """Seconds between the polls since the last call; every poll asks once for the words asked for most often."""
        reads = [
            (at, (request.unit, request.code, request.address))
            for at, request in zip(self.times, self.requests, strict=True)
            if not request.words
        ]
        often = Counter(words for _, words in reads).most_common(1)
        times = [at for at, words in reads if words == often[0][0]]
        now = asyncio.get_running_loop().time()
        since, self._counted_from = self._counted_from, now
        self.requests.clear()
        self.times.clear()
        return [later - earlier for earlier, later in pairwise((since, *times, now))]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        self.accepted += 1
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._converse(reader, writer)
        finally:
            writer.transport.abort()
            self._clients.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it goes."""
        while True:
            head = await reader.readexactly(7)
            transaction, _, length, unit = struct.unpack(">HHHB", head)
            body = await reader.readexactly(length - 1)
            await self._reply(writer, transaction, unit, body)

    async def _reply(self, writer: asyncio.StreamWriter, transaction: int, unit: int, body: bytes) -> None:
        code, address, count = struct.unpack(">BHH", body[:5])
        written = struct.unpack(f">{(len(body) - 6) // 2}H", body[6:]) if code == 16 else ()
        if code in (5, 6):
            written, count = (count,), 1
        self.requests.append(Request(unit, code, address, count, written))
        self.times.append(asyncio.get_running_loop().time())
        self.asked.set()
        answer = self._answer(unit, code, address, count, written)
        mishap = self.mishaps.popleft() if self.mishaps else None
        match mishap:
            case Mishap.SILENCE:
                return
            case Mishap.LATE:
                await asyncio.sleep(self.late)
            case Mishap.BUSY:
                answer = bytes((code | 0x80, BUSY))
            case Mishap.SHORT:
                answer = bytes((code, answer[1] - 2)) + answer[2:-2]
            case Mishap.NONSENSE:
                answer = bytes((code, 0x7F)) + answer[2:]
            case Mishap.OTHER_FUNCTION:
                answer = bytes((READ_CODES[code == READ_CODES[0]],)) + answer[1:]
            case Mishap.OTHER_CONFIRMATION:
                answer = struct.pack(">BHH", code, address + 1, written[0] if code in (5, 6) else count)
        frame = struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer
        if mishap is Mishap.CUT:
            writer.write(frame[: len(frame) // 2])
            await writer.drain()
            raise ConnectionResetError
        writer.write(frame)
        await writer.drain()

    def _answer(self, unit: int, code: int, address: int, count: int, written: tuple[int, ...]) -> bytes:
        if unit not in {known for known, _, _ in self.words}:
            return bytes((code | 0x80, NO_SUCH_UNIT))
        if code in READ_CODES + BIT_CODES:
            cells = [self.words.get((unit, code, address + offset)) for offset in range(count)]
            if count > self.max_words or None in cells:
                return bytes((code | 0x80, ILLEGAL_ADDRESS))
            if code in BIT_CODES:
                length = -(-count // 8)
                bits = sum(bool(cell) << index for index, cell in enumerate(cells))
                return bytes((code, length)) + bits.to_bytes(length, "little")
            return struct.pack(f">BB{count}H", code, 2 * count, *cells)
        if code not in {known for _, known, _, _ in self.writable}:
            return bytes((code | 0x80, ILLEGAL_FUNCTION))
        if (unit, code, address, count) not in self.writable:
            return bytes((code | 0x80, ILLEGAL_ADDRESS))
        return struct.pack(">BHH", code, address, written[0] if code in (5, 6) else count)
