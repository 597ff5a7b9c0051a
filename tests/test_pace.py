"""One charger that is dead, slow or lying beside nine that are well: these and the meter keep their pace.

Each is behind a socket of its own; time passes only when the test lets it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from itertools import repeat
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from tests.drivers.conftest import FIXTURES
from tests.drivers.raw_server import Mishap, RawServer
from tests.houses import add_site, charger

METER = "eastron_sdm630"
NINE = (
    "abb_terra_ac",
    "alfen_eve",
    "amperfied_connect",
    "bender_cc",
    "cfos_power_brain",
    "etrel_inch",
    "goe_modbus",
    "peblar_modbus",
    "victron_evcs",
)
TENTH = "abl_em4"
INTERVALS = {METER: 1.0} | dict.fromkeys(NINE, 2.0)
"""Seconds, as fast as each may be asked."""
TOLERANCE = 0.5
STEP, TURNS_OF_THE_LOOP = 0.1, 40
"""So far time jumps, s, and then there is enough for several requests to go to a device and back."""
SETTLED, ILL = 10.0, 60.0
SLOW = 2.9
"""Seconds; just within the patience of a driver."""


@pytest.fixture
async def boxes(socket_enabled: None) -> AsyncGenerator[dict[str, RawServer]]:
    """All devices by the name of their fixture."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(RawServer(FIXTURES[name])) for name in (METER, *NINE, TENTH)}


def place(name: str, box: RawServer) -> dict[str, Any]:
    fixture = FIXTURES[name]
    where = {"host": "127.0.0.1", "port": box.port, "unit": fixture["unit"]}
    return {"kind": "modbus", "profile": fixture["profile"], **where}


async def start(hass: HomeAssistant, boxes: dict[str, RawServer]) -> ConfigEntry:
    entry = add_site(
        hass,
        *(charger(name, {**place(name, boxes[name]), "connector": 1}, None) for name in (*NINE, TENTH)),
        meter=place(METER, boxes[METER]),
    )
    # Time jumps, so every callback would look slow.
    hass.loop.set_debug(False)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def pass_time(freezer: FrozenDateTimeFactory, seconds: float) -> None:
    for _ in range(round(seconds / STEP)):
        freezer.tick(STEP)
        for _ in range(TURNS_OF_THE_LOOP):
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "mishap",
    [None, Mishap.SILENCE, Mishap.LATE, Mishap.CUT, Mishap.NONSENSE],
    ids=lambda one: one.name if one else "GONE",
)
async def test_the_others_keep_their_pace(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, boxes: dict[str, RawServer], mishap: Mishap | None
) -> None:
    entry = await start(hass, boxes)
    await pass_time(freezer, SETTLED)
    assert all(device.online for device in entry.runtime_data.chargers.values())
    tenth = boxes[TENTH]
    if mishap is None:
        await tenth.stop()
    else:
        tenth.mishaps, tenth.late = deque(repeat(mishap, 1000)), SLOW
    for box in boxes.values():
        box.intervals()

    await pass_time(freezer, ILL)
    assert max(tenth.intervals()) > INTERVALS[NINE[0]] + TOLERANCE, "it is ill"
    late = {name: max(boxes[name].intervals()) - seconds for name, seconds in INTERVALS.items()}
    assert {name: round(seconds, 2) for name, seconds in late.items() if seconds > TOLERANCE} == {}

    unloading = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
    await pass_time(freezer, SETTLED)
    assert await unloading
