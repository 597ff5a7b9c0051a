"""Every meter's profile against a device made of raw words."""

from dataclasses import asdict
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import BadAnswer, CannotConnect, Identity, WrongDevice
from custom_components.ev_charger_pool.drivers.profile_library import meter_profiles

from .conftest import FIXTURES, METERS, MeterOf
from .raw_server import Mishap, RawServer

every_meter = pytest.mark.parametrize("fixture", METERS, indirect=True)


def expected(values: dict[str, Any]) -> dict[str, Any]:
    return values | {name: tuple(values[name]) for name in ("amperes", "watts")}


def test_every_profile_has_a_device_to_be_tested_with() -> None:
    assert {FIXTURES[name]["profile"] for name in METERS} == set(meter_profiles())


@every_meter
async def test_it_knows_its_device(server: RawServer, fixture: dict[str, Any], meter_of: MeterOf) -> None:
    assert await meter_of(server, fixture["profile"]).identify() == Identity(**fixture["identity"])


@every_meter
async def test_currents_have_the_direction_of_their_power(
    server: RawServer, fixture: dict[str, Any], meter_of: MeterOf
) -> None:
    driver = meter_of(server, fixture["profile"])
    assert asdict(await driver.read()) == expected(fixture["values"])
    assert driver.poll_interval <= 1


@every_meter
async def test_current_and_power_come_in_one_telegram_where_they_are_neighbours(
    server: RawServer, fixture: dict[str, Any], meter_of: MeterOf
) -> None:
    await meter_of(server, fixture["profile"]).read()
    assert len(server.requests) == fixture.get("telegrams", 1)


@pytest.mark.parametrize(
    ("fixture", "case"),
    [(name, index) for name in METERS for index in range(len(FIXTURES[name]["missing"]))],
    indirect=["fixture"],
)
async def test_what_is_not_available_or_absurd_is_none(
    server: RawServer, fixture: dict[str, Any], case: int, meter_of: MeterOf
) -> None:
    missing = fixture["missing"][case]
    server.set(missing["registers"])
    assert asdict(await meter_of(server, fixture["profile"]).read()) == expected(fixture["values"] | missing["values"])


@every_meter
async def test_words_in_the_wrong_order_are_no_current(
    server: RawServer, fixture: dict[str, Any], meter_of: MeterOf
) -> None:
    server.set([fixture["swapped"]])
    assert (await meter_of(server, fixture["profile"]).read()).amperes == (None, None, None)


@every_meter
async def test_another_device_is_refused(server: RawServer, fixture: dict[str, Any], meter_of: MeterOf) -> None:
    server.set(fixture["another"])
    with pytest.raises(WrongDevice):
        await meter_of(server, fixture["profile"]).identify()


@every_meter
async def test_no_profile_takes_another_ones_device(
    server: RawServer, fixture: dict[str, Any], meter_of: MeterOf
) -> None:
    for name, profile in meter_profiles().items():
        if name != fixture["profile"]:
            with pytest.raises(WrongDevice):
                await meter_of(server, name, unit=profile.transport.unit).identify()


@every_meter
@pytest.mark.parametrize(
    ("mishap", "error"),
    [
        (Mishap.SHORT, BadAnswer),
        (Mishap.NONSENSE, BadAnswer),
        (Mishap.BUSY, BadAnswer),
        (Mishap.SILENCE, CannotConnect),
        (Mishap.LATE, CannotConnect),
        (Mishap.CUT, CannotConnect),
    ],
)
async def test_a_failure_is_told_and_the_next_answer_is_good(
    server: RawServer, fixture: dict[str, Any], mishap: Mishap, error: type[Exception], meter_of: MeterOf
) -> None:
    driver = meter_of(server, fixture["profile"])
    server.mishaps.append(mishap)
    with pytest.raises(error):
        await driver.read()
    assert asdict(await driver.read()) == expected(fixture["values"])
