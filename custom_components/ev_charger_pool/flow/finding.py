"""Chargers on the network, and where to look for them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant

from ..const import KIND_MODBUS
from ..devices import async_charger_profiles, connections
from ..drivers.interface import Identity
from ..drivers.profile_model import ChargerProfile, NextConnector
from ..drivers.search import Target, TargetError, private_targets, search
from ..entry_data import ModbusChargerData, ModbusData
from ..pool.model import Capability
from .charger_form import charger_name
from .existing import online_devices
from .forms import FormError
from .probing import async_probe_charger

USUAL_NETWORK = "192.168.1.0/24"
"""Searched where Home Assistant does not know its own network."""

SEARCH_TIMEOUT = 1.0
"""Seconds for a connection or an answer on the local network."""

WIDEST_PREFIX = 24
"""Of a larger network only the 256 addresses around our own are searched."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A socket of a charger that has answered."""

    driver: ModbusChargerData
    identity: Identity

    @property
    def unique_id(self) -> str | None:
        """What tells it from every other socket."""
        return self.identity.unique_id

    @property
    def key(self) -> str:
        """What tells it from the others that were found."""
        return f"{self.driver['host']}:{self.driver['port']}/{self.driver['unit']}"

    @property
    def label(self) -> str:
        """How a list shows it."""
        serial = f", {self.identity.serial}" if self.identity.serial else ""
        return f"{charger_name(self.identity)} ({self.driver['host']}:{self.driver['port']}{serial})"


async def async_own_networks(hass: HomeAssistant) -> str:
    """The networks that this host is in, written as the form of the search takes them."""
    networks = {
        str(IPv4Interface(f"{address['address']}/{max(address['network_prefix'], WIDEST_PREFIX)}").network): None
        for adapter in await async_get_adapters(hass)
        if adapter["enabled"]
        for address in adapter["ipv4"]
    }
    return ", ".join(filter(_searchable, networks)) or USUAL_NETWORK


def _searchable(network: str) -> bool:
    try:
        private_targets(network, ())
    except TargetError:
        return False
    return True


async def async_usual_ports(hass: HomeAssistant) -> str:
    """The ports that the known chargers use, written as the form of the search takes them."""
    profiles = await async_charger_profiles(hass)
    return ", ".join(map(str, sorted({profile.address().port for profile in profiles.values()})))


def search_targets(addresses: str, ports: str) -> list[Target]:
    """Where to search, as a form tells it.

    Raises:
        FormError: With the field that is wrong.
    """
    try:
        numbers = [int(port) for port in ports.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if not numbers or not all(0 < number < 65536 for number in numbers):
        raise FormError("ports_not_valid", "ports")
    try:
        return private_targets(addresses, numbers)
    except TargetError as err:
        raise FormError(f"addresses_{err.problem}", "addresses", part=err.part) from err


async def async_search(
    hass: HomeAssistant, targets: Sequence[Target], on_progress: Callable[[float], None]
) -> list[Candidate]:
    """The chargers at the targets; progress runs from 0 to 1.

    Nothing is sent to devices that are in use, unless they may have another socket.
    """
    profiles = await async_charger_profiles(hass)
    devices = online_devices(hass)
    complete = _complete(devices, profiles)
    found = await search(
        [target for target in targets if target not in complete],
        list(profiles.values()),
        connections(hass).with_timeout(SEARCH_TIMEOUT),
        lambda done, total: on_progress(done / total),
        {_target(device): device["profile"] for device, _ in devices},
    )
    return [
        Candidate(
            driver=ModbusChargerData(
                kind=KIND_MODBUS,
                profile=charger.profile,
                host=charger.host,
                port=charger.port,
                unit=charger.unit,
                connector=charger.identity.connector,
            ),
            identity=charger.identity,
        )
        for charger in found
    ]


def _complete(devices: Sequence[tuple[ModbusData, Identity]], profiles: Mapping[str, ChargerProfile]) -> set[Target]:
    """Where a meter answers, or as many sockets as the charger has: there is nothing new to find."""
    at_target = Counter(_target(device) for device, _ in devices)
    at_host = Counter((_target(device).host, device["profile"]) for device, _ in devices)
    complete: set[Target] = set()
    for device, identity in devices:
        target, profile = _target(device), profiles.get(device["profile"])
        if profile is not None and profile.transport.next_connector is NextConnector.PORT:
            is_complete = at_host[target.host, profile.id] >= profile.transport.connectors
        else:
            is_complete = at_target[target] >= identity.connectors
        if is_complete:
            complete.add(target)
    return complete


def _target(device: ModbusData) -> Target:
    return Target(device["host"].lower(), device["port"])


async def async_chargers_at(hass: HomeAssistant, host: str) -> list[tuple[Candidate, Capability]]:
    """The sockets of a charger that has announced itself, each read once."""
    ports = {profile.address().port for profile in (await async_charger_profiles(hass)).values()}
    found = await async_search(hass, [Target(host, port) for port in sorted(ports)], lambda _: None)
    usable: list[tuple[Candidate, Capability]] = []
    for candidate in found:
        with suppress(FormError):
            _, capability = await async_probe_charger(hass, candidate.driver)
            usable.append((candidate, capability))
    return usable
