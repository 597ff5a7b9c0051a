"""A charger that Home Assistant has already and that is found on the network as well is one charger."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest

from tests.drivers.conftest import FIXTURES
from tests.drivers.raw_server import RawServer
from tests.flow.test_charger_subentry import PLACE, begin, chargers, find, proceed
from tests.houses import add_site, charger, options
from tests.mappings.box import Box

SERIAL = FIXTURES["peblar_modbus"]["identity"]["serial"]


@pytest.fixture
async def over_modbus(socket_enabled: None) -> AsyncGenerator[RawServer]:
    async with RawServer(FIXTURES["peblar_modbus"]) as server:
        yield server


@pytest.fixture
def integrated(hass: HomeAssistant) -> Box:
    """The charger in the integration of its maker, which tells neither its host nor the serial number that it has."""
    box = Box(hass, "peblar")
    tell(hass, box, serial_number=None)
    return box


def tell(hass: HomeAssistant, box: Box, **changes: Any) -> None:
    assert box.device is not None
    dr.async_get(hass).async_update_device(box.device.id, **changes)


def driver_at(server: RawServer, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "modbus",
        "profile": "peblar_modbus",
        "host": "127.0.0.1",
        "port": server.port,
        "unit": 255,
        "connector": 1,
        **changes,
    }


async def found(hass: HomeAssistant, entry: ConfigEntry, server: RawServer) -> Any:
    return await find(hass, await begin(hass, entry, "search"), server.port)


@pytest.mark.parametrize(
    "told",
    [
        {"serial_number": SERIAL},
        {"configuration_url": "http://127.0.0.1/settings"},
        {"new_identifiers": {("peblar", SERIAL)}},
    ],
    ids=["serial number", "page", "identifier"],
)
async def test_it_is_offered_once_with_a_choice(
    hass: HomeAssistant, over_modbus: RawServer, integrated: Box, told: dict[str, Any]
) -> None:
    tell(hass, integrated, **told)
    entry = add_site(hass)
    result = await found(hass, entry, over_modbus)
    key = f"127.0.0.1:{over_modbus.port}/255"
    assert options(result, "found") == [key]
    result = await proceed(hass, result, found=key)
    assert result["step_id"] == "way"
    other = integrated.sources["sensor.box_state"]
    assert options(result, "way") == [key, other]
    assert "- **Peblar EV Charger**: tells the current" in result["description_placeholders"]["ways"]

    result = await proceed(hass, result, way=other)
    assert result["step_id"] == "try"
    result = await proceed(hass, await proceed(hass, result, try_now=False), **PLACE)
    (saved,) = chargers(entry).values()
    assert saved["driver"]["mapping"] == "peblar"
    # It is in the site now, whatever the way.
    result = await found(hass, entry, over_modbus)
    assert (result["step_id"], result["errors"]) == ("search", {"base": "nothing_found"})


async def test_the_host_that_its_integration_was_set_up_with(
    hass: HomeAssistant, over_modbus: RawServer, integrated: Box
) -> None:
    assert integrated.device is not None
    entry = hass.config_entries.async_get_entry(integrated.device.config_entry_id)
    assert entry is not None
    hass.config_entries.async_update_entry(entry, data={"host": "127.0.0.1"})
    result = await found(hass, add_site(hass), over_modbus)
    result = await proceed(hass, result, found=options(result, "found")[0])
    assert len(options(result, "way")) == 2


async def test_the_host_of_an_integration_with_several_devices_tells_nothing(
    hass: HomeAssistant, over_modbus: RawServer, integrated: Box
) -> None:
    assert integrated.device is not None
    entry = hass.config_entries.async_get_entry(integrated.device.config_entry_id)
    assert entry is not None
    hass.config_entries.async_update_entry(entry, data={"host": "127.0.0.1"})
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={("peblar", "another")})
    result = await found(hass, add_site(hass), over_modbus)
    assert (await proceed(hass, result, found=options(result, "found")[0]))["step_id"] == "details"


async def test_another_charger_of_the_same_make_stays_another(
    hass: HomeAssistant, over_modbus: RawServer, integrated: Box
) -> None:
    tell(hass, integrated, serial_number="other", configuration_url="http://192.168.9.7")
    result = await found(hass, add_site(hass), over_modbus)
    assert (await proceed(hass, result, found=options(result, "found")[0]))["step_id"] == "details"


async def test_one_that_a_site_reaches_over_modbus_is_not_recognised_as_another(
    hass: HomeAssistant, over_modbus: RawServer, integrated: Box
) -> None:
    entry = add_site(hass, charger("Left", driver_at(over_modbus), None))
    assert options(await begin(hass, entry, "recognised"), "recognised")
    tell(hass, integrated, configuration_url="http://127.0.0.1")
    flow = await hass.config_entries.subentries.async_init((entry.entry_id, "charger"), context={"source": "user"})
    assert flow["menu_options"] == ["search", "host", "entities"]


async def test_the_address_of_a_gateway_is_not_that_of_the_charger_behind_it(
    hass: HomeAssistant, over_modbus: RawServer, integrated: Box
) -> None:
    entry = add_site(hass, charger("Left", driver_at(over_modbus, framing="rtu"), None))
    tell(hass, integrated, configuration_url="http://127.0.0.1")
    assert options(await begin(hass, entry, "recognised"), "recognised")
