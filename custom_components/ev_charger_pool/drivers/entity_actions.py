"""Actions of Home Assistant on the entities of a charger."""

import asyncio
from collections.abc import Mapping
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er

from .entities import Entities
from .entity_finder import EntityPattern
from .interface import BadAnswer, CannotConnect
from .mapping_model import Action

WRITE_TIMEOUT = 10.0
"""Seconds an action of another integration may take."""


class Actions:
    """Calls actions and says what became of them.

    Args:
        hass: Home Assistant.
        entities: Where entities are looked up.
        anchor: Registry id of the entity that names the charger to actions without a target.
        pattern: Of that entity; its named groups are filled in.
    """

    def __init__(self, hass: HomeAssistant, entities: Entities, anchor: str, pattern: EntityPattern | None) -> None:
        self._hass = hass
        self._entities = entities
        self._anchor = anchor
        self._pattern = pattern

    async def on_entity(self, source: str, action: str, data: Mapping[str, Any] | None = None) -> None:
        """Call an action of an entity's own domain on it.

        Raises:
            EntityMissing: Where it was removed.
            CannotConnect: Where it is unavailable or the action does not end in time.
            BadAnswer: Where the action fails.
        """
        entity_id = self._entities.entity_id(source)
        if self._entities.state(source) is None:
            raise CannotConnect(f"{entity_id}: unavailable")
        domain, _ = split_entity_id(entity_id)
        await self._call(entity_id, domain, action, {ATTR_ENTITY_ID: entity_id, **(data or {})})

    async def call(self, action: Action, amperes: float | None = None) -> None:
        """Call an action of an integration with what it needs to know of the charger.

        Raises:
            EntityMissing: Where the entity that names the charger was removed.
            CannotConnect: Where that entity is unavailable or the action does not end in time.
            BadAnswer: Where the action fails.
        """
        entity_id = self._entities.entity_id(self._anchor)
        if self._entities.state(self._anchor) is None:
            raise CannotConnect(f"{entity_id}: unavailable")
        known = self._known(entity_id, amperes)
        data = {name: _filled(value, known) for name, value in action.data.items()}
        await self._call(entity_id, action.domain, action.name, data)

    def _known(self, entity_id: str, amperes: float | None) -> dict[str, Any]:
        entity = er.async_get(self._hass).async_get(entity_id)
        known: dict[str, Any] = {}
        if amperes is not None:
            known["amperes"] = int(amperes) if float(amperes).is_integer() else amperes
        if entity is not None:
            known["device_id"] = entity.device_id
            known |= self._pattern.groups(entity) if self._pattern else {}
        return known

    async def _call(self, entity_id: str, domain: str, action: str, data: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(WRITE_TIMEOUT):
                await self._hass.services.async_call(domain, action, dict(data), blocking=True)
        except TimeoutError as err:
            raise CannotConnect(f"{entity_id}: {action} took more than {WRITE_TIMEOUT:.0f} s") from err
        except Exception as err:
            raise BadAnswer(f"{entity_id}: {action} failed: {err}") from err


def _filled(value: object, known: Mapping[str, Any]) -> object:
    """The value of a field: what a placeholder stands for, or the value itself.

    Raises:
        BadAnswer: Where nobody knows what it stands for.
    """
    if not (isinstance(value, str) and value.startswith("{") and value.endswith("}")):
        return value
    name, _, kind = value[1:-1].partition(":")
    if known.get(name) is None:
        raise BadAnswer(f"nothing tells the {name} of the charger any more")
    return int(known[name]) if kind == "d" else known[name]
