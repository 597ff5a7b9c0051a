"""The devices of a site as Home Assistant keeps them: their names, who the chargers are, and which are gone."""

from homeassistant.const import CONF_HOST
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType

from .addresses import in_network, keep_mac
from .const import CONF_METER, DOMAIN, SUBENTRY_CIRCUIT
from .runner import PoolConfigEntry


@callback
def site_device_id(hass: HomeAssistant, entry: PoolConfigEntry) -> str:
    """The id of the site's device, which is made here where it is not there yet."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        name=entry.title,
    )
    return device.id


@callback
def device_link(hass: HomeAssistant, entry: PoolConfigEntry, key: str, name: str) -> str:
    """A name that leads to its device, in the texts of Repairs; just the name where there is no device yet."""
    device = _device(hass, entry, key)
    return name if device is None else f"[{name}](/config/devices/device/{device.id})"


@callback
def async_watch_devices(hass: HomeAssistant, entry: PoolConfigEntry) -> CALLBACK_TYPE:
    """Keep the devices as the entry and the chargers say; returns a function that ends it."""

    async def changed(_hass: HomeAssistant, _entry: PoolConfigEntry) -> None:
        _remove_unmetered_circuits(hass, entry)
        _rename(hass, entry)

    @callback
    def heard() -> None:
        _identify_chargers(hass, entry)

    _remove_unmetered_circuits(hass, entry)
    unsubscribe = (entry.add_update_listener(changed), entry.runtime_data.site.async_add_listener(heard))

    @callback
    def end() -> None:
        for stop in unsubscribe:
            stop()

    return end


def _device(hass: HomeAssistant, entry: PoolConfigEntry, key: str) -> DeviceEntry | None:
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, key), entry.entry_id)


def _remove_unmetered_circuits(hass: HomeAssistant, entry: PoolConfigEntry) -> None:
    for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT):
        if CONF_METER not in circuit.data and (device := _device(hass, entry, circuit.subentry_id)) is not None:
            dr.async_get(hass).async_remove_device(device.id)


def _rename(hass: HomeAssistant, entry: PoolConfigEntry) -> None:
    titles = {entry.entry_id: entry.title, **{key: part.title for key, part in entry.subentries.items()}}
    for key, title in titles.items():
        if (device := _device(hass, entry, key)) is not None:
            dr.async_get(hass).async_update_device(device.id, name=title)


def _identify_chargers(hass: HomeAssistant, entry: PoolConfigEntry) -> None:
    for key, charger in entry.runtime_data.chargers.items():
        if (identity := charger.identity) is not None and (device := _device(hass, entry, key)) is not None:
            dr.async_get(hass).async_update_device(
                device.id,
                manufacturer=identity.manufacturer,
                model=identity.model,
                serial_number=identity.serial,
                sw_version=identity.firmware,
            )
            if in_network(charger.driver_data):
                keep_mac(hass, device, charger.driver_data[CONF_HOST])
