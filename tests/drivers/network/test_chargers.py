"""Every charger of the catalogue against a box that answers as its maker says; a new one needs a case beside them."""

from dataclasses import asdict, replace

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import (
    AccessDenied,
    BadAnswer,
    Busy,
    CannotConnect,
    DriverError,
    Identity,
    WrongDevice,
)
from custom_components.ev_charger_pool.drivers.network.model import Connection
from custom_components.ev_charger_pool.drivers.network.models import network_chargers
from custom_components.ev_charger_pool.pool.model import ChargerValues, VehicleState

from .boxes import CASES
from .conftest import Charger
from .http_box import Mishap

MODELS = sorted(CASES)
every_charger = pytest.mark.parametrize("charger", MODELS, indirect=True)

FAILURES = {
    Mishap.UNAUTHORIZED: AccessDenied,
    Mishap.FORBIDDEN: AccessDenied,
    Mishap.BUSY: Busy,
    Mishap.FAILURE: BadAnswer,
    Mishap.HALF: BadAnswer,
    Mishap.CUT_JSON: BadAnswer,
    Mishap.NO_JSON: BadAnswer,
    Mishap.ENDLESS: BadAnswer,
    Mishap.ELSEWHERE: BadAnswer,
    Mishap.RESET: CannotConnect,
    Mishap.HANG: CannotConnect,
}


def cases(field: str) -> list[tuple[str, int]]:
    """Every charger with every entry of a list of its case."""
    return [(model, index) for model in MODELS for index in range(len(getattr(CASES[model], field)))]


def test_every_charger_over_http_has_a_box_to_be_tested_with() -> None:
    over_http = {model.id for model in network_chargers().values() if model.connection is Connection.HTTP}
    assert over_http == set(CASES)


@every_charger
async def test_it_knows_its_box(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    assert await driver.identify() == Identity(**charger.case.identity)
    told = asdict(driver.capability)
    assert {name: told[name] for name in charger.case.capability} == charger.case.capability
    assert not charger.box.writes()


@every_charger
async def test_it_reads_all_values(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    values = asdict(await driver.read())
    assert values["amperes"] == pytest.approx(charger.case.values["amperes"])
    assert values["watts"] == pytest.approx(charger.case.values["watts"])
    expected = asdict(ChargerValues()) | charger.case.values
    assert values | {"amperes": (), "watts": 0} == expected | {"amperes": (), "watts": 0}
    assert not charger.box.writes()


@pytest.mark.parametrize(("charger", "index"), cases("states"), indirect=["charger"])
async def test_it_knows_the_state(charger: Charger, index: int, session: aiohttp.ClientSession) -> None:
    changes, letter = charger.case.states[index]
    driver = charger.driver(session)
    await driver.identify()
    charger.says |= changes
    assert (await driver.read()).state == (letter and VehicleState(letter))


@pytest.mark.parametrize("charger", [model for model in MODELS if CASES[model].fault], indirect=True)
async def test_it_tells_a_fault(charger: Charger, session: aiohttp.ClientSession) -> None:
    assert charger.case.fault is not None
    changes, fault = charger.case.fault
    driver = charger.driver(session)
    await driver.identify()
    charger.says |= changes
    assert (await driver.read()).fault == fault


@pytest.mark.parametrize(("charger", "index"), cases("sets"), indirect=["charger"])
async def test_it_sets_the_limit(charger: Charger, index: int, session: aiohttp.ClientSession) -> None:
    limit, asked = list(charger.case.sets.items())[index]
    driver = charger.driver(session)
    await driver.identify()
    await driver.read()
    await driver.write_limit(limit)
    assert charger.box.writes() == asked
    step = driver.capability.step
    assert limit - step < ((await driver.read()).limit or 0) <= limit


@every_charger
async def test_it_pauses_and_resumes(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    await driver.write_limit(0)
    assert charger.box.writes() == charger.case.pauses
    assert (await driver.read()).limit == 0
    charger.box.asked.clear()
    await driver.write_limit(10)
    assert charger.box.writes() == charger.case.resumes
    assert (await driver.read()).limit == 10


@every_charger
@pytest.mark.parametrize("limit", [-1.0, 5.9, 33.0, float("nan")])
async def test_what_no_charger_can_have_is_not_sent(
    charger: Charger, limit: float, session: aiohttp.ClientSession
) -> None:
    driver = charger.driver(session)
    await driver.identify()
    with pytest.raises(ValueError, match="A is neither 0 nor from"):
        await driver.write_limit(limit)
    assert not charger.box.writes()


@every_charger
async def test_its_phases_are_not_switched(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    assert not driver.capability.phase_switch
    with pytest.raises(ValueError, match="cannot be switched"):
        await driver.write_phases(1)
    assert not charger.box.asked


@pytest.mark.parametrize(("charger", "index"), cases("notices"), indirect=["charger"])
async def test_it_tells_what_the_box_does_by_itself(
    charger: Charger, index: int, session: aiohttp.ClientSession
) -> None:
    changes, notices = charger.case.notices[index]
    charger.says |= changes
    driver = charger.driver(session)
    await driver.identify()
    assert (await driver.read()).notices == notices


@every_charger
@pytest.mark.parametrize("mishap", FAILURES)
async def test_a_reading_that_fails(charger: Charger, mishap: Mishap, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.box.befall(mishap)
    with pytest.raises(FAILURES[mishap]):
        await driver.read()


@every_charger
@pytest.mark.parametrize("mishap", [Mishap.OTHER_MODEL, Mishap.LIST])
async def test_a_reading_of_something_else(charger: Charger, mishap: Mishap, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.box.mishaps.append(mishap)
    with pytest.raises((BadAnswer, WrongDevice)):
        await driver.read()


@every_charger
@pytest.mark.parametrize("mishap", [Mishap.UNAUTHORIZED, Mishap.BUSY, Mishap.FAILURE, Mishap.RESET, Mishap.HANG])
async def test_a_write_that_fails(charger: Charger, mishap: Mishap, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    await driver.read()
    charger.box.befall(mishap)
    with pytest.raises(FAILURES[mishap]):
        await driver.write_limit(10)


@every_charger
@pytest.mark.parametrize("mishap", [Mishap.OTHER_MODEL, Mishap.LIST])
async def test_another_device_is_not_taken_for_it(
    charger: Charger, mishap: Mishap, session: aiohttp.ClientSession
) -> None:
    charger.box.mishaps.append(mishap)
    with pytest.raises(WrongDevice):
        await charger.driver(session).identify()


@pytest.mark.parametrize(
    ("charger", "model"),
    [(box, model) for box in MODELS for model in MODELS if model != box],
    indirect=["charger"],
)
async def test_no_model_takes_another_for_its_own(charger: Charger, model: str, session: aiohttp.ClientSession) -> None:
    with pytest.raises(WrongDevice):
        await replace(charger, id=model).driver(session).identify()
    assert not charger.box.writes()


@every_charger
async def test_it_has_one_socket(charger: Charger, session: aiohttp.ClientSession) -> None:
    with pytest.raises(WrongDevice, match="no socket 2"):
        await charger.driver(session, connector=2).identify()


@pytest.mark.parametrize("charger", [model for model in MODELS if CASES[model].serial], indirect=True)
async def test_another_box_at_its_address_is_noticed(charger: Charger, session: aiohttp.ClientSession) -> None:
    assert charger.case.serial is not None
    driver = charger.driver(session)
    await driver.identify()
    known = charger.says[charger.case.serial]
    charger.says[charger.case.serial] = known + 1 if isinstance(known, int) else "other"
    with pytest.raises(WrongDevice):
        await driver.read()


@every_charger
async def test_nobody_there(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await charger.box.__aexit__()
    with pytest.raises(CannotConnect):
        await driver.identify()
    await charger.box.__aenter__()


@every_charger
@pytest.mark.parametrize("host", ["", "no such host", "http://192.168.1.5", "192.168.1.5/settings", "a" * 300])
async def test_what_is_no_address(charger: Charger, host: str, session: aiohttp.ClientSession) -> None:
    with pytest.raises(DriverError):
        await charger.driver(session, host=host).identify()
