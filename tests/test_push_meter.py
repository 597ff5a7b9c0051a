"""A meter that sends by itself: each telegram is one reading at the time it came, and silence is a failure."""

import asyncio
from collections.abc import AsyncGenerator
import socket
from time import monotonic

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.coordinator import MeterCoordinator
from custom_components.ev_charger_pool.drivers.network.sma_speedwire import SmaMeter
from custom_components.ev_charger_pool.pool.model import Failure, MeterReading, Reading
from tests.drivers.conftest import IMPATIENT
from tests.drivers.network.test_sma_speedwire import LOOPBACK, Air, telegram

SERIAL = "1900012345"


@pytest.fixture
def port(socket_enabled: None) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def heard() -> asyncio.Queue[Reading]:
    return asyncio.Queue()


@pytest.fixture
async def meter(hass: HomeAssistant, port: int, heard: asyncio.Queue[Reading]) -> AsyncGenerator[MeterCoordinator]:
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    driver = SmaMeter(serial=SERIAL, port=port, interface=LOOPBACK, patience=IMPATIENT)
    meter = MeterCoordinator(
        hass, entry, source="main", name="Meter", driver=driver, driver_data={}, deliver=heard.put_nowait
    )
    meter.start()
    yield meter
    await meter.stop()


async def test_each_telegram_is_one_reading_and_silence_a_failure(
    meter: MeterCoordinator, port: int, heard: asyncio.Queue[Reading]
) -> None:
    air = Air(port)
    started = monotonic()
    while heard.empty():
        air.send(telegram("001f0400 000003e8"))
        await asyncio.sleep(0.01)
    readings = [await heard.get()]
    for ticks in (2, 3):
        sent = monotonic()
        air.send(telegram("001f0400 000003e8", ticks=ticks))
        async with asyncio.timeout(IMPATIENT):
            readings.append(await heard.get())
        assert sent <= readings[-1].taken <= monotonic()
    assert [reading.amperes[0] for reading in readings if isinstance(reading, MeterReading)] == [1, 1, 1]
    assert started <= readings[0].taken
    assert isinstance(failure := await heard.get(), Failure)
    assert "nothing of 1900012345" in failure.error
    assert not meter.online
    air.close()
