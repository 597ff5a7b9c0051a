"""The forms of a charger that is made of entities of Home Assistant."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charger_pool.const import DOMAIN
from tests.flow.test_charger_subentry import PLACE, begin, change, chargers, proceed
from tests.houses import ALFEN, add_entity, add_site, charger, filled, options, show, suggested

ENTITIES: dict[str, Any] = {
    "state": "sensor.box_state",
    "limit": "number.box_limit",
    "pause": "switch.box",
    "current_l1": "sensor.box_current_1",
    "current_l2": "sensor.box_current_2",
    "stored": False,
}
STATES: dict[str, Any] = {
    "no_car": ["available"],
    "connected": ["preparing"],
    "charging": ["charging"],
    "fault": ["faulted"],
    "minimum": 6,
    "maximum": 32,
    "step": 1,
}
WORDS = ["available", "preparing", "charging", "suspended-ev", "Faulted", "mystery"]


@pytest.fixture
def sources(hass: HomeAssistant) -> dict[str, str]:
    """The registry ids of the entities of a charger that another integration has set up."""
    return {
        "state": add_entity(hass, "sensor.box_state", "available", options=WORDS),
        "limit": add_entity(hass, "number.box_limit", "16", "A", min=0, max=32, step=1),
        "pause": add_entity(hass, "switch.box", "on"),
        "current_l1": add_entity(hass, "sensor.box_current_1", "0", "A"),
        "current_l2": add_entity(hass, "sensor.box_current_2", "0", "mA"),
    }


def driver_of(sources: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "kind": "entities",
        "state": sources["state"],
        "state_map": {"available": "A", "preparing": "B", "charging": "C", "faulted": "E"},
        "limit": sources["limit"],
        "pause": sources["pause"],
        "currents": [sources["current_l1"], sources["current_l2"]],
        "minimum": 6,
        "maximum": 32,
        "step": 1,
        **changes,
    }


async def test_a_charger_made_of_entities(hass: HomeAssistant, sources: dict[str, str]) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await begin(hass, entry, "entities"), **ENTITIES)
    assert result["step_id"] == "entity_states"
    assert options(result, "no_car") == WORDS
    assert suggested(result) == {
        "no_car": ["available"],
        "connected": ["preparing", "suspended-ev"],
        "charging": ["charging"],
        "fault": ["Faulted"],
        "minimum": 6,
        "maximum": 32,
        "step": 1,
    }
    result = await proceed(hass, result, **STATES)
    assert result["step_id"] == "details"
    assert "l1_l2_l3" not in options(result, "wiring")
    result = await proceed(hass, result, **PLACE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chargers(entry) == {
        sources["limit"]: {"driver": driver_of(sources), "circuit": "main", "wiring": "unknown", "maximum": 16}
    }


async def test_the_least_that_is_needed(hass: HomeAssistant) -> None:
    """A limit of 0 pauses it; what it draws is not measured; its words are typed."""
    state = add_entity(hass, "sensor.box_state", "frei")
    limit = add_entity(hass, "input_number.limit", "0", "A", min=0, max=16, step=0.5)
    entry = add_site(hass)
    result = await begin(hass, entry, "entities")
    result = await proceed(hass, result, state="sensor.box_state", limit="input_number.limit", stored=False)
    assert options(result, "no_car") == ["frei"]
    result = await proceed(hass, result, charging=["lädt"], minimum=6, maximum=16, step=0.5)
    result = await proceed(hass, result, **PLACE)
    assert chargers(entry)[limit]["driver"] == {
        "kind": "entities",
        "state": state,
        "state_map": {"lädt": "C"},
        "limit": limit,
        "minimum": 6,
        "maximum": 16,
        "step": 0.5,
    }


@pytest.mark.parametrize(
    ("entity_id", "state", "words"),
    [
        ("binary_sensor.plug", "off", ["off", "on"]),
        ("sensor.quiet", "unknown", []),
    ],
)
async def test_the_words_that_an_entity_tells(
    hass: HomeAssistant, sources: dict[str, str], entity_id: str, state: str, words: list[str]
) -> None:
    add_entity(hass, entity_id, state)
    result = await proceed(hass, await begin(hass, add_site(hass), "entities"), **ENTITIES | {"state": entity_id})
    assert options(result, "charging") == words


@pytest.mark.parametrize(
    ("form", "errors", "placeholders"),
    [
        ({"stored": True}, {"stored": "stored"}, {}),
        ({"state": "sensor.absent"}, {"state": "entity_unavailable"}, {}),
        ({"pause": "switch.absent"}, {"pause": "entity_unavailable"}, {}),
        ({"limit": "number.absent"}, {"limit": "entity_unavailable"}, {}),
        ({"limit": "number.away"}, {"limit": "entity_unavailable"}, {}),
        ({"limit": "number.watts"}, {"limit": "not_ampere"}, {}),
        ({"limit": "number.own"}, {"limit": "own_entity"}, {}),
        ({"limit": "number.from_six", "pause": None}, {"pause": "pause_needed"}, {"minimum": "6"}),
        ({"current_l1": None}, {"current_l1": "phase_skipped"}, {}),
        ({"current_l2": "sensor.box_current_1"}, {"current_l2": "same_sensor"}, {}),
    ],
)
async def test_entities_that_cannot_be_used(
    hass: HomeAssistant,
    sources: dict[str, str],
    form: dict[str, Any],
    errors: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    show(hass, "number.away", "unavailable", "A")
    show(hass, "number.watts", "3000", "W")
    show(hass, "number.from_six", "6", "A", min=6, max=32, step=1)
    er.async_get(hass).async_get_or_create("number", DOMAIN, "own", suggested_object_id="own")
    show(hass, "number.own", "6", "A", min=0)
    sent = filled(ENTITIES | form)
    result = await proceed(hass, await begin(hass, add_site(hass), "entities"), **sent)
    assert (result["step_id"], result["errors"]) == ("entities", errors)
    assert result["description_placeholders"] == placeholders
    assert suggested(result) == sent
    assert (await proceed(hass, result, **ENTITIES))["step_id"] == "entity_states"


@pytest.mark.parametrize(
    ("form", "errors", "placeholders"),
    [
        ({"fault": ["available"]}, {"fault": "word_twice"}, {"word": "available"}),
        ({"charging": []}, {"charging": "charging_word_needed"}, {}),
        ({"minimum": 5}, {"minimum": "minimum_too_low"}, {"minimum": "6"}),
        ({"minimum": "nan"}, {"minimum": "minimum_too_low"}, {"minimum": "6"}),
        ({"minimum": 10, "maximum": 8}, {"maximum": "maximum_below_minimum"}, {"minimum": "10"}),
        ({"maximum": 40}, {"maximum": "maximum_above_hardware"}, {"hardware": "32"}),
        ({"step": 0}, {"step": "step_not_possible"}, {}),
        ({"step": 64}, {"step": "step_not_possible"}, {}),
    ],
)
async def test_states_and_currents_that_cannot_be(
    hass: HomeAssistant,
    sources: dict[str, str],
    form: dict[str, Any],
    errors: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    result = await proceed(hass, await begin(hass, add_site(hass), "entities"), **ENTITIES)
    result = await proceed(hass, result, **STATES | form)
    assert (result["step_id"], result["errors"]) == ("entity_states", errors)
    assert result["description_placeholders"] == placeholders
    assert (await proceed(hass, result, **STATES))["step_id"] == "details"


async def test_entities_that_go_meanwhile(hass: HomeAssistant, sources: dict[str, str]) -> None:
    result = await proceed(hass, await begin(hass, add_site(hass), "entities"), **ENTITIES)
    for entity_id in ("number.box_limit", "sensor.box_state"):
        er.async_get(hass).async_remove(entity_id)
        hass.states.async_remove(entity_id)
    result = await proceed(hass, result, **STATES)
    assert (result["step_id"], result["errors"]) == ("entity_states", {"base": "entities_unavailable"})


async def test_it_is_named_after_its_device(hass: HomeAssistant, sources: dict[str, str]) -> None:
    owner = MockConfigEntry(domain="elsewhere")
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("elsewhere", "box")}, name="Carport"
    )
    er.async_get(hass).async_update_entity("number.box_limit", device_id=device.id)
    result = await proceed(hass, await begin(hass, add_site(hass), "entities"), **ENTITIES)
    result = await proceed(hass, result, **STATES)
    name = next(key for key in result["data_schema"].schema if key == "name")
    assert name.default() == "Carport"


async def test_a_limit_controls_one_charger(hass: HomeAssistant, sources: dict[str, str]) -> None:
    entry = add_site(hass)
    add_site(hass, charger("Known", driver_of(sources), sources["limit"]), name="Cabin")
    result = await proceed(hass, await begin(hass, entry, "entities"), **ENTITIES)
    result = await proceed(hass, result, **STATES)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert result["description_placeholders"] == {"name": "Cabin"}


async def test_other_entities(hass: HomeAssistant, sources: dict[str, str]) -> None:
    """The limit was removed, as when its integration is set up anew."""
    entry = add_site(hass, charger("Left", driver_of(sources, maximum=20), sources["limit"], wiring="l2"))
    er.async_get(hass).async_remove("number.box_limit")
    new_limit = add_entity(hass, "number.new_limit", "16", "A", min=0, max=32, step=1)
    result = await change(hass, entry, "left", "entities")
    assert suggested(result) == {key: value for key, value in ENTITIES.items() if key not in {"limit", "stored"}}
    result = await proceed(hass, result, **ENTITIES | {"limit": "number.new_limit"})
    assert suggested(result)["maximum"] == 20
    assert suggested(result)["fault"] == ["faulted"]
    result = await proceed(hass, result, **STATES)
    assert result["reason"] == "reconfigure_successful"
    assert chargers(entry) == {
        new_limit: {
            "driver": driver_of(sources, limit=new_limit),
            "circuit": "main",
            "wiring": "l2",
            "maximum": 16,
        }
    }


async def test_the_limit_of_another_charger(hass: HomeAssistant, sources: dict[str, str]) -> None:
    other = add_entity(hass, "number.other", "16", "A", min=0, max=32, step=1)
    entry = add_site(
        hass,
        charger("Left", driver_of(sources), sources["limit"]),
        charger("Right", driver_of(sources, limit=other), other),
    )
    result = await change(hass, entry, "left", "entities")
    result = await proceed(hass, result, **ENTITIES | {"limit": "number.other"})
    result = await proceed(hass, result, **STATES)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_modbus_charger_does_not_become_one_of_entities(hass: HomeAssistant) -> None:
    entry = add_site(hass, charger("Left", ALFEN, "ACE0123456_1"))
    result = await entry.start_subentry_reconfigure_flow(hass, "left")
    assert result["menu_options"] == ["details", "host"]
