"""The process of the devices: chargers and a meter made of the raw words that the tests have.

It tells where they are in a line of JSON. Then every line it is told is a command, which may name the charger that is
to ``hang`` from now on; the answer is the seconds between two polls of every charger since the command before.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import repeat
import json
from pathlib import Path
from random import Random
import struct
import sys
from typing import Any

import yaml

from tests.drivers.raw_server import Mishap, RawServer

FIXTURES = Path(__file__).parents[2] / "tests" / "drivers" / "fixtures"
HOST = "127.0.0.1"
METER = "eastron_sdm630"
VOLTS = 230.0
BASE, NOISE = (2.0, 1.5, 1.0), 0.3
"""Currents of the house besides hob and cars, and how far they wander, A."""
HOB, HOB_ON, HOB_OFF = 9.0, 10.0, 15.0
"""Its current on L2, A, and how it cycles, s."""
METER_PERIOD = 0.25
"""Seconds between two values of the meter."""
ENDLESS = 100_000
"""More requests than a charger is asked while the bench runs."""


def _fixture(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((FIXTURES / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def _place(fixture: Mapping[str, Any], server: RawServer) -> dict[str, Any]:
    """How an entry names the device."""
    where = {"host": HOST, "port": server.port, "unit": fixture["unit"]}
    return {"kind": "modbus", "profile": fixture["profile"], **where}


async def _measure(meter: RawServer, cars: Sequence[float], seed: int) -> None:
    """Let the meter show a house that lives beside cars that draw what their chargers tell."""
    chance, loop = Random(seed), asyncio.get_running_loop()  # noqa: S311 - no secret
    while True:
        hob = HOB if loop.time() % (HOB_ON + HOB_OFF) < HOB_ON else 0.0
        amperes = [car + base + chance.uniform(-NOISE, NOISE) for car, base in zip(cars, BASE, strict=True)]
        amperes[1] += hob
        for address, values in ((0x06, amperes), (0x0C, [VOLTS * ampere for ampere in amperes])):
            words = struct.unpack(">6H", struct.pack(">3f", *values))
            meter.set([{"code": 4, "address": address, "words": words}])
        await asyncio.sleep(METER_PERIOD)


def _answer(command: Mapping[str, Any], chargers: Mapping[str, RawServer]) -> Mapping[str, list[float]]:
    if (name := command.get("hang")) is not None:
        chargers[name].mishaps = deque(repeat(Mishap.SILENCE, ENDLESS))
    return {name: charger.intervals() for name, charger in chargers.items()}


async def _serve(names: Sequence[str], seed: int) -> None:
    house, fixtures = _fixture(METER), {name: _fixture(name) for name in names}
    cars = [sum(fixture["values"]["amperes"][phase] for fixture in fixtures.values()) for phase in range(len(BASE))]
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        meter = await stack.enter_async_context(RawServer(house))
        chargers = {name: await stack.enter_async_context(RawServer(fixture)) for name, fixture in fixtures.items()}
        measuring = loop.create_task(_measure(meter, cars, seed))
        places = {name: _place(fixtures[name], charger) for name, charger in chargers.items()}
        print(json.dumps({"meter": _place(house, meter), "chargers": places}), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(_answer(json.loads(line), chargers)), flush=True)
        measuring.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[2:], int(sys.argv[1])))
