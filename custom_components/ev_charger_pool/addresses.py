"""MAC addresses of devices, as far as Home Assistant has seen them, and following devices to a new IP address."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import CONF_DRIVER, CONF_FRAMING, CONF_KIND, CONF_METER, DOMAIN, KINDS_WITH_ADDRESS, LOGGER
from .drivers.modbus_line import Framing


@callback
def mac_at(hass: HomeAssistant, host: str) -> str | None:
    """The MAC address of the device at an IP address; None where nobody has seen it, or two have had the address."""
    found = [mac for mac, address in _seen(hass).items() if address == host]
    return found[0] if len(found) == 1 else None


@callback
def keep_mac(hass: HomeAssistant, device: dr.DeviceEntry, host: str) -> None:
    """Note the MAC address of a device that has answered at a host, and forget one that is seen elsewhere.

    Of several sockets at one address the first has it.
    """
    registry, seen = dr.async_get(hass), _seen(hass)
    connections = {one for one in device.connections if seen.get(one[1], host) == host}
    if (mac := mac_at(hass, host)) is not None:
        connection = (dr.CONNECTION_NETWORK_MAC, mac)
        owner = registry.async_get_device_by_connection(connection, device.config_entry_id)
        if owner is None or owner.id == device.id:
            connections = {connection}
    if connections != device.connections:
        registry.async_update_device(device.id, new_connections=connections)


def _seen(hass: HomeAssistant) -> dict[str, str]:
    """MAC address to IP address of what Home Assistant has seen on the network."""
    if "dhcp" not in hass.config.components:
        return {}
    # Needs libraries that are there only where dhcp is set up.
    from homeassistant.components.dhcp import async_discovered_service_info  # noqa: PLC0415

    return {dr.format_mac(device.macaddress): device.ip for device in async_discovered_service_info(hass)}


@callback
def async_follow(hass: HomeAssistant, mac: str, host: str) -> None:
    """Reach all that was reached at the IP address of a device at its new one.

    Args:
        hass: Home Assistant.
        mac: MAC address of the device.
        host: Its new IP address.
    """
    for before in _hosts_of(hass, mac) - {host}:
        LOGGER.info("The device at %s is at %s now", before, host)
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if _is_at(entry.data[CONF_METER], before):
                hass.config_entries.async_update_entry(entry, data=_moved(entry.data, CONF_METER, host))
            for part in entry.subentries.values():
                for key in (CONF_DRIVER, CONF_METER):
                    if key in part.data and _is_at(part.data[key], before):
                        hass.config_entries.async_update_subentry(entry, part, data=_moved(part.data, key, host))


def _hosts_of(hass: HomeAssistant, mac: str) -> set[str]:
    """The IP addresses at which chargers with this MAC address are reached; a name is left to the name server."""
    hosts: set[str] = set()
    for device in dr.async_get(hass).async_get_devices(connections={(dr.CONNECTION_NETWORK_MAC, mac)}):
        entry: ConfigEntry | None = hass.config_entries.async_get_entry(device.config_entry_id)
        part = entry.subentries.get(device.config_subentry_id or "") if entry and entry.domain == DOMAIN else None
        if part is not None and (host := part.data.get(CONF_DRIVER, {}).get(CONF_HOST)) and _is_ip_address(host):
            hosts.add(host)
    return hosts


def in_network(device: Mapping[str, Any]) -> bool:
    """Whether a meter or charger has an address in the network: entities and serial ports have none."""
    return device[CONF_KIND] in KINDS_WITH_ADDRESS and device.get(CONF_FRAMING) != Framing.SERIAL


def _is_at(device: Mapping[str, Any], host: str) -> bool:
    return in_network(device) and device[CONF_HOST] == host


def _moved(data: Mapping[str, Any], key: str, host: str) -> dict[str, Any]:
    return {**data, key: {**data[key], CONF_HOST: host}}


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
