"""The forms of a charger that Home Assistant already has."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest

from custom_components.ev_charger_pool.flow import try_steps
from tests.flow.test_charger_subentry import PLACE, begin, change, chargers, fields, proceed
from tests.houses import ALFEN, add_site, charger, options, suggested
from tests.mappings.box import Box


@pytest.fixture
def peblar(hass: HomeAssistant) -> Box:
    return Box(hass, "peblar")


def driver_of(box: Box, **roles: str) -> dict[str, Any]:
    return {
        "kind": "mapping",
        "mapping": box.integration,
        "entities": {role: box.sources[entity_id] for role, entity_id in roles.items()},
        "minimum": 6.0,
        "maximum": 16.0,
        "step": 1.0,
    }


PEBLAR = {
    "state": "sensor.box_state",
    "current_l1": "sensor.box_l1",
    "current_l2": "sensor.box_l2",
    "current_l3": "sensor.box_l3",
    "limit": "number.box_limit",
    "charge": "switch.box_charge",
}


async def test_nothing_is_recognised_where_there_is_nothing(hass: HomeAssistant) -> None:
    result = await hass.config_entries.subentries.async_init(
        (add_site(hass).entry_id, "charger"), context={"source": SOURCE_USER}
    )
    assert result["menu_options"] == ["search", "host", "entities"]


async def test_two_clicks_and_its_place(hass: HomeAssistant, peblar: Box) -> None:
    area = ar.async_get(hass).async_create("Garage")
    assert peblar.device is not None
    dr.async_get(hass).async_update_device(peblar.device.id, area_id=area.id)
    entry = add_site(hass)
    result = await begin(hass, entry, "recognised")
    (key,) = options(result, "recognised")
    assert key == peblar.sources["sensor.box_state"]
    assert result["data_schema"].schema["recognised"].config["options"][0]["label"] == "Peblar EV Charger (Garage)"

    result = await proceed(hass, result, recognised=key)
    assert (result["step_id"], result["errors"]) == ("try", {})
    assert result["description_placeholders"] == {
        "name": "Peblar EV Charger",
        "state": "charging",
        "currents": "L1 14.2 A, L2 14.0 A, L3 0.0 A",
        "limit": "16 A",
        "span": "6 A – 16 A",  # noqa: RUF001 - a range
    }
    result = await proceed(hass, result, try_now=False)
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **PLACE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chargers(entry) == {
        peblar.sources["number.box_limit"]: {
            "driver": driver_of(peblar, **PEBLAR),
            "circuit": "main",
            "wiring": "unknown",
            "maximum": 16,
        }
    }
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": SOURCE_USER}
    )
    assert "recognised" not in result["menu_options"]


async def test_trying_writes_what_stands(hass: HomeAssistant, peblar: Box) -> None:
    peblar.listen("number.set_value")
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, try_now=True)
    assert (result["step_id"], result["description_placeholders"]["limit"]) == ("tried", "16 A")
    assert peblar.called() == [["number.set_value", {"entity_id": "number.box_limit", "value": 16.0}]]
    assert (await proceed(hass, result))["step_id"] == "details"


async def test_a_try_that_fails_is_told_and_may_be_left_out(hass: HomeAssistant, peblar: Box) -> None:
    def refuse(_: ServiceCall) -> None:
        raise HomeAssistantError("the box is busy")

    hass.services.async_register("number", "set_value", refuse)
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, try_now=True)
    assert (result["step_id"], result["errors"]) == ("try", {"base": "try_failed"})
    assert "the box is busy" in result["description_placeholders"]["error"]
    assert (await proceed(hass, result, try_now=False))["step_id"] == "details"


async def test_one_that_goes_after_the_try_is_waited_for(hass: HomeAssistant, peblar: Box) -> None:
    peblar.listen("number.set_value")
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, try_now=True)
    peblar.show_all("unavailable")
    result = await proceed(hass, result)
    assert (result["step_id"], result["errors"]) == ("try", {"base": "entities_unavailable"})
    peblar.show_all(None)
    assert (await proceed(hass, result))["step_id"] == "details"


async def test_what_nothing_tells_cannot_be_tried(hass: HomeAssistant) -> None:
    box = Box(hass, "keba")
    box.show({"sensor.box_current": "unknown"})
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    assert fields(result) == set()
    assert result["description_placeholders"]["limit"] == "–"  # noqa: RUF001 - a dash
    assert (await proceed(hass, result))["step_id"] == "details"


async def test_one_that_balances_by_itself_has_to_stop_that_first(hass: HomeAssistant, peblar: Box) -> None:
    peblar.show({"select.box_smart": "pure_solar"})
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, try_now=False)
    assert (result["step_id"], result["errors"]) == ("try", {"base": "conflict"})
    assert result["description_placeholders"]["wanted"] == "default"
    peblar.show({"select.box_smart": None})
    assert (await proceed(hass, result, try_now=False))["step_id"] == "details"


async def test_one_that_is_unavailable_is_waited_for(hass: HomeAssistant, peblar: Box) -> None:
    peblar.show_all("unavailable")
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    assert (result["step_id"], result["errors"]) == ("try", {"base": "entities_unavailable"})
    peblar.show_all(None)
    assert (await proceed(hass, result))["step_id"] == "details"


def turn_off(hass: HomeAssistant, box: Box, *entity_ids: str) -> None:
    for entity_id in entity_ids:
        er.async_get(hass).async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.INTEGRATION)
        hass.states.async_remove(entity_id)


async def test_values_that_are_turned_off_can_be_turned_on(hass: HomeAssistant, peblar: Box) -> None:
    turned_off = [f"sensor.box_l{phase}" for phase in (1, 2, 3)]
    turn_off(hass, peblar, *turned_off)
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    assert result["step_id"] == "enable"
    assert result["description_placeholders"]["entities"] == ", ".join(turned_off)
    result = await proceed(hass, result, enable=True)
    assert (result["type"], result["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "enabling")
    assert not any(er.async_get(hass).async_get(entity_id).disabled for entity_id in turned_off)  # type: ignore[union-attr]

    peblar.show(dict.fromkeys(turned_off))
    await hass.async_block_till_done()
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result["step_id"] == "try"
    assert result["description_placeholders"]["currents"] == "L1 14.2 A, L2 14.0 A, L3 0.0 A"


async def test_it_works_without_what_is_turned_off(hass: HomeAssistant, peblar: Box) -> None:
    turn_off(hass, peblar, "sensor.box_l1")
    entry = add_site(hass)
    result = await begin(hass, entry, "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, enable=False)
    assert result["description_placeholders"]["currents"] == "–"  # noqa: RUF001 - a dash
    result = await proceed(hass, await proceed(hass, result, try_now=False), **PLACE)
    ((_, saved),) = chargers(entry).items()
    assert set(saved["driver"]["entities"]) == {"state", "limit", "charge"}


async def test_what_stays_off_is_asked_for(hass: HomeAssistant, peblar: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever; what is still missing is chosen by hand, and all else is filled in."""
    monkeypatch.setattr(try_steps, "ENABLE_TIMEOUT", 0.01)
    turn_off(hass, peblar, "number.box_limit")
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, enable=False)
    assert result["step_id"] == "entities"
    assert suggested(result) == {
        "state": "sensor.box_state",
        "pause": "switch.box_charge",
        **{f"current_l{phase}": f"sensor.box_l{phase}" for phase in (1, 2, 3)},
    }
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, enable=True)
    await hass.async_block_till_done()
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert (result["step_id"], result["errors"]) == ("try", {"base": "entities_unavailable"})


async def test_an_entity_that_is_missing_is_asked_for(hass: HomeAssistant, peblar: Box) -> None:
    er.async_get(hass).async_remove("switch.box_charge")
    result = await begin(hass, add_site(hass), "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    assert result["step_id"] == "entities"
    assert "pause" not in suggested(result)
    assert suggested(result)["limit"] == "number.box_limit"


async def test_those_that_cannot_be_balanced_are_listed_with_the_reason(hass: HomeAssistant, peblar: Box) -> None:
    Box(hass, "tesla_wall_connector")
    result = await begin(hass, add_site(hass), "recognised")
    assert len(options(result, "recognised")) == 1
    assert result["description_placeholders"]["obstacles"] == (
        "- Tesla Wall Connector cannot be balanced: its integration shows values, but cannot set a current."
    )


async def test_only_those_that_cannot_be_balanced(hass: HomeAssistant) -> None:
    Box(hass, "alfen_wallbox")
    result = await begin(hass, add_site(hass), "recognised")
    assert (result["step_id"], fields(result)) == ("not_balanced", set())
    assert result["description_placeholders"]["obstacles"].count("permanent memory") == 2
    assert (await proceed(hass, result))["step_id"] == "not_balanced"


async def test_one_that_a_site_has_otherwise_is_not_offered(hass: HomeAssistant, peblar: Box) -> None:
    native = charger("Left", ALFEN, "23-45-A4O-MOF_1")
    chosen = charger("Left", {"kind": "entities", "state": "x", "limit": peblar.sources["number.box_limit"]}, "y")
    for other in (native, chosen):
        entry = add_site(hass, other)
        result = await hass.config_entries.subentries.async_init(
            (entry.entry_id, "charger"), context={"source": SOURCE_USER}
        )
        assert "recognised" not in result["menu_options"]
        await hass.config_entries.async_remove(entry.entry_id)


async def test_one_without_a_device_is_known_by_the_serial_number_in_its_unique_id(hass: HomeAssistant) -> None:
    Box(hass, "keba")
    entry = add_site(hass, charger("Left", ALFEN, "15017335_1"))
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": SOURCE_USER}
    )
    assert "recognised" not in result["menu_options"]


async def test_recognising_it_anew(hass: HomeAssistant, peblar: Box) -> None:
    """Its integration was set up again: what is saved names entities that are gone."""
    old = {**driver_of(peblar, **PEBLAR), "entities": {"state": "gone", "limit": "gone too", "charge": "gone as well"}}
    entry = add_site(hass, charger("Left", old, "gone too"))
    result = await change(hass, entry, "left", "recognised")
    result = await proceed(hass, result, recognised=options(result, "recognised")[0])
    result = await proceed(hass, result, try_now=False)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert chargers(entry)[peblar.sources["number.box_limit"]]["driver"] == driver_of(peblar, **PEBLAR)


async def test_changing_its_entities_by_hand(hass: HomeAssistant, peblar: Box) -> None:
    entry = add_site(hass, charger("Left", driver_of(peblar, **PEBLAR), peblar.sources["number.box_limit"]))
    result = await change(hass, entry, "left", "entities")
    assert suggested(result)["limit"] == "number.box_limit"
    assert (await change(hass, entry, "left", "details"))["step_id"] == "details"


async def test_nothing_to_recognise_any_more(hass: HomeAssistant, peblar: Box) -> None:
    entry = add_site(hass, charger("Left", driver_of(peblar, **PEBLAR), peblar.sources["number.box_limit"]))
    er.async_get(hass).async_remove("sensor.box_state")
    result = await change(hass, entry, "left", "recognised")
    assert result["step_id"] == "entities"
    assert suggested(result)["limit"] == "number.box_limit"
    assert "state" not in suggested(result)


async def test_one_that_went_away_meanwhile(hass: HomeAssistant, peblar: Box) -> None:
    Box(hass, "v2c")
    result = await begin(hass, add_site(hass), "recognised")
    er.async_get(hass).async_remove("sensor.box_state")
    result = await proceed(hass, result, recognised=peblar.sources["sensor.box_state"])
    assert (result["step_id"], result["errors"]) == ("recognised", {"base": "charger_gone"})
