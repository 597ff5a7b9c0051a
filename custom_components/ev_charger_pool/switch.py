"""Switches: whether the pool may set limits at all, and which chargers take part."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import ChargerChoiceEntity, SiteChoiceEntity, async_add_per_charger
from .runner import PoolConfigEntry

PARALLEL_UPDATES = 1

CONTROL = SwitchEntityDescription(key="control", translation_key="control")

ENABLED = SwitchEntityDescription(key="enabled", translation_key="enabled", entity_category=EntityCategory.CONFIG)


async def async_setup_entry(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches."""
    async_add_entities([ControlSwitch(entry, CONTROL)])
    async_add_per_charger(
        hass,
        entry,
        async_add_entities,
        lambda key: [EnabledSwitch(hass, entry, key, ENABLED)],
    )


class ControlSwitch(SiteChoiceEntity, SwitchEntity):
    """Off, the pool decides and shows; on, it also sets the chargers (R19)."""

    @property
    @override
    def is_on(self) -> bool:
        """Whether the pool may write."""
        return self.runner.choices.control

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Take control."""
        await self.async_choose(control=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Hand every charger over."""
        await self.async_choose(control=False)


class EnabledSwitch(ChargerChoiceEntity, SwitchEntity):
    """Off, the charger is handed over and counts as house load."""

    @property
    @override
    def is_on(self) -> bool:
        """Whether the charger takes part."""
        return self.chosen.enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Balance it."""
        await self.async_choose(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Hand it over."""
        await self.async_choose(enabled=False)
