"""What integrations make of mains meters, written from their installed source and not from the mappings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.ev_charger_pool.drivers.entity_meter import EntityMeter
from custom_components.ev_charger_pool.drivers.entity_meter_finder import FoundMeter
from tests.houses import show

FIXTURES: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "fixtures" / "meters").glob("*.yaml"))
}

LINES = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor as its integration makes it.

    Args:
        key: Of its description.
        translation_key: None where it has none.
        unit: Of its state.
        state: What it shows.
    """

    key: str
    translation_key: str | None
    unit: str | None
    state: str


def sensors_of(integration: str) -> list[list[Sensor]]:
    """By quantity the sensors of a meter, in the order of the lines."""
    groups: list[list[Sensor]] = []
    for group in FIXTURES[integration]["sensors"]:
        keys = group["keys"]
        names = group.get("translation_keys", keys)
        names = names * len(keys) if len(names) == 1 else names
        groups.append(
            [
                Sensor(key, name, group["unit"], state)
                for key, name, state in zip(keys, names, group["states"], strict=True)
            ]
        )
    return groups


@dataclass(frozen=True, slots=True)
class MadeMeter:
    """A meter in the registries.

    Args:
        entry: Of its integration, None where it is set up in YAML.
        entity_ids: By quantity, in the order of the lines.
    """

    entry: MockConfigEntry | None
    entity_ids: list[list[str]]


def make_meter(hass: HomeAssistant, integration: str, serial: str = "", **options: Any) -> MadeMeter:
    """Let an integration make its sensors, under names that tell nothing, and show its fixture's states.

    Args:
        hass: Home Assistant.
        integration: Its domain.
        serial: What makes the unique ids other ones than the fixture's, for a second meter.
        **options: Of the integration's entry.
    """
    fixture = FIXTURES[integration]
    entry = _entry(hass, integration, serial, options)
    children = _devices(hass, integration, entry, serial)
    prefix = fixture["unique_id"]
    strangers = dict(fixture.get("strangers", {})) | {prefix.replace("{key}", key): None for key in fixture["others"]}
    for unique_id, translation_key in strangers.items():
        _add(hass, integration, entry, None, serial + unique_id, translation_key)
    made = MadeMeter(entry, [])
    for group in sensors_of(integration):
        made.entity_ids.append([])
        for line, sensor in enumerate(group):
            device = children[line % len(children)] if children else None
            unique_id = serial + prefix.replace("{key}", sensor.key)
            entity_id = _add(hass, integration, entry, device, unique_id, sensor.translation_key)
            show(hass, entity_id, sensor.state, sensor.unit)
            made.entity_ids[-1].append(entity_id)
    return made


def _entry(hass: HomeAssistant, integration: str, serial: str, options: dict[str, Any]) -> MockConfigEntry | None:
    fixture = FIXTURES[integration]
    if fixture.get("device") is None and "entry" not in fixture and "devices" not in fixture:
        return None
    entry = MockConfigEntry(domain=integration, title=fixture.get("entry", integration) + serial, options=options)
    entry.add_to_hass(hass)
    return entry


def _devices(hass: HomeAssistant, integration: str, entry: MockConfigEntry | None, serial: str) -> list[dr.DeviceEntry]:
    fixture = FIXTURES[integration]
    registry = dr.async_get(hass)
    if entry is None or not (names := fixture.get("devices") or fixture["device"]):
        return []
    if isinstance(names, str):
        return [
            registry.async_get_or_create(
                config_entry_id=entry.entry_id, identifiers={(integration, serial + "1")}, name=names + serial
            )
        ]
    parent = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(integration, serial + "1")}, name=names["parent"] + serial
    )
    return [
        registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(integration, serial + name)},
            name=name + serial,
            via_device_id=parent.id,
        )
        for name in names["children"]
    ]


def _add(
    hass: HomeAssistant,
    integration: str,
    entry: MockConfigEntry | None,
    device: dr.DeviceEntry | None,
    unique_id: str,
    translation_key: str | None,
) -> str:
    registry = er.async_get(hass)
    return registry.async_get_or_create(
        "sensor",
        integration,
        unique_id,
        config_entry=entry,
        device_id=device.id if device else None,
        translation_key=translation_key,
        suggested_object_id=f"something_{len(registry.entities)}",
    ).entity_id


def driver_of(hass: HomeAssistant, meter: FoundMeter) -> EntityMeter:
    """The driver that the found sensors make."""
    sources = meter.sources(LINES)
    assert sources is not None
    return EntityMeter(hass, **sources)
