"""A running site steers two KEBA chargers over one UDP port, and gives the port back."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.ev_charger_pool.devices import SHARED
from custom_components.ev_charger_pool.drivers.network.keba_listener import KebaListener
from custom_components.ev_charger_pool.drivers.network.model import Shared
from tests.common import currents, devices, show_currents, until
from tests.drivers.conftest import IMPATIENT
from tests.drivers.network.keba_box import KebaBox
from tests.drivers.network.test_keba_udp import free_port, is_bound
from tests.flow.test_charger_subentry import PLACE, begin, chargers, proceed
from tests.houses import add_site, charger, filled


@pytest.fixture
async def reply_port(hass: HomeAssistant, socket_enabled: None) -> int:
    """In place of 7090."""
    port = free_port()
    hass.data[SHARED] = Shared(
        session=async_get_clientsession(hass), keba=KebaListener(port, patience=IMPATIENT, gap=0.0)
    )
    return port


@pytest.fixture
async def boxes(reply_port: int) -> AsyncGenerator[list[KebaBox]]:
    """Two chargers, each with a car that waits."""
    waiting = {"State": 2, "Plug": 7, "Max curr": 16000, "Curr user": 16000}
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(KebaBox(reply_port, serial, waiting)) for serial in ("11111111", "22222222")
        ]


def driver_at(box: KebaBox) -> dict[str, object]:
    return {"kind": "network", "model": "keba_udp", "host": "127.0.0.1", "port": box.port, "connector": 1}


async def start(hass: HomeAssistant, boxes: list[KebaBox]) -> ConfigEntry:
    show_currents(hass, "mains", 24.0, 24.0, 24.0)
    entry = add_site(
        hass,
        *(
            charger(name, driver_at(box), f"{box.about['Serial']}_1", wiring="l1_l2_l3")
            for name, box in zip(("Left", "Right"), boxes, strict=True)
        ),
        meter={"kind": "entities", "currents": currents("mains")},
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, lambda: all(device.online for device in devices(entry)))
    return entry


def told(box: KebaBox) -> list[str]:
    """The commands it was given."""
    return [text for text in box.heard if not text.startswith("report")]


async def test_a_site_steers_both_and_gives_the_port_back(
    hass: HomeAssistant, boxes: list[KebaBox], reply_port: int
) -> None:
    entry = await start(hass, boxes)
    coordinators = entry.runtime_data.chargers
    assert [coordinators[key].identity.serial for key in ("left", "right")] == ["11111111", "22222222"]
    assert [coordinators[key].heard.limit for key in ("left", "right")] == [16, 16]
    assert not any(told(box) for box in boxes)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    await until(hass, lambda: all(told(box) for box in boxes))
    # Nothing of 25 A is left for anybody.
    assert [told(box)[0] for box in boxes] == ["ena 0", "ena 0"]
    await until(hass, lambda: [coordinators[key].heard.limit for key in ("left", "right")] == [0, 0])
    assert is_bound(reply_port)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not is_bound(reply_port)


async def test_it_is_added_by_its_address(hass: HomeAssistant, boxes: list[KebaBox], reply_port: int) -> None:
    entry = add_site(hass)
    box, _ = boxes
    result = await begin(hass, entry, "host")
    form = {"profile": "network/keba_udp", "host": "127.0.0.1", "connector": 1, "port": box.port}
    result = await proceed(hass, result, **filled(form))
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **PLACE)
    assert result["step_id"] == "fall_back"
    result = await proceed(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chargers(entry)["11111111_1"]["driver"] == driver_at(box)
    # Its watchdog is off, so it is suggested to set it; nothing is set before control is taken.
    assert chargers(entry)["11111111_1"]["fall_back"] == {"amperes": 6, "timeout": 60}
    assert not told(box)
    assert not is_bound(reply_port)
