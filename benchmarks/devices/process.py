"""The process of the devices as the bench sees it."""

from asyncio import StreamReader, StreamWriter, create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import sys
from typing import Any

type Place = dict[str, Any]
"""How a config entry names a device."""
type Intervals = dict[str, list[float]]
"""Seconds between two polls, by charger."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices that answer.

    Args:
        meter: Where it is.
        chargers: Where they are, by name of their fixture.
        commands: To their process.
        answers: Of their process.
    """

    meter: Place
    chargers: dict[str, Place]
    commands: StreamWriter
    answers: StreamReader

    async def intervals(self, hang: str | None = None) -> Intervals:
        """How the chargers were polled since the last call; one of them may hang from now on."""
        self.commands.write(json.dumps({"hang": hang}).encode() + b"\n")
        told: Intervals = json.loads(await self.answers.readline())
        return told


@asynccontextmanager
async def running(chargers: Sequence[str], seed: int) -> AsyncGenerator[Devices]:
    """A meter and chargers in a process of their own.

    Args:
        chargers: Names of their fixtures.
        seed: Of what the house draws.

    Raises:
        RuntimeError: Where the process does not start.
    """
    command = (sys.executable, "-m", f"{__package__}", str(seed), *chargers)
    process = await create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process of the devices has no pipes")
    try:
        if not (line := await process.stdout.readline()):
            raise RuntimeError("the process of the devices has ended")
        yield Devices(**json.loads(line), commands=process.stdin, answers=process.stdout)
    finally:
        process.stdin.close()
        await process.wait()
