"""Where chargers are looked for before the user has said anything."""

from typing import Any
from unittest.mock import patch

from homeassistant.components.network.models import Adapter
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.drivers.targets import private_targets
from custom_components.ev_charger_pool.flow.finding import async_broadcasts, async_own_networks, async_usual_ports


def adapter(*addresses: tuple[str, int], enabled: bool = True) -> Adapter:
    ipv4: list[Any] = [{"address": address, "network_prefix": prefix} for address, prefix in addresses]
    return Adapter(name="eth", index=1, enabled=enabled, auto=True, default=True, ipv6=[], ipv4=ipv4)


@pytest.mark.parametrize(
    ("adapters", "networks"),
    [
        ([adapter(("192.168.7.20", 24))], "192.168.7.0/24"),
        ([adapter(("192.168.7.20", 28))], "192.168.7.16/28"),
        ([adapter(("10.1.2.3", 8))], "10.1.2.0/24"),
        (
            [adapter(("192.168.7.20", 24), ("192.168.7.21", 24)), adapter(("10.0.0.5", 24))],
            "192.168.7.0/24, 10.0.0.0/24",
        ),
        (
            [adapter(("192.168.7.20", 24), enabled=False), adapter(("8.8.8.8", 24), ("192.0.2.5", 24)), adapter()],
            "192.168.1.0/24",
        ),
    ],
)
async def test_the_own_networks_are_searched(hass: HomeAssistant, adapters: list[Adapter], networks: str) -> None:
    with patch("custom_components.ev_charger_pool.flow.finding.async_get_adapters", return_value=adapters):
        assert await async_own_networks(hass) == networks


@pytest.mark.parametrize(
    ("searched", "broadcasts"),
    [
        ("192.168.7.77", ["192.168.7.255"]),
        ("192.168.7.77, 10.0.0.9", ["192.168.7.255", "10.0.3.255"]),
        ("192.168.8.0/24", []),
    ],
)
async def test_only_networks_that_are_searched_are_called(
    hass: HomeAssistant, searched: str, broadcasts: list[str]
) -> None:
    own = [adapter(("192.168.7.20", 24), ("192.168.7.21", 24)), adapter(("10.0.0.5", 22))]
    own.append(adapter(("10.0.0.5", 8), enabled=False))
    with patch("custom_components.ev_charger_pool.flow.finding.async_get_adapters", return_value=own):
        assert await async_broadcasts(hass, private_targets(searched, [502])) == broadcasts


async def test_the_usual_ports_are_those_of_the_known_chargers(hass: HomeAssistant) -> None:
    assert "502" in (await async_usual_ports(hass)).split(", ")
