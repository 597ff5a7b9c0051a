"""Numbers: limits that the user sets, and the order in which cars are served."""

from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_CAR_MINIMUM, CONF_FUSE
from .entity import ChargerChoiceEntity, SiteChoiceEntity, async_add_per_charger
from .pool.model import Charger
from .runner import PoolConfigEntry
from .site import installed

PARALLEL_UPDATES = 1

FUSE_LIMIT = NumberEntityDescription(
    key="fuse_limit",
    translation_key="fuse_limit",
    device_class=NumberDeviceClass.CURRENT,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    native_min_value=0,
    native_step=1,
    mode=NumberMode.BOX,
)

USER_CAP = NumberEntityDescription(
    key="user_cap",
    translation_key="user_cap",
    device_class=NumberDeviceClass.CURRENT,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    mode=NumberMode.SLIDER,
)

PRIORITY = NumberEntityDescription(
    key="priority",
    translation_key="priority",
    entity_category=EntityCategory.CONFIG,
    native_min_value=1,
    native_max_value=9,
    native_step=1,
    mode=NumberMode.BOX,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers."""
    async_add_entities([FuseLimitNumber(entry, FUSE_LIMIT)])
    async_add_per_charger(
        hass,
        entry,
        async_add_entities,
        lambda key: [UserCapNumber(hass, entry, key, USER_CAP), PriorityNumber(hass, entry, key, PRIORITY)],
    )


class FuseLimitNumber(SiteChoiceEntity, NumberEntity):
    """A limit below the main fuse, for the house and the cars together; at the fuse there is none."""

    @property
    @override
    def native_max_value(self) -> float:
        """The main fuse: it can be lowered, never raised."""
        fuse: list[float] = self.entry.data[CONF_FUSE]
        return max(fuse)

    @property
    @override
    def native_value(self) -> float:
        """Amperes per line."""
        chosen = self.runner.choices.fuse_limit
        return self.native_max_value if chosen is None else min(chosen, self.native_max_value)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep and follow the limit."""
        chosen = None if value >= self.native_max_value else value
        await self.async_choose(fuse_limit=chosen)


class UserCapNumber(ChargerChoiceEntity, NumberEntity):
    """The highest current the user allows; at the charger's maximum there is no cap."""

    @property
    def _charger(self) -> Charger:
        """The charger and its car where it hangs."""
        subentry = self.entry.subentries[self.coordinator.source]
        return Charger(
            id=subentry.subentry_id,
            name=subentry.title,
            capability=installed(self.coordinator.driver.capability, subentry.data),
            car_minimum=subentry.data.get(CONF_CAR_MINIMUM),
        )

    @property
    @override
    def native_min_value(self) -> float:
        """The least current above 0 that charger and car take."""
        return self._charger.minimum

    @property
    @override
    def native_max_value(self) -> float:
        """What charger and installation allow."""
        return self._charger.capability.maximum

    @property
    @override
    def native_step(self) -> float:
        """The charger's resolution."""
        return self._charger.capability.step

    @property
    @override
    def native_value(self) -> float:
        """Amperes per phase, as they are in force."""
        cap, highest = self.chosen.user_cap, self.native_max_value
        return highest if cap is None else min(max(cap, self.native_min_value), highest)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep and follow the cap."""
        await self.async_choose(user_cap=None if value >= self.native_max_value else value)


class PriorityNumber(ChargerChoiceEntity, NumberEntity):
    """1 is served first, where the strategy asks for it."""

    @property
    @override
    def native_value(self) -> int:
        """1 to 9."""
        return self.chosen.priority

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep and follow the priority."""
        await self.async_choose(priority=int(value))
