"""Where chargers are looked for on the network."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant

from ..devices import async_charger_profiles, known_network_chargers
from ..drivers.targets import Target, TargetError, private_targets
from .forms import FormError

USUAL_NETWORK = "192.168.1.0/24"
"""Searched where Home Assistant does not know its own network."""

WIDEST_PREFIX = 24
"""Of a larger network only the 256 addresses around our own are searched."""


async def async_own_networks(hass: HomeAssistant) -> str:
    """The networks that this host is in, written as the form of the search takes them."""
    networks = {
        str(IPv4Interface(f"{address.ip}/{max(address.network.prefixlen, WIDEST_PREFIX)}").network): None
        for address in await _async_own_addresses(hass)
    }
    return ", ".join(filter(_searchable, networks)) or USUAL_NETWORK


async def async_broadcasts(hass: HomeAssistant, targets: Iterable[Target]) -> list[str]:
    """The broadcast addresses of those of our own networks in which targets are."""
    hosts = {IPv4Address(target.host) for target in targets}
    networks = {address.network: None for address in await _async_own_addresses(hass)}
    return [str(network.broadcast_address) for network in networks if any(host in network for host in hosts)]


async def _async_own_addresses(hass: HomeAssistant) -> list[IPv4Interface]:
    return [
        IPv4Interface(f"{address['address']}/{address['network_prefix']}")
        for adapter in await async_get_adapters(hass)
        if adapter["enabled"]
        for address in adapter["ipv4"]
    ]


def _searchable(network: str) -> bool:
    try:
        private_targets(network, ())
    except TargetError:
        return False
    return True


async def async_usual_ports(hass: HomeAssistant) -> str:
    """The ports that the known chargers use, written as the form of the search takes them."""
    return ", ".join(map(str, sorted(await _async_ports(hass))))


async def async_usual_targets(hass: HomeAssistant, host: str) -> list[Target]:
    """Where at a host a known charger may answer."""
    return [Target(host, port) for port in sorted(await _async_ports(hass))]


async def _async_ports(hass: HomeAssistant) -> set[int]:
    """The TCP ports that the known chargers use."""
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
