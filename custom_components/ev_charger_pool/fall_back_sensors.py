"""Sensors of what a charger does by itself once it hears nothing, as far as it tells (R15)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ChargerCoordinator
from .entity import ChargerEntity
from .pool.model import Capability, Expiry
from .runner import PoolConfigEntry, new_device_signal
from .sensor_descriptions import CurrentDescription

FALL_BACK = SensorEntityDescription(
    key="fall_back",
    translation_key="fall_back",
    device_class=SensorDeviceClass.ENUM,
    options=[expiry.value for expiry in Expiry],
    entity_category=EntityCategory.DIAGNOSTIC,
)

FALL_BACK_CURRENT: CurrentDescription[Capability, float | None] = CurrentDescription(
    key="fall_back_current",
    translation_key="fall_back_current",
    state_class=None,
    entity_category=EntityCategory.DIAGNOSTIC,
    value_fn=lambda capability: capability.fall_back if expiry_of(capability) is Expiry.FALL_BACK else None,
)


def expiry_of(capability: Capability) -> Expiry:
    """What a charger does: to go to 0 A is to stop."""
    stops = capability.expiry is Expiry.FALL_BACK and capability.fall_back == 0
    return Expiry.STOPS if stops else capability.expiry


@callback
def async_follow_fall_backs(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the current once a charger has told one."""
    runner = entry.runtime_data
    added: set[str] = set()

    @callback
    def heard(charger: ChargerCoordinator) -> None:
        key = charger.source
        if key not in added and FALL_BACK_CURRENT.value_fn(charger.driver.capability) is not None:
            added.add(key)
            async_add_entities([FallBackCurrentSensor(hass, entry, key, FALL_BACK_CURRENT)], config_subentry_id=key)

    @callback
    def follow(key: str) -> None:
        if (charger := runner.chargers.get(key)) is not None:
            entry.async_on_unload(charger.async_add_listener(partial(heard, charger)))
            heard(charger)

    for key in tuple(runner.chargers):
        follow(key)
    entry.async_on_unload(async_dispatcher_connect(hass, new_device_signal(entry.entry_id), follow))


class FallBackSensor(ChargerEntity, SensorEntity):
    """What the charger does once it hears nothing."""

    @property
    @override
    def native_value(self) -> str:
        """One of the three things that chargers do."""
        return expiry_of(self.coordinator.driver.capability).value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """After how many seconds, None where it does not tell; and what the user wants instead, A."""
        capability, wanted = self.coordinator.driver.capability, self.coordinator.arming.wanted
        armed = capability.expiry is not Expiry.KEEPS_LIMIT
        return {
            "after": capability.timeout if armed else None,
            "wanted": None if wanted is None else wanted.amperes,
        }


class FallBackCurrentSensor(ChargerEntity, SensorEntity):
    """The current that the charger then goes to."""

    entity_description: CurrentDescription[Capability, float | None]

    @property
    @override
    def native_value(self) -> float | None:
        """Amperes, None while it does something else."""
        return self.entity_description.value_fn(self.coordinator.driver.capability)
