"""Meters over HTTP: what all of them do when something is wrong."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import (
    BadAnswer,
    CannotConnect,
    DriverError,
    MeterDriver,
    WrongDevice,
)
from custom_components.ev_charger_pool.drivers.network.model import Connection
from custom_components.ev_charger_pool.drivers.network.models import network_meters

from .http_box import Mishap
from .meter_box import METERS, MeterBox

FAILURES = {
    Mishap.UNAUTHORIZED: DriverError,
    Mishap.FORBIDDEN: DriverError,
    Mishap.BUSY: BadAnswer,
    Mishap.FAILURE: BadAnswer,
    Mishap.HALF: BadAnswer,
    Mishap.CUT_JSON: BadAnswer,
    Mishap.NO_JSON: BadAnswer,
    Mishap.OTHER_MODEL: BadAnswer,
    Mishap.LIST: BadAnswer,
    Mishap.ENDLESS: BadAnswer,
    Mishap.ELSEWHERE: BadAnswer,
    Mishap.RESET: CannotConnect,
    Mishap.HANG: CannotConnect,
}


@pytest.fixture(params=METERS)
def model(request: pytest.FixtureRequest) -> str:
    model: str = request.param
    return model


@pytest.fixture
async def box(socket_enabled: None, model: str) -> AsyncGenerator[MeterBox]:
    async with METERS[model].box() as box:
        yield box


@pytest.fixture
async def meter(box: MeterBox, model: str, session: aiohttp.ClientSession) -> MeterDriver:
    return box.driver(model, session)


def test_every_meter_over_http_has_a_box_to_be_tested_with() -> None:
    assert set(METERS) == {key for key, meter in network_meters().items() if meter.connection is Connection.HTTP}


async def test_it_tells_who_it_is(meter: MeterDriver, model: str) -> None:
    assert await meter.identify() == METERS[model].identity
    assert meter.poll_interval == 1


async def test_another_device_of_its_maker_is_refused(meter: MeterDriver, box: MeterBox, model: str) -> None:
    box.says = METERS[model].stranger
    with pytest.raises(WrongDevice):
        await meter.identify()


@pytest.mark.parametrize("says", [{}, {"/api": {}, "/shelly": {}}, {"/api": [1], "/shelly": "7"}])
async def test_another_device_is_refused(meter: MeterDriver, box: MeterBox, says: dict[str, Any]) -> None:
    box.says = says
    with pytest.raises(WrongDevice):
        await meter.identify()


@pytest.mark.parametrize("other", METERS)
async def test_no_model_takes_another_for_its_own(
    box: MeterBox, model: str, other: str, session: aiohttp.ClientSession
) -> None:
    if other != model:
        with pytest.raises(WrongDevice):
            await box.driver(other, session).identify()


@pytest.mark.parametrize("mishap", FAILURES)
async def test_a_reading_that_fails(meter: MeterDriver, box: MeterBox, mishap: Mishap) -> None:
    await meter.identify()
    box.befall(mishap)
    with pytest.raises(FAILURES[mishap]):
        await meter.read()


@pytest.mark.parametrize("mishap", [Mishap.HALF, Mishap.CUT_JSON, Mishap.FAILURE, Mishap.HANG])
async def test_after_a_failure_it_measures_again(meter: MeterDriver, box: MeterBox, mishap: Mishap) -> None:
    await meter.identify()
    before = await meter.read()
    box.befall(mishap)
    with pytest.raises(DriverError):
        await meter.read()
    assert (await meter.read()).amperes == before.amperes


@pytest.mark.parametrize("nonsense", ["", "{", "null", "{}", '{"errors": 7}'])
async def test_nonsense_is_refused(meter: MeterDriver, box: MeterBox, model: str, nonsense: str) -> None:
    await meter.identify()
    box.says = box.says | {METERS[model].measures: nonsense}
    with pytest.raises(BadAnswer):
        await meter.read()


async def test_nobody_there(socket_enabled: None, model: str, session: aiohttp.ClientSession) -> None:
    async with METERS[model].box() as box:
        meter = box.driver(model, session)
    with pytest.raises(CannotConnect):
        await meter.identify()
