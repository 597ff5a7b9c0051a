"""A charger that announces itself joins a site or starts one."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
import json
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_ZEROCONF, ConfigFlowResult, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.generated.zeroconf import ZEROCONF
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import NETWORK_CHARGERS
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles

from .common import know_chargers
from .drivers.raw_server import RawServer
from .forms import INTEGRATION, presentable
from .houses import ALFEN, SITE_FORM, add_site, charger, circuit, options

pytestmark = pytest.mark.usefixtures("no_set_up", "alfen_at_its_port")

PLACE = {"name": "Left", "circuit": "main", "wiring": "unknown", "maximum": 16}
SECOND = PLACE | {"name": "Right", "car_minimum": 8}


@pytest.fixture
async def alfen_at_its_port(hass: HomeAssistant, charger_box: RawServer) -> None:
    """The profiles, with the port of the box under test as the usual one, and nothing else."""
    hass.data[NETWORK_CHARGERS] = {}
    profiles = await hass.async_add_executor_job(charger_profiles)
    at_port = {
        key: replace(one, transport=replace(one.transport, port=charger_box.port)) for key, one in profiles.items()
    }
    know_chargers(hass, at_port)


async def announce(hass: HomeAssistant, hostname: str = "ace0123456.local.") -> ConfigFlowResult:
    info = ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"),
        ip_addresses=[ip_address("127.0.0.1")],
        port=443,
        hostname=hostname,
        type="_alfen._tcp.local.",
        name="ACE0123456._alfen._tcp.local.",
        properties={},
    )
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)
    return presentable(result)


async def proceed(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


def known_socket() -> ConfigSubentry:
    saved = charger("Left", ALFEN, "ACE0123456_1")
    return ConfigSubentry(**saved | {"data": MappingProxyType(saved["data"])})


def titles(hass: HomeAssistant) -> Sequence[str]:
    return [entry.title for entry in hass.config_entries.async_entries(DOMAIN)]


async def test_without_a_site_it_starts_one(hass: HomeAssistant, meter_box: RawServer, charger_box: RawServer) -> None:
    result = await announce(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "zeroconf_confirm")
    assert not result["data_schema"].schema
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["unique_id"] == "ACE0123456"
    assert "ACE0123456" in flow["context"]["title_placeholders"]["name"]

    result = await proceed(hass, result)
    result = await proceed(hass, result, **SITE_FORM)
    result = await proceed(hass, result, profile="eastron_sdm630", host="127.0.0.1", port=meter_box.port)
    result = await proceed(hass, result)
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **PLACE | {"maximum": 40})
    assert result["errors"] == {"maximum": "maximum_above_hardware"}
    result = await proceed(hass, result, **PLACE)
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **SECOND)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.unique_id is None
    left, right = entry.get_subentries_of_type("charger")
    driver = ALFEN | {"host": "127.0.0.1", "port": charger_box.port}
    assert (left.title, left.unique_id) == ("Left", "ACE0123456_1")
    assert left.data == {"driver": driver, "circuit": "main", "wiring": "unknown", "maximum": 16}
    assert (right.title, right.unique_id) == ("Right", "ACE0123456_2")
    assert right.data["driver"] == driver | {"unit": 2, "connector": 2}
    assert right.data["car_minimum"] == 8


async def test_it_joins_a_site(hass: HomeAssistant) -> None:
    entry = add_site(hass, circuit("Garage"), charger("Other", ALFEN, "other_1"))
    result = await announce(hass)
    assert options(result, "site") == [entry.entry_id, "new"]

    result = await proceed(hass, result, site=entry.entry_id)
    assert options(result, "circuit") == ["main", "garage"]
    result = await proceed(hass, result, **PLACE | {"circuit": "garage"})
    result = await proceed(hass, result, **SECOND)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "charger_added")
    assert [(item.title, item.unique_id) for item in entry.get_subentries_of_type("charger")] == [
        ("Other", "other_1"),
        ("Left", "ACE0123456_1"),
        ("Right", "ACE0123456_2"),
    ]
    assert titles(hass) == ["Home"]


async def test_each_socket_is_asked_what_it_shall_do_when_nobody_speaks_to_it(
    hass: HomeAssistant, charger_box: RawServer
) -> None:
    alfen = (await hass.async_add_executor_job(charger_profiles))["alfen_eve"]
    settable = replace(alfen.capability, fall_back_settable=True, timeout_range=(10.0, 120.0))
    at_port = replace(alfen.transport, port=charger_box.port)
    know_chargers(hass, {"alfen_eve": replace(alfen, transport=at_port, capability=settable)})
    entry = add_site(hass)
    result = await proceed(hass, await announce(hass), site=entry.entry_id)
    result = await proceed(hass, result, **PLACE)
    assert (result["step_id"], result["description_placeholders"]["name"]) == ("fall_back", "Left")
    result = await proceed(hass, result, arm=True, amperes=8, timeout=90)
    result = await proceed(hass, result, **SECOND)
    assert (result["step_id"], result["description_placeholders"]["name"]) == ("fall_back", "Right")
    result = await proceed(hass, result, arm=False)
    assert result["reason"] == "charger_added"
    left, right = entry.get_subentries_of_type("charger")
    assert left.data["fall_back"] == {"amperes": 8, "timeout": 90}
    assert "fall_back" not in right.data


async def test_only_the_socket_that_is_new_is_asked_about(hass: HomeAssistant) -> None:
    entry = add_site(hass, charger("Left", ALFEN, "ACE0123456_1"))
    result = await proceed(hass, await announce(hass), site=entry.entry_id)
    result = await proceed(hass, result, **SECOND)
    assert result["reason"] == "charger_added"
    assert [item.unique_id for item in entry.get_subentries_of_type("charger")] == ["ACE0123456_1", "ACE0123456_2"]


async def test_a_known_charger_is_followed_to_its_new_address(hass: HomeAssistant) -> None:
    entry = add_site(
        hass,
        charger("Left", ALFEN, "ACE0123456_1"),
        charger("Right", ALFEN | {"unit": 2, "connector": 2}, "ACE0123456_2", maximum=20),
    )
    result = await announce(hass)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    left, right = entry.get_subentries_of_type("charger")
    assert left.data["driver"] == ALFEN | {"host": "127.0.0.1"}
    assert right.data["driver"] == ALFEN | {"unit": 2, "connector": 2, "host": "127.0.0.1"}
    assert right.data["maximum"] == 20


@pytest.mark.parametrize("line", [{"framing": "rtu"}, {"framing": "serial", "host": "/dev/ttyS9", "port": 0}])
async def test_one_behind_a_line_stays_there(hass: HomeAssistant, line: dict[str, Any]) -> None:
    """A box may announce itself in the network and be asked over its two wires."""
    driver = ALFEN | line
    entry = add_site(hass, charger("Left", driver, "ACE0123456_1"), charger("Right", driver, "ACE0123456_2"))
    assert (await announce(hass))["reason"] == "already_configured"
    assert [saved.data["driver"] for saved in entry.get_subentries_of_type("charger")] == [driver, driver]


async def test_it_starts_another_house(hass: HomeAssistant, meter_box: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await announce(hass), site="new")
    assert result["step_id"] == "user"
    result = await proceed(hass, result, **SITE_FORM | {"name": "Cabin"})
    result = await proceed(hass, result, profile="eastron_sdm630", host="127.0.0.1", port=meter_box.port)
    result = await proceed(hass, result)
    assert result["description_placeholders"]["name"] == "Alfen Eve 1"
    result = await proceed(hass, result, **PLACE)
    assert result["description_placeholders"]["name"] == "Alfen Eve 2"
    # Meanwhile the first socket was added to the other house.
    hass.config_entries.async_add_subentry(entry, known_socket())
    result = await proceed(hass, result, **SECOND)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [item.unique_id for item in result["result"].get_subentries_of_type("charger")] == ["ACE0123456_2"]
    assert titles(hass) == ["Home", "Cabin"]


async def test_an_ignored_charger_stays_ignored(hass: HomeAssistant) -> None:
    result = await announce(hass)
    (flow,) = hass.config_entries.flow.async_progress()
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": flow["context"]["unique_id"], "title": "Box"}
    )
    result = await announce(hass)
    assert result["reason"] == "already_configured"


async def test_a_box_that_tells_nothing_is_not_supported(hass: HomeAssistant, charger_box: RawServer) -> None:
    charger_box.words.clear()
    result = await announce(hass)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_supported")


async def test_a_box_that_stops_answering_is_not_supported(hass: HomeAssistant, charger_box: RawServer) -> None:
    for key in [key for key in charger_box.words if key[0] != 200]:
        charger_box.words.pop(key)
    assert (await announce(hass))["reason"] == "not_supported"


async def test_a_site_that_appears_meanwhile_is_offered(hass: HomeAssistant) -> None:
    result = await announce(hass)
    entry = add_site(hass)
    result = await proceed(hass, result)
    assert (result["step_id"], options(result, "site")) == ("zeroconf_confirm", [entry.entry_id, "new"])


async def test_a_site_that_goes_meanwhile_is_not_joined(hass: HomeAssistant) -> None:
    entry = add_site(hass)
    result = await announce(hass)
    other = add_site(hass, name="Cabin")
    await hass.config_entries.async_remove(entry.entry_id)
    result = await proceed(hass, result, site=entry.entry_id)
    assert options(result, "site") == [other.entry_id, "new"]

    result = await proceed(hass, result, site=other.entry_id)
    result = await proceed(hass, result, **PLACE)
    await hass.config_entries.async_remove(other.entry_id)
    result = await proceed(hass, result, **SECOND)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "site_gone")


async def test_a_circuit_that_goes_meanwhile_is_refused(hass: HomeAssistant) -> None:
    entry = add_site(hass, circuit("Garage"))
    result = await proceed(hass, await announce(hass), site=entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, "garage")
    result = await proceed(hass, result, **PLACE | {"circuit": "garage"})
    assert result["errors"] == {"circuit": "circuit_gone"}


async def test_a_charger_that_was_added_meanwhile_is_not_added_twice(hass: HomeAssistant) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await announce(hass), site=entry.entry_id)
    add_site(hass, charger("Left", ALFEN, "ACE0123456_1"), name="Cabin")
    result = await proceed(hass, result, **PLACE)
    result = await proceed(hass, result, **SECOND)
    assert result["reason"] == "charger_added"
    assert [item.unique_id for item in entry.get_subentries_of_type("charger")] == ["ACE0123456_2"]


def test_nothing_is_claimed_that_core_has_claimed() -> None:
    claimed = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))["zeroconf"]
    assert claimed == sorted(claimed)
    assert not set(claimed) & set(ZEROCONF)
