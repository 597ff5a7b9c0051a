"""Looking for chargers does not disturb those that a running site talks to."""

from contextlib import AsyncExitStack
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from tests.common import currents, devices, show_currents, until
from tests.drivers.conftest import FIXTURES
from tests.drivers.raw_server import RawServer
from tests.drivers.test_search import neighbours
from tests.flow.test_charger_subentry import PLACE, begin, driver_at, find, proceed
from tests.houses import add_site, charger, options
from tests.test_config_flow_discovery import announce

IDENTITY_UNIT = 200
"""Of the charger box, read when somebody asks who it is."""
VERSION = 100
"""Register of the Bender family, the same."""


async def run(hass: HomeAssistant, *subentries: Any, meter: dict[str, Any] | None = None) -> ConfigEntry:
    """A running site, all devices of which answer."""
    show_currents(hass, "mains", 1.0, 2.0, 3.0)
    meter = meter or {"kind": "entities", "currents": currents("mains")}
    entry = add_site(hass, *subentries, meter=meter)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, lambda: all(device.online for device in devices(entry)))
    return entry


def socket(server: RawServer, number: int, profile: str = "alfen_eve", **changes: Any) -> Any:
    driver = driver_at(server, profile=profile, unit=number, connector=number) | changes
    return charger(f"Socket {number}", driver, f"ACE0123456_{number}" if profile == "alfen_eve" else None)


def asked_who_it_is(server: RawServer) -> int:
    return sum(request.unit == IDENTITY_UNIT for request in server.requests)


def asked_for_version(server: RawServer) -> int:
    return sum(request.address == VERSION for request in server.requests)


async def test_a_box_in_use_is_not_asked_who_it_is(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = await run(hass, socket(charger_box, 1), socket(charger_box, 2))
    asked = asked_who_it_is(charger_box)
    result = await find(hass, await begin(hass, entry, "search"), charger_box.port)
    assert result["errors"] == {"base": "nothing_found"}
    assert (asked_who_it_is(charger_box), charger_box.accepted) == (asked, 1)


async def test_the_other_socket_is_found_over_the_connection_in_use(
    hass: HomeAssistant, charger_box: RawServer
) -> None:
    entry = await run(hass, socket(charger_box, 1))
    result = await find(hass, await begin(hass, entry, "search"), charger_box.port)
    assert options(result, "found") == [f"127.0.0.1:{charger_box.port}/2"]
    assert charger_box.accepted == 1


async def test_a_second_port_is_looked_for_beside_the_first(hass: HomeAssistant, socket_enabled: None) -> None:
    """A box that does not tell how many sockets it has may have one more."""
    async with AsyncExitStack() as stack:
        first, second = await neighbours(stack, FIXTURES["bender_cc"])
        entry = await run(hass, socket(first, 1, "bender_cc", unit=255))
        result = await find(hass, await begin(hass, entry, "search"), first.port)
        assert options(result, "found") == [f"127.0.0.1:{second.port}/255"]
        assert first.accepted == 1
        assert {request.unit for request in first.requests} == {255}
        result = await proceed(hass, result, found=f"127.0.0.1:{second.port}/255")
        await proceed(hass, await proceed(hass, result, **PLACE), arm=False)
        await until(hass, lambda: len(devices(entry)) == 3 and all(device.online for device in devices(entry)))

        asked = [asked_for_version(box) for box in (first, second)]
        result = await find(hass, await begin(hass, entry, "search"), first.port, second.port)
        assert result["errors"] == {"base": "nothing_found"}
        assert [asked_for_version(box) for box in (first, second)] == asked


async def test_a_meter_in_use_is_not_taken_for_a_charger(hass: HomeAssistant, meter_box: RawServer) -> None:
    meter = {
        "kind": "modbus",
        "profile": "eastron_sdm630",
        "host": "127.0.0.1",
        "port": meter_box.port,
        "unit": meter_box.default_unit,
    }
    entry = await run(hass, meter=meter)
    result = await find(hass, await begin(hass, entry, "search"), meter_box.port)
    assert result["errors"] == {"base": "nothing_found"}
    assert {request.unit for request in meter_box.requests} == {meter_box.default_unit}
    assert meter_box.accepted == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_charger_in_use_that_announces_itself(hass: HomeAssistant, charger_box: RawServer, host: str) -> None:
    await run(hass, socket(charger_box, 1, host=host))
    asked = asked_who_it_is(charger_box)
    result = await announce(hass, hostname="Localhost.")
    assert result["reason"] == "already_configured"
    assert (asked_who_it_is(charger_box), charger_box.accepted) == (asked, 1)
