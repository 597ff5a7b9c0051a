"""A charger that announces itself and that an integration of Home Assistant knows as well is one discovered device."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, SOURCE_ZEROCONF, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import NETWORK_CHARGERS
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.flow.recognised import RecognisedInfo
from tests.common import know_chargers
from tests.drivers.raw_server import RawServer
from tests.flow.test_charger_subentry import PLACE, chargers
from tests.forms import presentable
from tests.houses import add_site, charger, options
from tests.mappings.box import Box

pytestmark = pytest.mark.usefixtures("no_set_up")

SERIAL = "ACE0123456"


@pytest.fixture(autouse=True)
async def one_socket_at_its_port(hass: HomeAssistant, charger_box: RawServer) -> None:
    """A box with one socket and nothing else at the usual ports."""
    hass.data[NETWORK_CHARGERS] = {}
    profiles = await hass.async_add_executor_job(charger_profiles)
    know_chargers(
        hass,
        {key: replace(one, transport=replace(one.transport, port=charger_box.port)) for key, one in profiles.items()},
    )
    charger_box.set([{"unit": 200, "address": 1105, "words": [1]}])


@pytest.fixture
def integrated(hass: HomeAssistant) -> Box:
    """The same charger in an integration, known by its page."""
    box = Box(hass, "peblar")
    assert box.device is not None
    dr.async_get(hass).async_update_device(box.device.id, configuration_url="http://127.0.0.1")
    return box


async def announce(hass: HomeAssistant) -> ConfigFlowResult:
    info = ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"),
        ip_addresses=[ip_address("127.0.0.1")],
        port=443,
        hostname="ace0123456.local.",
        type="_alfen._tcp.local.",
        name="ACE0123456._alfen._tcp.local.",
        properties={},
    )
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)
    return presentable(result)


async def bring(hass: HomeAssistant, box: Box) -> ConfigFlowResult:
    """The integration has brought the charger."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data=RecognisedInfo(box.sources["sensor.box_state"]),
    )


async def proceed(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


def discovered(hass: HomeAssistant) -> list[str]:
    return [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()]


@pytest.mark.parametrize("native", [True, False])
async def test_the_way_is_asked(hass: HomeAssistant, integrated: Box, charger_box: RawServer, native: bool) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await announce(hass), site=entry.entry_id)
    assert result["step_id"] == "way"
    over_modbus, integration = options(result, "way")
    assert over_modbus == f"127.0.0.1:{charger_box.port}/1"
    result = await proceed(hass, result, way=over_modbus if native else integration)
    if not native:
        assert result["step_id"] == "try"
        result = await proceed(hass, result, try_now=False)
    result = await proceed(hass, result, **PLACE)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "charger_added")
    (saved,) = chargers(entry).values()
    assert saved["driver"]["kind"] == ("modbus" if native else "mapping")
    # Neither is offered any more.
    assert (await announce(hass))["reason"] == "already_configured"
    assert (await bring(hass, integrated))["reason"] == "already_configured"


async def test_one_that_stops_answering_can_be_tried_again(
    hass: HomeAssistant, integrated: Box, charger_box: RawServer
) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await announce(hass), site=entry.entry_id)
    over_modbus = options(result, "way")[0]
    words, charger_box.words = charger_box.words, {}
    result = await proceed(hass, result, way=over_modbus)
    assert (result["step_id"], result["errors"]) == ("way", {"way": "wrong_device"})
    charger_box.words = words
    assert (await proceed(hass, result, way=over_modbus))["step_id"] == "details"


async def test_it_is_discovered_once_whichever_comes_first(hass: HomeAssistant, integrated: Box) -> None:
    add_site(hass)
    assert (await bring(hass, integrated))["type"] is FlowResultType.FORM
    await announce(hass)
    assert discovered(hass) == [SOURCE_ZEROCONF]
    again = await bring(hass, integrated)
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_in_progress")
    assert discovered(hass) == [SOURCE_ZEROCONF]


async def test_one_that_a_site_reaches_through_its_integration(hass: HomeAssistant, integrated: Box) -> None:
    driver = {
        "kind": "entities",
        "state": integrated.sources["sensor.box_state"],
        "state_map": {},
        "limit": integrated.sources["number.box_limit"],
        "minimum": 6.0,
        "maximum": 16.0,
        "step": 1.0,
    }
    add_site(hass, charger("Left", driver, integrated.sources["number.box_limit"]))
    assert (await announce(hass))["reason"] == "already_configured"


async def test_a_new_site_takes_it_as_it_was_found(hass: HomeAssistant, integrated: Box) -> None:
    result = await announce(hass)
    assert (result["step_id"], result["data_schema"].schema) == ("zeroconf_confirm", {})
    assert (await proceed(hass, result))["step_id"] == "user"
