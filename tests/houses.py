"""Sites, chargers and entities as the tests of the forms need them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ev_charger_pool.const import DOMAIN

METER: dict[str, Any] = {"kind": "modbus", "profile": "eastron_sdm630", "host": "192.168.9.9", "port": 502, "unit": 1}
SITE: dict[str, Any] = {
    "grid": "tn",
    "fuse": [25, 25, 25],
    "breaker": "b",
    "meter": METER,
    "worst_house": [25, 25, 25],
    "raise_hold": 60,
    "raise_window": 300,
}
SITE_FORM: dict[str, Any] = {
    "name": "Home",
    "grid": "tn",
    "fuse_l1": 25,
    "fuse_l2": 25,
    "fuse_l3": 25,
    "breaker": "b",
    "meter": "modbus",
    "advanced": {},
}
ALFEN: dict[str, Any] = {
    "kind": "modbus",
    "profile": "alfen_eve",
    "host": "192.168.9.8",
    "port": 502,
    "unit": 1,
    "connector": 1,
}


def circuit(name: str, **changes: Any) -> ConfigSubentryDataWithId:
    """A circuit subentry; its id is its name in small letters."""
    data = {"parent": "main", "fuse": [16, 16, 16], "breaker": "b", "reserve": [0, 0, 0], **changes}
    return ConfigSubentryDataWithId(
        subentry_id=name.lower(), subentry_type="circuit", title=name, unique_id=None, data=data
    )


def charger(name: str, driver: Mapping[str, Any], unique_id: str | None, **changes: Any) -> ConfigSubentryDataWithId:
    """A charger subentry; its id is its name in small letters."""
    data = {"driver": driver, "circuit": "main", "wiring": "unknown", "maximum": 16, **changes}
    return ConfigSubentryDataWithId(
        subentry_id=name.lower(), subentry_type="charger", title=name, unique_id=unique_id, data=data
    )


def add_site(
    hass: HomeAssistant, *subentries: ConfigSubentryDataWithId, name: str = "Home", **changes: Any
) -> ConfigEntry:
    """A site that is saved but not set up."""
    entry = MockConfigEntry(domain=DOMAIN, title=name, data={**SITE, **changes}, subentries_data=subentries)
    entry.add_to_hass(hass)
    return entry


def add_entity(hass: HomeAssistant, entity_id: str, state: str, unit: str | None = None, **attributes: Any) -> str:
    """An entity of another integration with a state; returns its registry id."""
    domain, name = entity_id.split(".")
    entry = er.async_get(hass).async_get_or_create(domain, "elsewhere", name, suggested_object_id=name)
    show(hass, entity_id, state, unit, **attributes)
    return entry.id


def show(hass: HomeAssistant, entity_id: str, state: str, unit: str | None = None, **attributes: Any) -> None:
    """Let an entity show a state."""
    if unit is not None:
        attributes["unit_of_measurement"] = unit
    hass.states.async_set(entity_id, state, attributes)


def filled(form: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sends of a form: nothing for the fields that are left empty, here None."""
    return {field: value for field, value in form.items() if value is not None}


def suggested(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a form shows filled in."""
    return {
        str(key.schema): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description and "suggested_value" in key.description
    }


def preset(result: Mapping[str, Any], field: str) -> Any:
    """What a browser shows in a choice before the user touches it: it presets the first option of a required one."""
    key = next(key for key in result["data_schema"].schema if key == field)
    if field in suggested(result):
        return suggested(result)[field]
    return options(result, field)[0] if isinstance(key, vol.Required) else None


def options(result: Mapping[str, Any], field: str) -> list[str]:
    """What a choice of a form offers."""
    offered = result["data_schema"].schema[field].config["options"]
    return [option if isinstance(option, str) else option["value"] for option in offered]


def currents_shown(result: Mapping[str, Any]) -> dict[str, str]:
    """What the confirmation of a meter shows per line."""
    return {line: result["description_placeholders"][line] for line in ("l1", "l2", "l3")}
