"""What tells that two ways lead to the same charger: serial number, MAC address and host."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_STATE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from yarl import URL

from ..addresses import mac_at
from ..const import (
    CONF_DRIVER,
    CONF_FRAMING,
    CONF_KIND,
    CONF_LIMIT,
    DOMAIN,
    KIND_ENTITIES,
    KIND_MAPPING,
    KIND_MODBUS,
    KIND_NETWORK,
    SUBENTRY_CHARGER,
)
from ..devices import async_charger_mappings, known_network_chargers
from ..drivers.entity_recognition import RecognisedCharger, recognise
from ..entry_data import ChargerDriverData, ModbusChargerData, NetworkChargerData

_LEAST = 6
"""Characters of an identifier of Home Assistant that may be a serial number: a shorter one is a counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is known of a socket of a charger.

    Args:
        way: How it is reached; two that are reached in the same way at one place are different ones.
        serials: What may be the serial number, in one spelling.
        places: Host and MAC address.
        connector: Number of the socket.
    """

    way: str
    serials: frozenset[str]
    places: frozenset[str]
    connector: int

    def same(self, other: Marks) -> bool:
        """Whether both are the same socket."""
        if self.connector != other.connector:
            return False
        return bool(self.serials & other.serials) or (self.way != other.way and bool(self.places & other.places))


@callback
def native_marks(hass: HomeAssistant, driver: ModbusChargerData | NetworkChargerData, serial: str | None) -> Marks:
    """Of a charger on the network.

    Behind another port than the usual one for HTTP or UDP may be another box: it has no place then. Nor has one on a
    line: the address is that of the gateway.
    """
    places: Iterable[str] = (driver["host"].lower(), _spelled(mac_at(hass, driver["host"])))
    if driver["kind"] == KIND_NETWORK and driver["port"] != known_network_chargers(hass)[driver["model"]].port:
        places = ()
    if CONF_FRAMING in driver:
        places = ()
    return Marks(
        way=KIND_MODBUS if driver["kind"] == KIND_MODBUS else driver["model"],
        serials=frozenset({_spelled(serial)} - {""}),
        places=frozenset(places) - {""},
        connector=driver["connector"],
    )


@callback
def recognised_marks(hass: HomeAssistant, chargers: Iterable[RecognisedCharger]) -> dict[str, Marks]:
    """Of all chargers of other integrations, by their keys; the sockets of a device are counted in their order."""
    sockets: Counter[str | None] = Counter()
    marks: dict[str, Marks] = {}
    for charger in chargers:
        device = charger.device.device
        sockets[device.id if device else None] += 1
        known, places = _known_of(hass, device) if isinstance(device, dr.DeviceEntry) else (frozenset(), frozenset())
        marks[charger.key] = Marks(
            way=charger.mapping.integration,
            serials=known | ({_spelled(charger.serial)} - {""}),
            places=places,
            connector=sockets[device.id] if device else 1,
        )
    return marks


async def async_saved_marks(hass: HomeAssistant, own: ConfigSubentry | None = None) -> list[Marks]:
    """Of the chargers of all sites.

    Args:
        hass: Home Assistant.
        own: A charger that is being changed and does not count.
    """
    chargers = recognise(hass, await async_charger_mappings(hass))
    by_key = recognised_marks(hass, chargers)
    saved: list[Marks] = []
    for entry in hass.config_entries.async_entries(DOMAIN):
        for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
            if own is not None and charger.subentry_id == own.subentry_id:
                continue
            driver: ChargerDriverData = charger.data[CONF_DRIVER]
            if driver[CONF_KIND] == KIND_MAPPING:
                sources = set(driver["entities"].values())
                saved += [by_key[one.key] for one in chargers if one.key in sources]
            elif driver[CONF_KIND] == KIND_ENTITIES:
                sources = {driver[CONF_STATE], driver[CONF_LIMIT]}
                saved += [by_key[one.key] for one in chargers if sources & set(one.sources.values())]
            else:
                serial = charger.unique_id.rpartition("_")[0] if charger.unique_id else None
                saved.append(native_marks(hass, driver, serial))
    return saved


def _known_of(hass: HomeAssistant, device: dr.DeviceEntry) -> tuple[frozenset[str], frozenset[str]]:
    """What may be its serial number, and where it is."""
    macs = {_spelled(address) for kind, address in device.connections if kind == dr.CONNECTION_NETWORK_MAC}
    identifiers = {_spelled(str(part)) for identifier in device.identifiers for part in identifier[1:]}
    identifiers = {one for one in identifiers if len(one) >= _LEAST}
    hosts = {host for host in (_entry_host(hass, device), _page_host(device)) if host}
    return frozenset(macs | identifiers), frozenset(macs | identifiers | hosts)


def _entry_host(hass: HomeAssistant, device: dr.DeviceEntry) -> str | None:
    """The host that an integration was set up with, where it has made only this device, or others behind it."""
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    if entry is None or (host := entry.data.get(CONF_HOST)) is None:
        return None
    first = [
        one.id
        for one in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if isinstance(one, dr.DeviceEntry) and one.via_device_id is None
    ]
    return str(host).lower() if first == [device.id] else None


def _page_host(device: dr.DeviceEntry) -> str | None:
    return URL(device.configuration_url).host if device.configuration_url else None


def _spelled(text: str | None) -> str:
    """In small letters and without what stands between them: AA:BB is aabb."""
    return "".join(filter(str.isalnum, text or "")).casefold()
