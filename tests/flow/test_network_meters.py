"""A meter with an interface of its own on the network in the form of a site: chosen, read once, saved."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import NETWORK_METERS
from custom_components.ev_charger_pool.drivers.interface import Identity, MeterValues
from custom_components.ev_charger_pool.drivers.network.http import Answer, JsonClient
from custom_components.ev_charger_pool.drivers.network.model import Access, NetworkMeter, Place, Shared
from custom_components.ev_charger_pool.drivers.profile_model import Confidence
from tests.drivers.network.http_box import HttpBox, Mishap
from tests.forms import presentable
from tests.houses import SITE_FORM, add_site, options, suggested

pytestmark = pytest.mark.usefixtures("no_set_up")


class Wattle:
    """A meter that nobody sells. Fulfils ``MeterDriver``."""

    poll_interval = 1.0

    def __init__(self, shared: Shared, place: Place) -> None:
        self._client = JsonClient(shared.session, place.host, place.port, password=place.password)

    async def identify(self) -> Identity:
        return Identity(manufacturer="Wattle", model="One", serial="1")

    async def read(self) -> MeterValues:
        answer = Answer("/now", await self._client.get("/now"))
        return MeterValues(amperes=(answer.number("l1"), answer.number("l2"), answer.optional_number("l3")))

    async def close(self) -> None:
        pass


@pytest.fixture
async def box(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[HttpBox]:
    """The meter, which is in the catalogue now."""
    hass.data[NETWORK_METERS] = {
        "wattle": NetworkMeter(
            id="wattle",
            title="Wattle One",
            brand="Wattle",
            model="One",
            confidence=Confidence.SINGLE,
            sources=("nobody",),
            access=Access.PASSWORD_NEEDED,
            factory=Wattle,
        )
    }
    async with HttpBox(lambda _: {"l1": 4.0, "l2": -2.5, "l3": 0.5}) as box:
        yield box


def meter_form(box: HttpBox, **changes: Any) -> dict[str, Any]:
    return {"profile": "network/wattle", "host": "127.0.0.1", "port": box.port, "password": "secret"} | changes


async def proceed(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


async def test_it_is_read_before_it_is_saved(hass: HomeAssistant, box: HttpBox) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await proceed(hass, result, **SITE_FORM)
    assert {"network/wattle", "eastron_sdm630"} <= set(options(result, "profile"))
    box.befall(Mishap.UNAUTHORIZED)
    result = await proceed(hass, result, **meter_form(box))
    assert (result["step_id"], result["errors"]) == ("meter_modbus", {"host": "access_denied"})
    result = await proceed(hass, result, **meter_form(box))
    assert result["description_placeholders"] == {
        "l1": "4.0 A",
        "l2": "-2.5 A",
        "l3": "0.5 A",
        "pace": "Its values are fresh: about 1 s old.",
    }
    result = await proceed(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].data["meter"] == {
        "kind": "network",
        "model": "wattle",
        "host": "127.0.0.1",
        "port": box.port,
        "password": "secret",
    }


async def test_it_moves_and_keeps_its_password(hass: HomeAssistant, box: HttpBox) -> None:
    meter = {"kind": "network", "model": "wattle", "host": "192.168.9.5", "port": 80, "password": "secret"}
    entry = add_site(hass, meter=meter)
    result = presentable(await entry.start_reconfigure_flow(hass))
    result = await proceed(hass, result, **SITE_FORM)
    assert suggested(result) == {"profile": "network/wattle", "host": "192.168.9.5", "port": 80}
    form = meter_form(box)
    del form["password"]
    result = await proceed(hass, await proceed(hass, result, **form))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["meter"] == meter | {"host": "127.0.0.1", "port": box.port}


async def test_it_measures_one_circuit_only(hass: HomeAssistant, box: HttpBox) -> None:
    meter = {"kind": "network", "model": "wattle", "host": "127.0.0.1", "port": box.port}
    add_site(hass, name="Cabin", meter=meter)
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await proceed(hass, await proceed(hass, result, **SITE_FORM), **meter_form(box))
    assert result["errors"] == {"base": "meter_in_use"}
