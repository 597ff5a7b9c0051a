"""The search over HTTP finds each charger by its own model, asks one question at a time and changes nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from time import monotonic

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.network.model import Shared
from custom_components.ev_charger_pool.drivers.network.models import network_chargers
from custom_components.ev_charger_pool.drivers.network.search import FoundCharger, HttpLook
from custom_components.ev_charger_pool.drivers.search import Question, search
from custom_components.ev_charger_pool.drivers.targets import Target

from ..conftest import IMPATIENT
from .boxes import CASES
from .conftest import Charger, charger_box
from .http_box import Mishap

MODELS = list(network_chargers().values())
SEARCHED = [model.id for model in MODELS if model.searchable]


@pytest.fixture
async def boxes(socket_enabled: None) -> AsyncGenerator[dict[str, Charger]]:
    """One box of each model, each at a port of its own."""
    async with AsyncExitStack() as stack:
        running = {model: charger_box(model) for model in CASES}
        for charger in running.values():
            await stack.enter_async_context(charger.box)
        yield running


def at(*chargers: Charger) -> list[Target]:
    return [Target("127.0.0.1", charger.box.port) for charger in chargers]


async def look_at(session: aiohttp.ClientSession, *chargers: Charger, seconds: float = IMPATIENT) -> list[FoundCharger]:
    look = HttpLook(Shared(session=session), MODELS)
    return await search([Question(target, look) for target in at(*chargers)], seconds)


async def test_every_charger_is_found_by_its_own_model(
    boxes: dict[str, Charger], session: aiohttp.ClientSession
) -> None:
    found = await look_at(session, *boxes.values())
    assert {(one.port, one.model) for one in found} == {(boxes[model].box.port, model) for model in SEARCHED}
    assert {one.identity.serial for one in found} == {boxes[model].case.identity["serial"] for model in SEARCHED}
    assert not [asked for charger in boxes.values() for asked in charger.box.writes()]


async def test_one_question_at_a_time(boxes: dict[str, Charger], session: aiohttp.ClientSession) -> None:
    await look_at(session, *boxes.values())
    assert {charger.box.at_once for charger in boxes.values()} == {1}


@pytest.mark.parametrize("mishap", [Mishap.HANG, Mishap.RESET])
async def test_one_that_does_not_answer_is_not_asked_again(
    boxes: dict[str, Charger], session: aiohttp.ClientSession, mishap: Mishap
) -> None:
    silent, other = boxes["smartevse_v3"], boxes["goe_v2"]
    silent.box.mishaps.extend([mishap] * 99)
    found = await look_at(session, silent, other)
    assert [one.model for one in found] == ["goe_v2"]
    assert len({asked.path for asked in silent.box.asked}) == 1


async def test_what_makes_no_sense_is_asked_for_the_next_model(
    boxes: dict[str, Charger], session: aiohttp.ClientSession
) -> None:
    odd = boxes["tinkerforge_warp"]
    odd.box.mishaps.extend([Mishap.NO_JSON, Mishap.FAILURE])
    assert [one.model for one in await look_at(session, odd)] == ["tinkerforge_warp"]


async def test_what_answered_is_not_asked_again_over_http(
    boxes: dict[str, Charger], session: aiohttp.ClientSession
) -> None:
    box, look = boxes["goe_v2"], HttpLook(Shared(session=session), MODELS)
    questions = [Question(target, look) for target in [*at(box), *at(box)]]
    assert [one.model for one in await search(questions, IMPATIENT)] == ["goe_v2"]


async def test_it_can_be_cancelled(boxes: dict[str, Charger], session: aiohttp.ClientSession) -> None:
    silent = boxes["goe_v2"]
    silent.box.mishaps.append(Mishap.HANG)
    task = asyncio.create_task(look_at(session, silent, seconds=30.0))
    await silent.box.hanging.wait()
    started = monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert monotonic() - started < IMPATIENT
