"""The one UDP port to which every KEBA charger answers.

A KeContact answers to port 7090 of whoever asks, whatever port the question came from. So one socket serves all
chargers, and the address an answer comes from tells whose it is (KeContact P20/P30 UDP programmers guide).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
import json

from ..interface import BadAnswer, CannotConnect
from .udp import Source, UdpPort, open_port, resolve

PORT = 7090
GAP = 0.1
"""Seconds between two commands to one charger (KeContact P20/P30 UDP programmers guide)."""
PATIENCE = 2.0
"""Seconds until an answer has to be there."""

type Overhear = Callable[[Source, str], None]


def report(text: str) -> dict[str, object] | None:
    """The fields of a report, None for what is none: a confirmation, or a push of a changed field, which has no ID.

    Raises:
        BadAnswer: Where a report is cut short.
    """
    if not text.startswith("{"):
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"{text[:60]!r} is no whole report") from error
    return fields if "ID" in fields else None


class Line:
    """What is said to one charger and heard from it: one command at a time, whoever asks.

    Args:
        send: Sends a text to the charger.
        address: Where it answers from.
        patience: Seconds until an answer has to be there.
        gap: Seconds between two commands.
    """

    def __init__(self, send: Callable[[str], None], address: Source, patience: float, gap: float) -> None:
        self.address = address
        self.users = 0
        self._send = send
        self._patience = patience
        self._gap = gap
        self._lock = asyncio.Lock()
        self._free_at = 0.0
        self._expecting: Callable[[str], None] | None = None

    async def report(self, number: int) -> dict[str, object]:
        """Ask for a report.

        Raises:
            CannotConnect: Where it does not answer.
            BadAnswer: Where the answer is cut short.
        """

        def understand(text: str) -> dict[str, object] | None:
            fields = report(text)
            return fields if fields is not None and str(fields["ID"]) == str(number) else None

        return await self._ask(f"report {number}", understand)

    async def command(self, text: str) -> None:
        """Give a command and wait until the charger has confirmed it.

        Raises:
            CannotConnect: Where it does not answer; the command may have been heard.
            BadAnswer: Where it refuses.
        """

        def understand(answer: str) -> bool | None:
            if answer.startswith("TCH-ERR"):
                raise BadAnswer(f"{self.address[0]} refuses {text!r}: {answer}")
            return True if answer.startswith("TCH-OK") else None

        await self._ask(text, understand)

    def hear(self, text: str) -> None:
        """A datagram came from the charger."""
        if self._expecting is not None:
            self._expecting(text)

    async def _ask[AnswerT](self, command: str, understand: Callable[[str], AnswerT | None]) -> AnswerT:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AnswerT] = loop.create_future()

        def expect(text: str) -> None:
            if answer.done():
                return
            try:
                understood = understand(text)
            except BadAnswer as error:
                answer.set_exception(error)
            else:
                if understood is not None:
                    answer.set_result(understood)

        async with self._lock:
            await asyncio.sleep(self._free_at - loop.time())
            self._expecting = expect
            try:
                self._send(command)
                async with asyncio.timeout(self._patience):
                    return await answer
            except TimeoutError as error:
                message = f"{self.address[0]}: no answer to {command!r} within {self._patience:g} s"
                raise CannotConnect(message) from error
            finally:
                self._expecting = None
                # An answer that comes late is not to be taken for the next one.
                answered = answer.done() and not answer.cancelled()
                self._free_at = loop.time() + (self._gap if answered else self._patience)


class KebaListener:
    """Holds the port as long as somebody uses it.

    Args:
        port: To listen on; anything but 7090 is for devices that are not real.
        patience: Seconds until an answer has to be there.
        gap: Seconds between two commands to one charger.
    """

    def __init__(self, port: int = PORT, patience: float = PATIENCE, gap: float = GAP) -> None:
        self._port = port
        self._patience = patience
        self._gap = gap
        self._lines: dict[Source, Line] = {}
        self._ears: list[Overhear] = []
        self._socket: UdpPort | None = None
        self._changing = asyncio.Lock()

    async def acquire(self, host: str, port: int = PORT) -> Line:
        """The line to a charger; give it back with ``release``.

        Raises:
            CannotConnect: Where the host is unknown, or another program holds the port.
        """
        address = await resolve(host, port)
        async with self._changing:
            await self._open()
            line = self._lines.get(address)
            if line is None:
                line = Line(lambda text: self.send(text, address), address, self._patience, self._gap)
                self._lines[address] = line
            line.users += 1
            return line

    async def release(self, line: Line) -> None:
        """Give a line back; the last user's closes the port."""
        line.users -= 1
        if not line.users:
            del self._lines[line.address]
        await self._close_unused()

    @asynccontextmanager
    async def overhear(self, hear: Overhear) -> AsyncGenerator[None]:
        """Tell of every datagram, whoever sends it.

        Raises:
            CannotConnect: Where another program holds the port.
        """
        async with self._changing:
            await self._open()
            self._ears.append(hear)
        try:
            yield
        finally:
            self._ears.remove(hear)
            await self._close_unused()

    def send(self, text: str, address: Source) -> None:
        """Send a text to an address, which may be a broadcast address; only while somebody listens."""
        if self._socket is not None:
            self._socket.send(text.encode(), address)

    async def _open(self) -> None:
        if self._socket is None:
            self._socket = await open_port(self._hear, self._port)

    async def _close_unused(self) -> None:
        async with self._changing:
            if self._socket is not None and not self._lines and not self._ears:
                closing, self._socket = self._socket, None
                await closing.close()

    def _hear(self, source: Source, data: bytes) -> None:
        text = data.decode("ascii", "replace").strip()
        for hear in self._ears:
            hear(source, text)
        # A device that answers from another port is still known where it is the only one at its address.
        here = [line for line in self._lines.values() if line.address[0] == source[0]]
        line = self._lines.get(source, here[0] if len(here) == 1 else None)
        if line is not None:
            line.hear(text)
