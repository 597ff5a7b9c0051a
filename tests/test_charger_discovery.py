"""A charger that another integration brings is offered as a discovered device."""

from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_INTEGRATION_DISCOVERY, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_charger_pool import charger_discovery
from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.flow.recognised import RecognisedInfo

from .common import start_house, until
from .forms import presentable
from .houses import add_site, charger, options
from .mappings.box import Box

PLACE = {"name": "Left", "circuit": "main", "wiring": "unknown", "maximum": 16}


@pytest.fixture
def peblar(hass: HomeAssistant) -> Box:
    return Box(hass, "peblar")


async def discover(hass: HomeAssistant, box: Box) -> ConfigFlowResult:
    return presentable(
        await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data=RecognisedInfo(box.sources["sensor.box_state"]),
        )
    )


async def proceed(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


def offered(hass: HomeAssistant) -> list[str]:
    """The names of the discovered chargers."""
    flows = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_INTEGRATION_DISCOVERY}
    )
    return [flow["context"]["title_placeholders"]["name"] for flow in flows]


@pytest.mark.usefixtures("no_set_up")
class TestFlow:
    async def test_it_joins_a_site(self, hass: HomeAssistant, peblar: Box) -> None:
        entry = add_site(hass)
        result = await discover(hass, peblar)
        assert options(result, "site") == [entry.entry_id]
        assert result["description_placeholders"] == {"name": "Peblar EV Charger"}
        result = await proceed(hass, result, site=entry.entry_id)
        assert result["step_id"] == "try"
        assert result["description_placeholders"]["limit"] == "16 A"
        peblar.listen("number.set_value")
        result = await proceed(hass, result, try_now=True)
        assert result["step_id"] == "tried"
        result = await proceed(hass, await proceed(hass, result), **PLACE)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "charger_added")
        (added,) = entry.get_subentries_of_type("charger")
        assert (added.title, added.unique_id) == ("Left", peblar.sources["number.box_limit"])
        assert added.data["driver"]["mapping"] == "peblar"
        assert (await discover(hass, peblar))["reason"] == "already_configured"

    async def test_what_is_turned_off_is_turned_on(self, hass: HomeAssistant, peblar: Box) -> None:
        entry = add_site(hass)
        er.async_get(hass).async_update_entity("sensor.box_l1", disabled_by=er.RegistryEntryDisabler.INTEGRATION)
        hass.states.async_remove("sensor.box_l1")
        result = await proceed(hass, await discover(hass, peblar), site=entry.entry_id)
        assert result["step_id"] == "enable"
        result = await proceed(hass, result, enable=True)
        peblar.show({"sensor.box_l1": None})
        await hass.async_block_till_done()
        result = await hass.config_entries.flow.async_configure(result["flow_id"])
        assert result["step_id"] == "try"

    async def test_what_is_missing_is_asked_for_elsewhere(self, hass: HomeAssistant, peblar: Box) -> None:
        entry = add_site(hass)
        er.async_get(hass).async_update_entity("switch.box_charge", disabled_by=er.RegistryEntryDisabler.USER)
        result = await proceed(hass, await discover(hass, peblar), site=entry.entry_id)
        result = await proceed(hass, result, enable=False)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "entities_missing")

    async def test_one_that_balances_by_itself(self, hass: HomeAssistant, peblar: Box) -> None:
        entry = add_site(hass)
        peblar.show({"select.box_smart": "pure_solar"})
        result = await proceed(hass, await discover(hass, peblar), site=entry.entry_id)
        result = await proceed(hass, result, try_now=False)
        assert result["errors"] == {"base": "conflict"}

    async def test_an_ignored_charger_stays_ignored(self, hass: HomeAssistant, peblar: Box) -> None:
        add_site(hass)
        await discover(hass, peblar)
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["unique_id"] == "23-45-A4O-MOF"
        data = {"unique_id": flow["context"]["unique_id"], "title": "Box"}
        await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IGNORE}, data=data)
        assert (await discover(hass, peblar))["reason"] == "already_configured"

    async def test_without_a_site_there_is_nothing_to_join(self, hass: HomeAssistant, peblar: Box) -> None:
        assert (await discover(hass, peblar))["reason"] == "site_gone"

    async def test_a_site_that_goes_meanwhile(self, hass: HomeAssistant, peblar: Box) -> None:
        entry = add_site(hass)
        other = add_site(hass, name="Cabin")
        result = await discover(hass, peblar)
        await hass.config_entries.async_remove(entry.entry_id)
        result = await proceed(hass, result, site=entry.entry_id)
        assert options(result, "site") == [other.entry_id]

    async def test_one_that_was_added_meanwhile(self, hass: HomeAssistant, peblar: Box) -> None:
        entry = add_site(hass)
        result = await proceed(hass, await discover(hass, peblar), site=entry.entry_id)
        result = await proceed(hass, result, try_now=False)
        add_site(hass, charger("Left", {"kind": "modbus"}, peblar.sources["number.box_limit"]), name="Cabin")
        await proceed(hass, result, **PLACE)
        assert not entry.get_subentries_of_type("charger")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charger_discovery, "QUIET", 0.0)


@pytest.mark.usefixtures("at_once")
class TestOffer:
    async def test_a_charger_that_comes_later_is_offered_until_it_goes(self, hass: HomeAssistant) -> None:
        entry = await start_house(hass)
        assert not offered(hass)
        Box(hass, "tesla_wall_connector")
        Box(hass, "v2c")
        await until(hass, lambda: offered(hass) == ["EVSE 192.168.9.7, V2C Trydan"])
        registry = er.async_get(hass)
        for entity in [entity for entity in registry.entities.values() if entity.platform == "v2c"]:
            registry.async_remove(entity.entity_id)
        await until(hass, lambda: not offered(hass))
        assert await hass.config_entries.async_unload(entry.entry_id)

    async def test_one_that_is_there_already_is_offered_at_start(self, hass: HomeAssistant) -> None:
        Box(hass, "silla_prism")
        entry = await start_house(hass)
        await until(hass, lambda: offered(hass) == ["Silla Prism"])
        assert await hass.config_entries.async_unload(entry.entry_id)
