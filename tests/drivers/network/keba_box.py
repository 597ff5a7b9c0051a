"""A KEBA KeContact made of the reports that its programmer's guide shows."""

import asyncio
from collections.abc import Callable
import json
from types import TracebackType
from typing import Any, Self

OK = "TCH-OK :done\n"
REFUSED = "TCH-ERR\n"


class KebaBox(asyncio.DatagramProtocol):
    """Answers to the port that all answers go to, wherever a question came from.

    Args:
        reply_port: Where it answers to, 7090 in a real one.
        serial: Of the box.
        status: What differs from an idle P30 in report 2.
        measured: What differs in report 3.
    """

    def __init__(
        self,
        reply_port: int,
        serial: str = "17625628",
        status: dict[str, Any] | None = None,
        measured: dict[str, Any] | None = None,
    ) -> None:
        self.reply_port = reply_port
        self.running = 67399
        self.about: dict[str, Any] = {
            "ID": "1",
            "Product": "KC-P30-EC240422-E0R",
            "Serial": serial,
            "Firmware": "P30 v 3.10.16 (180417-150256)",
            "COM-module": 0,
        }
        self.status: dict[str, Any] = {
            "ID": "2",
            "State": 1,
            "Error1": 0,
            "Error2": 0,
            "Plug": 1,
            "AuthON": 0,
            "Authreq": 0,
            "Enable sys": 0,
            "Enable user": 1,
            "Max curr": 0,
            "Max curr %": 1000,
            "Curr HW": 32000,
            "Curr user": 16000,
            "Curr FS": 0,
            "Tmo FS": 0,
            "Curr timer": 0,
            "Tmo CT": 0,
            "Setenergy": 0,
            "Output": 0,
            "Input": 0,
            "Serial": serial,
        } | (status or {})
        self.measured: dict[str, Any] = {
            "ID": "3",
            "U1": 0,
            "U2": 0,
            "U3": 0,
            "I1": 0,
            "I2": 0,
            "I3": 0,
            "P": 0,
            "PF": 0,
            "E pres": 0,
            "E total": 4781461,
            "Serial": serial,
        } | (measured or {})
        self.heard: list[str] = []
        self.times: list[float] = []
        self.asked = asyncio.Event()
        self.says: list[Callable[[str], list[bytes]]] = []
        """What is done instead of answering, one for each of the next questions."""
        self.port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
        self.port = self.transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.transport.close()
        await asyncio.sleep(0)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        self.heard.append(text)
        self.times.append(asyncio.get_running_loop().time())
        answers = self.says.pop(0)(text) if self.says else [self.answer(text)]
        for answer in answers:
            self.send(answer)
        self.asked.set()

    def send(self, data: bytes) -> None:
        self.transport.sendto(data, ("127.0.0.1", self.reply_port))

    def answer(self, text: str) -> bytes:
        match text.split():
            case ["i"]:
                return f'"Firmware":"{self.about["Firmware"]}"\n'.encode()
            case ["report", number]:
                report = {"1": self.about, "2": self.status, "3": self.measured}[number]
                return json.dumps(report | {"Sec": self.running}, indent=0).encode()
            case ["curr", value] if value == "0" or 6000 <= int(value) <= 63000:
                self.status["Curr user"] = int(value)
            case ["ena", "0" | "1" as value]:
                self.status |= {"Enable user": int(value), "Max curr": int(value) * self.status["Curr user"]}
            case ["failsafe", seconds, value, "0"] if 10 <= int(seconds) <= 600 and 6000 <= int(value) <= 63000:
                self.status |= {"Tmo FS": int(seconds), "Curr FS": int(value)}
            case _:
                return REFUSED.encode()
        return OK.encode()


def silence(_: str) -> list[bytes]:
    return []
