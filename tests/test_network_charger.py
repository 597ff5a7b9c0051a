"""A running site steers a charger over HTTP, loses it, finds it again, and tells nobody its password."""

from collections.abc import AsyncGenerator
from ipaddress import ip_address
from typing import Any

from homeassistant.config_entries import SOURCE_ZEROCONF, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.diagnostics import async_get_config_entry_diagnostics
from custom_components.ev_charger_pool.drivers.targets import Target
from custom_components.ev_charger_pool.flow.searching import async_search
from tests.common import currents, devices, show_currents, until
from tests.drivers.network.boxes import get
from tests.drivers.network.conftest import Charger, charger_box
from tests.drivers.network.http_box import Mishap
from tests.houses import add_site, charger


@pytest.fixture
async def goe(socket_enabled: None) -> AsyncGenerator[Charger]:
    box = charger_box("goe_v2")
    async with box.box:
        yield box


async def start(hass: HomeAssistant, box: Charger, **changes: Any) -> ConfigEntry:
    driver = {"kind": "network", "model": box.id, "host": "127.0.0.1", "port": box.box.port, "connector": 1}
    show_currents(hass, "mains", 20.0, 20.0, 3.0)
    entry = add_site(
        hass,
        charger("Left", driver | changes, f"{box.case.identity['serial']}_1", wiring="l1_l2_l3"),
        meter={"kind": "entities", "currents": currents("mains")},
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, lambda: all(device.online for device in devices(entry)))
    return entry


async def test_a_site_steers_it(hass: HomeAssistant, goe: Charger) -> None:
    entry = await start(hass, goe)
    box = entry.runtime_data.chargers["left"]
    assert box.identity.serial == "091234"
    assert box.driver.capability.maximum == 25
    assert box.heard.amperes == (15.8, 15.9, 0.2)
    assert not goe.box.writes()
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    await until(hass, lambda: bool(goe.box.writes()))
    assert goe.box.writes()[0] in (get("/api/set", amp=str(goe.says["amp"]), frc="0"), get("/api/set", frc="1"))
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_another_charger_at_its_address_is_not_steered(hass: HomeAssistant, goe: Charger) -> None:
    entry = await start(hass, goe)
    goe.says["sse"] = "555"
    box = entry.runtime_data.chargers["left"]
    await until(hass, lambda: box.impostor is not None)
    assert box.impostor.serial == "555"
    assert not goe.box.writes()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_one_that_fails_once_is_heard_again(hass: HomeAssistant, goe: Charger) -> None:
    entry = await start(hass, goe)
    box = entry.runtime_data.chargers["left"]
    goe.box.befall(Mishap.FAILURE)
    await until(hass, lambda: not box.online)
    assert box.heard is None
    await until(hass, lambda: box.online)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_one_that_wants_another_password_is_told_until_it_answers(hass: HomeAssistant, goe: Charger) -> None:
    entry = await start(hass, goe)

    def raised() -> bool:
        entry.runtime_data.site.async_update_listeners()
        return ("ev_charger_pool", "access_denied_left") in ir.async_get(hass).issues

    goe.box.befall(Mishap.UNAUTHORIZED)
    await until(hass, raised)
    await until(hass, lambda: not raised())
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics_tell_what_it_does_by_itself_and_no_password(hass: HomeAssistant, goe: Charger) -> None:
    goe.says["loe"] = True
    entry = await start(hass, goe, username="anna", password="secret")
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["devices"]["left"]["notices"] == ["own_balancing"]
    assert "secret" not in str(found)
    assert "anna" not in str(found)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_its_own_balancing_is_shown_and_has_to_be_turned_off(hass: HomeAssistant, goe: Charger) -> None:
    entry = await start(hass, goe)
    told = ("sensor.left_own_load_balancing", ("ev_charger_pool", "own_balancing_left"))

    def shows() -> tuple[str, bool]:
        entry.runtime_data.site.async_update_listeners()
        return hass.states.get(told[0]).state, told[1] in ir.async_get(hass).issues

    assert shows() == ("possible", False)
    goe.says["loe"] = True
    await until(hass, lambda: shows() == ("active", False))
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    await until(hass, lambda: shows() == ("active", True))
    goe.says["loe"] = False
    await until(hass, lambda: shows() == ("possible", False))
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_one_in_use_is_not_disturbed(hass: HomeAssistant, goe: Charger) -> None:
    """Neither by a search nor when it announces itself: what only the search asks is asked once, at the start."""
    entry = await start(hass, goe)
    assert await async_search(hass, [Target("127.0.0.1", goe.box.port)]) == []
    info = ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"),
        ip_addresses=[ip_address("127.0.0.1")],
        port=80,
        hostname="go-echarger_091234.local.",
        type="_go-e_go-eCharger._tcp.local.",
        name="go-eCharger_091234._go-e_go-eCharger._tcp.local.",
        properties={},
    )
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)
    assert result["reason"] == "already_configured"
    assert len([asked for asked in goe.box.asked if "typ" in asked.query["filter"]]) == 1
    assert await hass.config_entries.async_unload(entry.entry_id)
