"""Chargers on the network, and where to look for them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant

from ..const import KIND_MODBUS, KIND_NETWORK
from ..devices import async_charger_profiles, connections, known_network_chargers, shared
from ..drivers.interface import Identity
from ..drivers.network.model import NetworkCharger
from ..drivers.network.search import search_http
from ..drivers.profile_model import ChargerProfile, NextConnector
from ..drivers.search import Target, TargetError, private_targets, search
from ..entry_data import ModbusChargerData, ModbusData, NetworkChargerData, NetworkData
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

    driver: ModbusChargerData | NetworkChargerData
    identity: Identity

    @property
    def unique_id(self) -> str | None:
        """What tells it from every other socket."""
        return self.identity.unique_id

    @property
    def key(self) -> str:
        """What tells it from the others that were found."""
        which = self.driver["model"] if self.driver["kind"] == KIND_NETWORK else self.driver["unit"]
        return f"{self.driver['host']}:{self.driver['port']}/{which}"

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
    return ", ".join(map(str, sorted(await _async_ports(hass))))


async def _async_ports(hass: HomeAssistant) -> set[int]:
    profiles, models = await async_charger_profiles(hass), known_network_chargers(hass)
    return {profile.address().port for profile in profiles.values()} | {
        model.port for model in models.values() if model.searchable
    }


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
    """The chargers at the targets, those with an interface of their own first; progress runs from 0 to 1.

    Nothing is sent to devices that are in use, unless they may have another socket. A port that only Modbus or only
    HTTP is usual at is asked nothing else.
    """
    profiles, models = await async_charger_profiles(hass), known_network_chargers(hass)
    devices = online_devices(hass)
    modbus = [(device, identity) for device, identity in devices if device["kind"] == KIND_MODBUS]
    complete = _complete(modbus, profiles) | {
        _target(device) for device, _ in devices if device["kind"] == KIND_NETWORK
    }
    by_modbus = {profile.transport.port for profile in profiles.values()}
    by_http = {model.port for model in models.values() if model.searchable}
    free = [target for target in targets if target not in complete]
    first = [target for target in free if target.port in by_modbus or target.port not in by_http]
    second = [target for target in free if target.port not in by_modbus]
    total = len({*first, *second})
    found = await search(
        first,
        list(profiles.values()),
        connections(hass).with_timeout(SEARCH_TIMEOUT),
        lambda done, _: on_progress(done / total),
        {_target(device): device["profile"] for device, _ in modbus},
    )
    over_modbus = [
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
    taken = {Target(charger.host, charger.port) for charger in found}
    over_http = [
        Candidate(
            driver=NetworkChargerData(
                kind=KIND_NETWORK,
                model=charger.model,
                host=charger.host,
                port=charger.port,
                connector=charger.identity.connector,
            ),
            identity=charger.identity,
        )
        for charger in await search_http(
            [target for target in second if target not in taken],
            list(models.values()),
            shared(hass),
            SEARCH_TIMEOUT,
            lambda done, _: on_progress(min((len(set(first)) + done) / total, 1.0)),
        )
    ]
    return [*over_http, *over_modbus]


def offered_once(candidates: Sequence[Candidate], models: Mapping[str, NetworkCharger]) -> list[Candidate]:
    """The candidates without those that are a charger found before, in another way.

    It is the same one if it says so by its serial number, or at the same host with the usual port for HTTP: behind
    another port may be another box.
    """
    kept: list[Candidate] = []
    ids: set[str] = set()
    hosts: set[str] = set()
    for candidate in candidates:
        driver = candidate.driver
        if candidate.unique_id in ids or (driver["kind"] == KIND_MODBUS and driver["host"] in hosts):
            continue
        kept.append(candidate)
        if candidate.unique_id is not None:
            ids.add(candidate.unique_id)
        if driver["kind"] == KIND_NETWORK and driver["port"] == models[driver["model"]].port:
            hosts.add(driver["host"])
    return kept


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


def _target(device: ModbusData | NetworkData) -> Target:
    return Target(device["host"].lower(), device["port"])


async def async_chargers_at(hass: HomeAssistant, host: str) -> list[tuple[Candidate, Capability]]:
    """The sockets of a charger that has announced itself, each read once."""
    targets = [Target(host, port) for port in sorted(await _async_ports(hass))]
    found = await async_search(hass, targets, lambda _: None)
    usable: list[tuple[Candidate, Capability]] = []
    for candidate in offered_once(found, known_network_chargers(hass)):
        with suppress(FormError):
            _, capability = await async_probe_charger(hass, candidate.driver)
            usable.append((candidate, capability))
    return usable
