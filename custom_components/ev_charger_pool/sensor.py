"""The sensors of a site, its chargers and its metered circuits."""

from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .average_sensors import async_follow_averages
from .capability_sensors import capability_sensors
from .charger_sensors import async_follow_chargers, charger_sensors
from .energy_sensor import EnergySensor
from .entity import async_add_per_charger
from .fall_back_sensors import async_follow_fall_backs
from .limiting_sensors import limiting_sensors
from .line_sensors import async_follow_lines
from .runner import PoolConfigEntry
from .total_sensors import total_sensors

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors."""
    async_add_entities([*total_sensors(entry), EnergySensor(entry), *limiting_sensors(entry)])
    async_follow_lines(hass, entry, async_add_entities)
    async_follow_averages(hass, entry, async_add_entities)
    async_add_per_charger(hass, entry, async_add_entities, partial(charger_sensors, hass, entry))
    async_add_per_charger(hass, entry, async_add_entities, partial(capability_sensors, hass, entry))
    async_follow_chargers(hass, entry, async_add_entities)
    async_follow_fall_backs(hass, entry, async_add_entities)
