"""Devices made of raw words, and drivers that talk to them without waiting."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger
from custom_components.ev_charger_pool.drivers.modbus_meter import ModbusMeter
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles, meter_profiles
from custom_components.ev_charger_pool.drivers.profile_model import ChargerProfile, DeviceProfile

from .raw_server import RawServer

FIXTURES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "fixtures").glob("*.yaml"))
}
CHARGERS = [name for name, fixture in FIXTURES.items() if not fixture.get("meter")]
METERS = [name for name, fixture in FIXTURES.items() if fixture.get("meter")]

IMPATIENT = 0.3
"""Seconds that drivers under test wait for an answer: long for a busy machine, short for a test."""

type ChargerOf = Callable[..., ModbusCharger]
type MeterOf = Callable[..., ModbusMeter]


def hurried[Profile: DeviceProfile](profile: Profile) -> Profile:
    """A profile without the waiting that the device asks for."""
    profile = replace(profile, transport=replace(profile.transport, gap=0.0))
    if isinstance(profile, ChargerProfile):
        variants = tuple(replace(variant, profile=hurried(variant.profile)) for variant in profile.variants)
        return replace(profile, capability=replace(profile.capability, write_interval=0.0), variants=variants)
    return profile


@pytest.fixture
def fixture(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The raw fixture of this case, parametrised by name."""
    return FIXTURES[request.param]


@pytest.fixture
async def server(socket_enabled: None, fixture: dict[str, Any]) -> AsyncGenerator[RawServer]:
    """The device of this case."""
    async with RawServer(fixture) as server:
        yield server


@pytest.fixture
def connections() -> Connections:
    return Connections(timeout=IMPATIENT)


@pytest.fixture
async def charger_of(connections: Connections) -> AsyncGenerator[ChargerOf]:
    """Makes drivers for chargers, closed at the end."""
    drivers: list[ModbusCharger] = []

    def make(server: RawServer, profile: str, **options: Any) -> ModbusCharger:
        arguments = {"unit": server.default_unit} | options
        drivers.append(
            ModbusCharger(connections, hurried(charger_profiles()[profile]), "127.0.0.1", server.port, **arguments)
        )
        return drivers[-1]

    yield make
    for driver in drivers:
        await driver.close()


@pytest.fixture
async def meter_of(connections: Connections) -> AsyncGenerator[MeterOf]:
    """Makes drivers for meters, closed at the end."""
    drivers: list[ModbusMeter] = []

    def make(server: RawServer, profile: str, **options: Any) -> ModbusMeter:
        arguments = {"unit": server.default_unit} | options
        drivers.append(ModbusMeter(connections, meter_profiles()[profile], "127.0.0.1", server.port, **arguments))
        return drivers[-1]

    yield make
    for driver in drivers:
        await driver.close()
