"""The choice of how current is shared."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import SiteChoiceEntity
from .pool.strategy import Strategy
from .runner import PoolConfigEntry

PARALLEL_UPDATES = 1

STRATEGY = SelectEntityDescription(
    key="strategy",
    translation_key="strategy",
    entity_category=EntityCategory.CONFIG,
    options=[strategy.value for strategy in Strategy],
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the select."""
    async_add_entities([StrategySelect(entry, STRATEGY)])


class StrategySelect(SiteChoiceEntity, SelectEntity):
    """How current is shared."""

    @property
    @override
    def current_option(self) -> str:
        """The strategy in force."""
        return self.runner.choices.strategy.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Share in another way from now on."""
        await self.async_choose(strategy=Strategy(option))
