"""Home Assistant with this integration, and devices for its forms to talk to."""

from collections.abc import AsyncGenerator, Generator
from datetime import datetime
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from demo.house import DemoHouse
from tests.drivers.conftest import FIXTURES
from tests.drivers.raw_server import RawServer
from tests.virtual_house import VirtualHouse


@pytest.fixture(autouse=True)
def load_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load this integration, in the tests that have one."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def freezer(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Time that stands still at noon in the tests' own time zone: no hour and no day ends by chance."""
    freezer.move_to(datetime(2026, 11, 20, 12, tzinfo=dt_util.get_default_time_zone()))
    return freezer


@pytest.fixture
def no_set_up() -> Generator[None]:
    """Save entries without running them."""
    with patch(f"custom_components.{DOMAIN}.async_setup_entry", return_value=True):
        yield


@pytest.fixture
async def meter_box(socket_enabled: None) -> AsyncGenerator[RawServer]:
    """A meter that reads -13.5 A, 16.1 A and -0.25 A."""
    async with RawServer(FIXTURES["eastron_sdm630"]) as server:
        yield server


@pytest.fixture
async def charger_box(socket_enabled: None) -> AsyncGenerator[RawServer]:
    """A charger with two sockets and the serial number ACE0123456."""
    async with RawServer(FIXTURES["alfen_eve"]) as server:
        yield server


@pytest.fixture
async def house(
    hass: HomeAssistant, socket_enabled: None, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[VirtualHouse]:
    """The demo's house behind real sockets, in time that only passes when a test lets it."""
    demo = DemoHouse()
    await demo.plug_in()
    virtual = VirtualHouse(hass, freezer, demo)
    yield virtual
    await virtual.unload()
    await demo.unplug()
