"""The search on the user's button: what answers to a call, what is shown meanwhile, and how it ends early."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from time import monotonic
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED, FlowResultType
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_charger_pool.devices import NETWORK_CHARGERS, SHARED
from custom_components.ev_charger_pool.drivers.network.keba_listener import KebaListener
from custom_components.ev_charger_pool.drivers.network.model import Shared
from custom_components.ev_charger_pool.drivers.network.models import network_chargers
from custom_components.ev_charger_pool.flow.searching import SEARCH_TIMEOUT
from tests.common import until
from tests.drivers.conftest import IMPATIENT
from tests.drivers.network.keba_box import KebaBox
from tests.drivers.network.test_keba_udp import free_port, is_bound
from tests.drivers.raw_server import Mishap, RawServer
from tests.flow.test_charger_subentry import PLACE, begin, chargers, find, proceed
from tests.flow.test_finding import adapter
from tests.forms import presentable
from tests.houses import add_site, charger, options

ADAPTERS = "custom_components.ev_charger_pool.flow.finding.async_get_adapters"
NOWHERE = 9
"""A port at which nobody answers."""


@pytest.fixture
async def keba(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[KebaBox]:
    """A KEBA charger that is called at its own address, as a network of one address has no other."""
    reply_port = free_port()
    listener = KebaListener(reply_port, patience=IMPATIENT, gap=0.0)
    hass.data[SHARED] = Shared(session=async_get_clientsession(hass), keba=listener)
    async with KebaBox(reply_port) as box:
        models = network_chargers()
        hass.data[NETWORK_CHARGERS] = models | {"keba_udp": replace(models["keba_udp"], port=box.port)}
        with patch(ADAPTERS, return_value=[adapter(("127.0.0.1", 32))]):
            yield box


def keba_at(box: KebaBox) -> dict[str, Any]:
    return {"kind": "network", "model": "keba_udp", "host": "127.0.0.1", "port": box.port, "connector": 1}


async def test_a_charger_that_answers_to_a_call_is_found(hass: HomeAssistant, keba: KebaBox) -> None:
    entry = add_site(hass)
    result = await find(hass, await begin(hass, entry, "search"), NOWHERE)
    (key,) = options(result, "found")
    assert key == f"127.0.0.1:{keba.port}/keba_udp"
    assert set(keba.heard) == {"i", "report 1"}
    assert not is_bound(keba.reply_port)
    result = await proceed(hass, await proceed(hass, result, found=key), **PLACE)
    await proceed(hass, result, arm=False, amperes=6, timeout=60)
    assert chargers(entry)["17625628_1"]["driver"] == keba_at(keba)
    result = await find(hass, await begin(hass, entry, "search"), NOWHERE)
    assert result["errors"] == {"base": "nothing_found"}


async def test_nobody_is_called_in_a_network_that_is_not_searched(hass: HomeAssistant, keba: KebaBox) -> None:
    with patch(ADAPTERS, return_value=[adapter(("127.0.0.2", 32)), adapter(("127.0.0.1", 32), enabled=False)]):
        result = await find(hass, await begin(hass, add_site(hass), "search"), NOWHERE)
    assert result["errors"] == {"base": "nothing_found"}
    assert not keba.heard


async def test_a_port_that_another_integration_holds_ends_no_search(
    hass: HomeAssistant, keba: KebaBox, charger_box: RawServer
) -> None:
    holder = KebaListener(keba.reply_port)
    line = await holder.acquire("127.0.0.1", keba.port)
    result = await find(hass, await begin(hass, add_site(hass), "search"), charger_box.port)
    assert options(result, "found") == [f"127.0.0.1:{charger_box.port}/{unit}" for unit in (1, 2)]
    await holder.release(line)


async def test_one_over_udp_and_modbus_is_one(hass: HomeAssistant, keba: KebaBox, charger_box: RawServer) -> None:
    """At the same host, whatever they say; the second socket is only there over Modbus."""
    entry = add_site(hass)
    result = await find(hass, await begin(hass, entry, "search"), charger_box.port)
    first, second = options(result, "found")
    result = await proceed(hass, result, found=first)
    assert set(options(result, "way")) == {f"127.0.0.1:{keba.port}/keba_udp", f"127.0.0.1:{charger_box.port}/1"}
    assert second == f"127.0.0.1:{charger_box.port}/2"


async def test_one_in_a_site_over_udp_is_not_offered_over_modbus(
    hass: HomeAssistant, keba: KebaBox, charger_box: RawServer
) -> None:
    entry = add_site(hass, charger("Left", keba_at(keba), "17625628_1"))
    result = await find(hass, await begin(hass, entry, "search"), charger_box.port)
    assert options(result, "found") == [f"127.0.0.1:{charger_box.port}/2"]


async def test_what_is_found_is_shown_while_the_search_goes_on(hass: HomeAssistant, charger_box: RawServer) -> None:
    shown = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    async with RawServer({"unit": 1, "registers": []}) as other:
        other.mishaps.extend([Mishap.SILENCE] * 99)
        result = await begin(hass, add_site(hass), "search")
        result = await proceed(hass, result, addresses="127.0.0.1", ports=f"{charger_box.port}, {other.port}")
        assert (result["type"], result["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "searching")
        async with asyncio.timeout(5):
            await other.asked.wait()
        (flow,) = hass.config_entries.subentries.async_progress()
        now = presentable(await hass.config_entries.subentries.async_configure(flow["flow_id"]), "charger")
        assert (now["type"], now["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "finding")
        assert now["description_placeholders"] is not None
        assert now["description_placeholders"]["found"].splitlines() == [
            f"- Alfen Eve {number} (127.0.0.1:{charger_box.port}, ACE0123456)" for number in (1, 2)
        ]
        assert [event.data["refresh"] for event in shown] == [True, True]
        hass.config_entries.subentries.async_abort(flow["flow_id"])


async def test_the_search_ends_when_its_window_is_closed(hass: HomeAssistant, charger_box: RawServer) -> None:
    charger_box.mishaps.extend([Mishap.SILENCE] * 99)
    result = await begin(hass, add_site(hass), "search")
    result = await proceed(hass, result, addresses="127.0.0.1", ports=str(charger_box.port))
    async with asyncio.timeout(5):
        await charger_box.asked.wait()
    asked = len(charger_box.requests)
    closed = monotonic()
    hass.config_entries.subentries.async_abort(result["flow_id"])
    await until(hass, lambda: not charger_box.clients)
    assert monotonic() - closed < SEARCH_TIMEOUT / 2
    assert len(charger_box.requests) == asked
