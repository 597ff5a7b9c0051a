"""A meter that sends to everybody is picked from those that are heard, by its serial number."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from functools import partial
import socket

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import NETWORK_METERS
from custom_components.ev_charger_pool.drivers.network.model import Place, Shared
from custom_components.ev_charger_pool.drivers.network.sma_speedwire import SMA_SPEEDWIRE, SmaMeter, hear_meters
from custom_components.ev_charger_pool.flow import meter_steps
from tests.drivers.conftest import IMPATIENT
from tests.drivers.network.test_keba_udp import free_port
from tests.drivers.network.test_sma_speedwire import LOOPBACK, Air, telegram
from tests.flow.test_network_meters import proceed
from tests.houses import SITE_FORM, add_site, options

pytestmark = pytest.mark.usefixtures("no_set_up")

SERIALS = (1900012345, 3000000001)


@pytest.fixture
def port(socket_enabled: None) -> int:
    """In place of 9522."""
    return free_port()


@pytest.fixture(autouse=True)
def on_loopback(hass: HomeAssistant, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(_: Shared, place: Place) -> SmaMeter:
        return SmaMeter(serial=place.host, port=place.port, interface=LOOPBACK, patience=IMPATIENT)

    hear = partial(hear_meters, port=port, interface=LOOPBACK)
    hass.data[NETWORK_METERS] = {"sma_speedwire": replace(SMA_SPEEDWIRE, port=port, factory=at, hear=hear)}
    monkeypatch.setattr(meter_steps, "HEAR_SECONDS", IMPATIENT)


@pytest.fixture
async def meters(port: int) -> AsyncGenerator[None]:
    """Two of them, each of which sends many telegrams a second."""
    air = Air(port)

    async def send() -> None:
        ticks = 0
        while True:
            ticks += 1
            air.send(*(telegram(serial=serial, ticks=ticks) for serial in SERIALS))
            await asyncio.sleep(0.02)

    sending = asyncio.create_task(send())
    yield
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    air.close()


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await proceed(hass, result, **SITE_FORM)


@pytest.mark.usefixtures("meters")
async def test_one_is_picked_by_its_serial_number(hass: HomeAssistant, port: int) -> None:
    result = await proceed(hass, await begin(hass), profile="network/sma_speedwire")
    assert result["step_id"] == "meter_heard"
    assert options(result, "host") == ["1900012345", "3000000001"]
    offered = result["data_schema"].schema["host"].config["options"]
    assert offered[0]["label"] == "SMA Energy Meter 2.0, 1900012345 (127.0.0.1)"
    result = await proceed(hass, result, host="3000000001")
    assert (result["step_id"], result["description_placeholders"]["l2"]) == ("confirm", "26.1 A")
    result = await proceed(hass, result)
    assert result["result"].data["meter"] == {
        "kind": "network",
        "model": "sma_speedwire",
        "host": "3000000001",
        "port": port,
    }


@pytest.mark.usefixtures("meters")
async def test_its_serial_number_can_be_typed(hass: HomeAssistant) -> None:
    result = await proceed(hass, await begin(hass), profile="network/sma_speedwire", host="1900012345")
    assert result["step_id"] == "confirm"


@pytest.mark.usefixtures("meters")
async def test_one_that_measures_another_house_is_refused(hass: HomeAssistant, port: int) -> None:
    meter = {"kind": "network", "model": "sma_speedwire", "host": "1900012345", "port": port}
    add_site(hass, name="Cabin", meter=meter)
    result = await proceed(hass, await begin(hass), profile="network/sma_speedwire")
    result = await proceed(hass, result, host="1900012345")
    assert (result["step_id"], result["errors"]) == ("meter_heard", {"base": "meter_in_use"})
    assert options(result, "host") == ["1900012345", "3000000001"]
    assert (await proceed(hass, result, host="3000000001"))["step_id"] == "confirm"


@pytest.mark.usefixtures("meters")
async def test_a_port_that_another_program_holds(hass: HomeAssistant, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", port))
        result = await proceed(hass, await begin(hass), profile="network/sma_speedwire")
        assert (result["step_id"], result["errors"]) == ("meter_modbus", {"host": "nothing_heard"})
    result = await proceed(hass, result, profile="network/sma_speedwire")
    assert result["step_id"] == "meter_heard"


async def test_nothing_is_heard(hass: HomeAssistant) -> None:
    result = await proceed(hass, await begin(hass), profile="network/sma_speedwire")
    assert (result["step_id"], result["errors"]) == ("meter_modbus", {"host": "nothing_heard"})


async def test_another_model_needs_an_address(hass: HomeAssistant) -> None:
    result = await proceed(hass, await begin(hass), profile="eastron_sdm630", host=" ")
    assert (result["step_id"], result["errors"]) == ("meter_modbus", {"host": "address_needed"})
    result = await proceed(hass, result, profile="eastron_sdm630")
    assert result["errors"] == {"host": "address_needed"}


@pytest.mark.parametrize("connection", ["rtu", "serial"])
async def test_one_that_is_heard_is_on_no_line(hass: HomeAssistant, connection: str) -> None:
    result = await proceed(hass, await begin(hass), profile="network/sma_speedwire", connection=connection)
    assert (result["step_id"], result["errors"]) == ("meter_modbus", {"connection": "modbus_only"})
