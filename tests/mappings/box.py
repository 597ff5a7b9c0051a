"""A charger of another integration in Home Assistant, as a fixture describes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

FIXTURES = {path.stem: path for path in sorted((Path(__file__).parent / "fixtures").glob("*.yaml"))}
"""Integration to file; written from the integrations' sources and the facts, never from the mappings."""


class Box:
    """The entities of a fixture in a running Home Assistant, and what is done to them.

    Args:
        hass: Home Assistant.
        integration: Its domain.
    """

    def __init__(self, hass: HomeAssistant, integration: str) -> None:
        self.hass = hass
        self.integration = integration
        self.told: dict[str, Any] = yaml.safe_load(FIXTURES[integration].read_text(encoding="utf-8"))
        self.calls: list[ServiceCall] = []
        self.device = self._device(self.told["device"])
        self.sources = {entity_id: self.add(entity_id) for entity_id in self.entities}
        for entity_id in self.entities:
            self.show({entity_id: None})

    @property
    def entities(self) -> dict[str, dict[str, Any]]:
        """Entity id to what the fixture says of it."""
        entities: dict[str, dict[str, Any]] = self.told["entities"]
        return entities

    def _device(self, device: Mapping[str, Any] | None) -> dr.DeviceEntry | None:
        if device is None:
            return None
        entry = MockConfigEntry(domain=self.integration)
        entry.add_to_hass(self.hass)
        return dr.async_get(self.hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(self.integration, device["name"])},
            name=device["name"],
            serial_number=device.get("serial"),
        )

    def add(self, entity_id: str) -> str:
        """Register an entity of the fixture; returns its registry id."""
        entity = self.entities[entity_id]
        domain, name = entity_id.split(".")
        return (
            er.async_get(self.hass)
            .async_get_or_create(
                domain,
                self.integration,
                entity["unique_id"],
                suggested_object_id=name,
                translation_key=entity.get("key"),
                device_id=self.device.id if self.device else None,
            )
            .id
        )

    def show(self, shown: Mapping[str, Any], *, unit: str | None = None) -> None:
        """Let entities show a state, with attributes where it is a list of both; None is that of the fixture."""
        for entity_id, what in shown.items():
            entity = self.entities[entity_id]
            state, extra = what if isinstance(what, list) else (what, entity.get("attributes", {}))
            given = {name: entity[name] for name in ("min", "max", "step") if name in entity}
            if (shown_unit := unit or entity.get("unit")) is not None:
                given["unit_of_measurement"] = shown_unit
            registered = er.async_get(self.hass).async_get_entity_id(
                entity_id.split(".")[0], self.integration, entity["unique_id"]
            )
            self.hass.states.async_set(
                registered or entity_id, entity["state"] if state is None else state, {**given, **extra}
            )

    def show_all(self, state: str | None) -> None:
        """Let all entities show a state; None is that of the fixture."""
        self.show(dict.fromkeys(self.entities, state))

    def listen(self, *actions: str) -> None:
        """Take the actions that the integration and the entities' own domains have."""
        for action in actions:
            self.hass.services.async_register(*action.split("."), self.calls.append)

    def called(self) -> list[list[Any]]:
        """The actions that were called since the last time, as a fixture lists them."""
        calls = [[f"{call.domain}.{call.service}", dict(call.data)] for call in self.calls]
        self.calls.clear()
        return calls

    def listed(self, calls: list[list[Any]]) -> list[list[Any]]:
        """What a fixture lists, with the id of the device filled in."""
        known = {"{device_id}": self.device.id if self.device else None}
        return [
            [
                action,
                {name: known.get(value, value) if isinstance(value, str) else value for name, value in data.items()},
            ]
            for action, data in calls
        ]

    @property
    def actions(self) -> set[str]:
        """The actions that the fixture lists."""
        steps = (self.told.get(step, {}) for step in ("set", "pause", "resume", "without_car"))
        return {action for step in steps for action, _ in step.get("calls", [])}

    def rename(self) -> None:
        """Give every entity another entity id."""
        registry = er.async_get(self.hass)
        for entity_id, source in self.sources.items():
            present = registry.async_get_entity_id(
                entity_id.split(".")[0], self.integration, self.entities[entity_id]["unique_id"]
            )
            assert present is not None
            registry.async_update_entity(present, new_entity_id=f"{entity_id}_renamed")
            self.hass.states.async_remove(entity_id)
            assert registry.async_get(f"{entity_id}_renamed").id == source  # type: ignore[union-attr]
