"""Diagnostics hold what a decision came from, and nothing that identifies the house."""

from datetime import UTC, datetime
import json

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_charger_pool.diagnostics import plain
from custom_components.ev_charger_pool.pool.model import Unit
from tests.common import start_house
from tests.houses import ALFEN, add_site, charger


async def test_decisions_and_what_they_came_from(hass: HomeAssistant, hass_client: ClientSessionGenerator):
    entry = await start_house(hass, cellar=True)
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert found["decisions"]["garage"]["amperes"] == 16
    assert found["decisions"]["garage"]["reason"]["why"] == "unlimited"
    assert found["decisions"]["garage"]["sentence"].startswith("Gets 16 A")
    assert found["controller"]["meters"]["cellar"]["amperes"] == [1.0, 1.5, 2.0]
    assert found["controller"]["outlets"]["garage"]["reading"]["state"] == "C"
    assert found["circuits"]["main"]["headroom"] == [18.0, 17.0, 16.0]
    assert found["choices"]["control"] is False
    assert found["site"]["fuse"] == [25, 25, 25]
    assert {part["title"] for part in found["subentries"]} == {"Garage", "Carport", "Cellar"}
    assert found["devices"]["garage"]["online"] is True
    assert found["devices"]["garage"]["facts"]["pause"] == "limit"
    capability = found["controller"]["outlets"]["garage"]["charger"]["capability"]
    assert (capability["measures"], capability["step"], capability["stored"]) == (True, 1, False)
    assert (capability["expiry"], capability["fall_back"]) == ("keeps_limit", None)


async def test_what_was_learned_and_found(hass: HomeAssistant, hass_client: ClientSessionGenerator):
    average = {"watts": 9000.0, "minutes": 15}
    entry = await start_house(hass, average=average, worst_house=[20.0, 5.0, 5.0])
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    controller = found["controller"]
    garage = controller["outlets"]["garage"]
    assert garage["settle"]["cut"]["seen"] == []
    assert garage["appetite"]["satisfied"] is False
    assert garage["rivalry"]["count"] == 0
    assert (controller["ignored"], garage["ignored"], controller["meters"]["main"]["ignored"]) == (0, 0, 0)
    assert controller["meters"]["main"]["following"]["lost"] == []
    assert controller["turns"]["queue"] == ["garage"]
    assert controller["guards"][0]["limit"]["watts"] == 9000
    assert found["averages"]["main"] > 0
    assert found["troubles"] == []
    assert found["heartbeats"]["garage"]["feeding"] == "not_ours"
    assert {(each["loss"], each["line"]) for each in found["shortfalls"]} == {
        (loss, line) for loss in ("silence", "power_cut") for line in (0, 1)
    }
    assert "week" not in controller["meters"]["main"]


async def test_nothing_that_identifies_the_house(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, socket_enabled: None
):
    driver = {**ALFEN, "host": "127.0.0.1", "port": 1}
    entry = add_site(
        hass,
        charger("Garage", driver, "ACE0123456_1"),
        meter={"kind": "modbus", "profile": "eastron_sdm630", "host": "localhost", "port": 1, "unit": 1},
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    text = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry))

    for secret in ("ACE0123456", "127.0.0.1", "localhost"):
        assert secret not in text


def test_what_json_has_no_word_for():
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert plain({"at": float("-inf"), "lines": frozenset({2, 0}), "unit": Unit.WATT, "expires": midnight}) == {
        "at": "-inf",
        "lines": [0, 2],
        "unit": "W",
        "expires": "2026-11-20T00:00:00+00:00",
    }
