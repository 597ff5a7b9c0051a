"""A charger that gets another IP address is followed by its MAC address, as Home Assistant's dhcp integration tells.

Only what listens to the network is left out of that integration here.
"""

from collections.abc import Generator
from ipaddress import ip_address
import sys
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from homeassistant.config_entries import SOURCE_DHCP
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.generated.dhcp import DHCP
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.loader import async_get_dhcp
import pytest

from custom_components.ev_charger_pool.addresses import mac_at
from custom_components.ev_charger_pool.const import DOMAIN
from tests.common import until
from tests.drivers.raw_server import RawServer
from tests.flow.test_charger_subentry import begin, find, proceed
from tests.houses import ALFEN, METER, add_site, charger, circuit, options
from tests.mappings.box import Box

MAC = "aa:bb:cc:12:34:56"
PLAIN = "aabbcc123456"
BEFORE, NOW = "192.168.9.8", "192.168.9.80"


class Dhcp:
    """Home Assistant's dhcp integration, and a network that says what a test lets it say."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    async def set_up(self) -> None:
        from homeassistant.components import dhcp

        self._data = dhcp.DHCPData(dhcp.async_index_integration_matchers(await async_get_dhcp(self._hass)))
        self._hass.data[dhcp.DATA_DHCP] = self._data
        self._hass.config.components.add("dhcp")
        self._watcher = dhcp.WatcherBase(self._hass, self._data)

    async def hear(self, host: str, mac: str = PLAIN, name: str = "box") -> None:
        """A device has asked for an address and got this one."""
        self._watcher.async_process_client(host, name, mac)
        await self._hass.async_block_till_done(wait_background_tasks=True)

    def know(self, host: str, mac: str = PLAIN) -> None:
        """A device was heard of before."""
        self._data.address_data[mac] = {"ip": host, "hostname": "box"}


@pytest.fixture
async def dhcp(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Dhcp:
    for name in ("aiodhcpwatcher", "aiodiscover", "aiodiscover.discovery"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    cached = ModuleType("cached_ipaddress")
    cached.cached_ip_addresses = ip_address  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cached_ipaddress", cached)
    running = Dhcp(hass)
    await running.set_up()
    return running


@pytest.fixture(autouse=True)
def forgotten() -> Generator[None]:
    """Leave no integration behind that was made with pretended libraries."""
    yield
    for name in [name for name in sys.modules if name.startswith("homeassistant.components.dhcp")]:
        del sys.modules[name]


def hosts(entry: Any) -> dict[str, str]:
    return {
        part.title: part.data[key]["host"]
        for part in entry.subentries.values()
        for key in ("driver", "meter")
        if key in part.data
    } | {"mains": entry.data["meter"]["host"]}


def register(hass: HomeAssistant, entry: Any, subentry_id: str) -> None:
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry_id,
        identifiers={(DOMAIN, subentry_id)},
        connections={(dr.CONNECTION_NETWORK_MAC, MAC)},
    )


@pytest.mark.usefixtures("no_set_up")
async def test_all_at_its_address_go_with_it(hass: HomeAssistant, dhcp: Dhcp) -> None:
    entry = add_site(
        hass,
        charger("Left", ALFEN, "ACE0123456_1"),
        charger("Right", ALFEN | {"unit": 2, "connector": 2}, "ACE0123456_2"),
        charger("Other", ALFEN | {"host": "192.168.9.7"}, "other_1"),
        circuit("Garage", meter=METER | {"host": BEFORE}),
    )
    register(hass, entry, "left")
    await dhcp.hear(NOW)
    assert hosts(entry) == {
        "Left": NOW,
        "Right": NOW,
        "Other": "192.168.9.7",
        "Garage": NOW,
        "mains": METER["host"],
    }
    assert entry.subentries["right"].data["driver"] == ALFEN | {"unit": 2, "connector": 2, "host": NOW}
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.usefixtures("no_set_up")
async def test_one_that_is_reached_by_name_is_left(hass: HomeAssistant, dhcp: Dhcp) -> None:
    entry = add_site(hass, charger("Left", ALFEN | {"host": "alfen.local"}, "ACE0123456_1"))
    register(hass, entry, "left")
    await dhcp.hear(NOW)
    assert hosts(entry)["Left"] == "alfen.local"


@pytest.mark.usefixtures("no_set_up")
async def test_another_device_changes_nothing(hass: HomeAssistant, dhcp: Dhcp) -> None:
    entry = add_site(hass, charger("Left", ALFEN, "ACE0123456_1"))
    register(hass, entry, "left")
    await dhcp.hear(NOW, mac="aabbcc000000")
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_DHCP}, data=DhcpServiceInfo(ip=NOW, hostname="", macaddress="aabbcc000000")
    )
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert hosts(entry)["Left"] == BEFORE


async def test_the_mac_address_is_learnt_once_a_charger_answers(
    hass: HomeAssistant, dhcp: Dhcp, charger_box: RawServer
) -> None:
    """Of two sockets at one address only one has it, as no two devices of a site can."""
    dhcp.know("127.0.0.1")
    at = ALFEN | {"host": "127.0.0.1", "port": charger_box.port}
    entry = add_site(
        hass,
        charger("Left", at, "ACE0123456_1"),
        charger("Right", at | {"unit": 2, "connector": 2}, "ACE0123456_2"),
        meter={"kind": "entities", "currents": ["sensor.l1", "sensor.l2", "sensor.l3"]},
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    registry = dr.async_get(hass)

    def known() -> int:
        return len(registry.async_get_devices(connections={(dr.CONNECTION_NETWORK_MAC, MAC)}))

    await until(hass, lambda: all(box.online for box in entry.runtime_data.chargers.values()) and known() > 0)
    assert known() == 1
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_mac_address_that_is_seen_elsewhere_is_forgotten(
    hass: HomeAssistant, dhcp: Dhcp, charger_box: RawServer
) -> None:
    """As of a charger that was replaced: the old one must not lead the site to itself."""
    dhcp.know("192.168.9.66")
    at = ALFEN | {"host": "127.0.0.1", "port": charger_box.port}
    entry = add_site(
        hass,
        charger("Left", at, "ACE0123456_1"),
        meter={"kind": "entities", "currents": ["sensor.l1", "sensor.l2", "sensor.l3"]},
    )
    register(hass, entry, "left")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, lambda: not dr.async_get(hass).async_get_devices(connections={(dr.CONNECTION_NETWORK_MAC, MAC)}))
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_charger_that_two_ways_lead_to_is_known_by_its_mac_address(
    hass: HomeAssistant, dhcp: Dhcp, charger_box: RawServer
) -> None:
    dhcp.know("127.0.0.1")
    box = Box(hass, "peblar")
    assert box.device is not None
    dr.async_get(hass).async_update_device(box.device.id, new_connections={(dr.CONNECTION_NETWORK_MAC, MAC)})
    result = await find(hass, await begin(hass, add_site(hass), "search"), charger_box.port)
    result = await proceed(hass, result, found=options(result, "found")[0])
    assert options(result, "way") == [f"127.0.0.1:{charger_box.port}/1", box.sources["sensor.box_state"]]


async def test_which_device_has_an_address(hass: HomeAssistant, dhcp: Dhcp) -> None:
    assert mac_at(hass, BEFORE) is None
    dhcp.know(BEFORE)
    assert mac_at(hass, BEFORE) == MAC
    dhcp.know(BEFORE, mac="aabbcc000000")
    assert mac_at(hass, BEFORE) is None


async def test_nobody_knows_without_the_dhcp_integration(hass: HomeAssistant) -> None:
    assert mac_at(hass, BEFORE) is None


async def test_dhcp_tells_of_our_own_devices_and_of_nothing_that_core_claims(hass: HomeAssistant) -> None:
    matchers = [matcher for matcher in await async_get_dhcp(hass) if matcher["domain"] == DOMAIN]
    assert matchers == [{"domain": DOMAIN, "registered_devices": True}]
    claimed = {(one.get("hostname"), one.get("macaddress")) for one in DHCP} - {(None, None)}
    assert not claimed & {(one.get("hostname"), one.get("macaddress")) for one in matchers}
