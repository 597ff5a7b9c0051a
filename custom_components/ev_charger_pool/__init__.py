"""EV Charger Pool: keeps every fuse of a house below its limit while electric cars charge."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .charger_discovery import async_watch_chargers
from .choices import ChoicesStore
from .const import DOMAIN
from .decision_log import async_log_decisions
from .device_registry import async_watch_devices
from .issues import async_watch_issues
from .memory_store import MemoryStore
from .runner import PoolConfigEntry, PoolRunner
from .services import async_register_actions

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what all sites share."""
    async_register_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PoolConfigEntry) -> bool:
    """Set up a site; devices that do not answer are waited for while it runs."""
    store = ChoicesStore(hass, entry.entry_id)
    await store.async_load_choices()
    runner = entry.runtime_data = PoolRunner(hass, entry, store, MemoryStore(hass, entry.entry_id))
    await runner.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_entry_changed))
    entry.async_on_unload(async_watch_devices(hass, entry))
    entry.async_on_unload(async_watch_issues(hass, entry))
    entry.async_on_unload(async_watch_chargers(hass, entry))
    entry.async_on_unload(async_log_decisions(hass, entry))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PoolConfigEntry) -> bool:
    """Unload a site and hand its chargers over."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: PoolConfigEntry) -> None:
    """Forget what was chosen for a site and what was learned of it."""
    await ChoicesStore(hass, entry.entry_id).async_remove()
    await MemoryStore(hass, entry.entry_id).async_remove()


async def _async_entry_changed(_hass: HomeAssistant, entry: PoolConfigEntry) -> None:
    await entry.runtime_data.async_reconcile()
