"""Choosing a meter that Home Assistant already has: found, previewed, with a word about its pace, and saved."""

from collections.abc import Sequence
from time import time
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from tests.forms import presentable
from tests.houses import SITE_FORM, add_entity, add_site, currents_shown, options, preset, show, suggested
from tests.test_issues import publish
from tests.test_repairs import Browser, browser  # noqa: F401 - a fixture

from .meter_fixtures import MadeMeter, make_meter

DSMR_READS = {"l1": "7.5 A", "l2": "-3.1 A", "l3": "1.0 A"}

saved = pytest.mark.usefixtures("no_set_up")


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER}))


async def proceed(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


async def found(hass: HomeAssistant, **form: Any) -> ConfigFlowResult:
    """The list of meters for a new site."""
    result = await proceed(hass, await start(hass), **SITE_FORM | {"meter": "found"} | form)
    assert result["step_id"] == "meter_found"
    return result


async def pick(hass: HomeAssistant, result: ConfigFlowResult, place: int = 0) -> ConfigFlowResult:
    return await proceed(hass, result, found=options(result, "found")[place])


def labels(result: ConfigFlowResult) -> list[str]:
    return [option["label"] for option in result["data_schema"].schema["found"].config["options"]]


def ids(hass: HomeAssistant, entity_ids: Sequence[str]) -> list[str]:
    return [entity.id for entity_id in entity_ids if (entity := er.async_get(hass).async_get(entity_id))]


def dsmr_data(hass: HomeAssistant, made: MadeMeter) -> dict[str, Any]:
    currents, imports, exports, voltages = (ids(hass, group) for group in made.entity_ids)
    return {"kind": "entities", "currents": currents, "powers": imports, "exports": exports, "voltages": voltages}


def of_line(meter: dict[str, Any], *lines: int) -> dict[str, Any]:
    """The same meter on some lines."""
    return {
        name: value if name == "kind" else [source if line in lines else None for line, source in enumerate(value)]
        for name, value in meter.items()
    }


@saved
async def test_without_a_meter_nothing_is_offered(hass: HomeAssistant) -> None:
    add_entity(hass, "sensor.current_1", "1", "A")
    assert options(await start(hass), "meter")[0] == "modbus"


@saved
async def test_two_clicks(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr", time_between_update=1)
    make_meter(hass, "shelly")
    result = await start(hass)
    assert preset(result, "meter") == "found"
    assert options(result, "meter")[:2] == ["found", "modbus"]
    result = await found(hass)
    assert labels(result) == ["DSMR meter (Electricity Meter)", "Shelly 3EM (Mains)"]

    result = await pick(hass, result)
    assert result["step_id"] == "confirm"
    assert currents_shown(result) == DSMR_READS
    assert result["description_placeholders"]["pace"] == "Its values are fresh: about 1 s old."
    result = await proceed(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["meter"] == dsmr_data(hass, made)


SLOW = "Its values can be {seconds} s old. Relief takes longer then, so your cars are kept lower."
LOOK_AT_VICTRON = (
    "The meter decides when it sends. Please look in the settings of Victron GX whether it can do so more often."
)
TOO_SLOW = (
    "Its values can be {seconds} s old. That is too slow to protect the fuse well: your cars are kept much lower, and "
    "pause when the meter is late."
)


@saved
@pytest.mark.parametrize(
    ("integration", "set_up", "begins", "ends"),
    [
        (
            "dsmr",
            {},
            SLOW.format(seconds=30),
            "set the time between updates in the options of DSMR Smart Meter to 1 s.",
        ),
        (
            "dsmr",
            {"time_between_update": 60},
            TOO_SLOW.format(seconds=60),
            "in the options of DSMR Smart Meter to 1 s.",
        ),
        ("dsmr", {"time_between_update": 10}, "Its values are fresh: about 10 s old.", ""),
        ("fronius", {}, TOO_SLOW.format(seconds=60), "it is faster as a meter on the network."),
        ("iammeter", {}, SLOW.format(seconds=30), "it is faster as a meter on the network."),
        ("homewizard", {}, "Its values are fresh: about 5 s old.", ""),
        ("victron_gx", {}, "Its values are fresh: about 1 s old.", ""),
    ],
)
async def test_how_old_its_values_get(
    hass: HomeAssistant, integration: str, set_up: dict[str, Any], begins: str, ends: str
) -> None:
    make_meter(hass, integration, **set_up)
    pace = (await pick(hass, await found(hass)))["description_placeholders"]["pace"]
    assert pace.startswith(begins)
    assert pace.endswith(ends)
    assert (pace == begins) is (ends == "")


@saved
@pytest.mark.parametrize(
    ("integration", "advice"),
    [
        ("victron_gx", LOOK_AT_VICTRON),
        ("tibber", "The values of Tibber come over the internet. A meter that is read at home is faster."),
    ],
)
async def test_a_meter_that_is_slower_than_usual(hass: HomeAssistant, integration: str, advice: str) -> None:
    made = make_meter(hass, integration)
    for group in made.entity_ids:
        for entity_id in group:
            state = hass.states.get(entity_id)
            assert state is not None
            hass.states.async_remove(entity_id)
            hass.states.async_set(entity_id, state.state, state.attributes, timestamp=time() - 44)
    pace = (await pick(hass, await found(hass)))["description_placeholders"]["pace"]
    assert pace == f"{TOO_SLOW.format(seconds=44)} {advice}"


@saved
async def test_sensors_chosen_by_hand_are_known_as_well(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    result = await proceed(hass, await start(hass), **SITE_FORM | {"meter": "currents"})
    form = dict(zip(("current_l1", "current_l2", "current_l3"), made.entity_ids[0], strict=True))
    pace = (await proceed(hass, result, **form))["description_placeholders"]["pace"]
    assert pace.startswith(SLOW.format(seconds=30))


@saved
async def test_sensors_that_are_turned_off(hass: HomeAssistant) -> None:
    made = make_meter(hass, "homewizard")
    registry = er.async_get(hass)
    states = {entity_id: hass.states.get(entity_id) for entity_id in (*made.entity_ids[0], *made.entity_ids[2])}
    for entity_id in states:
        registry.async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.INTEGRATION, original_name=entity_id.upper()
        )
        hass.states.async_remove(entity_id)
    result = await pick(hass, await found(hass))
    assert result["step_id"] == "meter_turn_on"
    assert result["description_placeholders"] == {
        "meter": "HomeWizard meter (P1 meter)",
        "sensors": ", ".join(entity_id.upper() for entity_id in states),
    }
    result = await proceed(hass, result)
    assert result["step_id"] == "meter_turned_on"
    assert not any(entity.disabled for entity_id in states if (entity := registry.async_get(entity_id)))

    result = await proceed(hass, result)
    assert result["errors"] == {"base": "phase_missing"}
    assert result["description_placeholders"] == {"lines": "L1, L2, L3"}
    for entity_id, state in states.items():
        assert state is not None
        hass.states.async_set(entity_id, state.state, state.attributes)
    result = await proceed(hass, result)
    assert currents_shown(result) == {"l1": "4.2 A", "l2": "-2.4 A", "l3": "0.0 A"}
    result = await proceed(hass, result)
    assert set(result["data"]["meter"]) == {"kind", "currents", "powers", "voltages"}


@saved
async def test_one_phase_at_a_house_with_three(hass: HomeAssistant) -> None:
    """What is known is filled in, the rest is asked for."""
    made = make_meter(hass, "dsmr")
    for group in made.entity_ids:
        for entity_id in group[1:]:
            er.async_get(hass).async_remove(entity_id)
    result = await pick(hass, await found(hass))
    assert result["step_id"] == "meter_entities"
    assert list(result["data_schema"].schema) == ["current_l1", "current_l2", "current_l3"]
    assert suggested(result) == {"current_l1": made.entity_ids[0][0]}


@saved
async def test_powers_without_voltages(hass: HomeAssistant) -> None:
    made = make_meter(hass, "homewizard")
    for entity_id in (*made.entity_ids[0], made.entity_ids[2][1]):
        er.async_get(hass).async_remove(entity_id)
    result = await pick(hass, await found(hass))
    powers, voltages = made.entity_ids[1:]
    assert suggested(result) == {
        **{f"power_l{line + 1}": entity_id for line, entity_id in enumerate(powers)},
        "voltage_l1": voltages[0],
        "voltage_l3": voltages[2],
    }


@saved
async def test_a_current_and_its_power_are_filled_in(hass: HomeAssistant) -> None:
    made = make_meter(hass, "homewizard")
    er.async_get(hass).async_remove(made.entity_ids[0][2])
    for entity_id in made.entity_ids[2]:
        er.async_get(hass).async_remove(entity_id)
    result = await pick(hass, await found(hass))
    assert list(suggested(result)) == ["current_l1", "power_l1", "current_l2", "power_l2", "power_l3"]


@saved
async def test_a_house_with_one_phase(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    result = await proceed(
        hass,
        await start(hass),
        **{key: value for key, value in SITE_FORM.items() if key not in {"fuse_l2", "fuse_l3"}} | {"meter": "found"},
    )
    result = await pick(hass, result)
    assert currents_shown(result) == {"l1": "7.5 A", "l2": "-", "l3": "-"}
    result = await proceed(hass, result)
    assert result["data"]["meter"] == of_line(dsmr_data(hass, made), 0)


@saved
@pytest.mark.parametrize(
    ("state", "unit", "errors"),
    [
        ("unknown", "A", {"base": "phase_missing"}),
        ("7", "V", {"base": "phase_missing"}),
        ("900", "A", {"base": "absurd"}),
    ],
)
async def test_a_value_that_cannot_be(hass: HomeAssistant, state: str, unit: str, errors: dict[str, str]) -> None:
    made = make_meter(hass, "dsmr")
    result = await found(hass)
    show(hass, made.entity_ids[0][0], state, unit)
    result = await pick(hass, result)
    assert (result["step_id"], result["errors"]) == ("meter_found", errors)
    show(hass, made.entity_ids[0][0], "7", "A")
    assert (await pick(hass, result))["step_id"] == "confirm"


@saved
async def test_all_unavailable(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    result = await found(hass)
    for group in made.entity_ids:
        for entity_id in group:
            hass.states.async_set(entity_id, "unavailable")
    assert (await pick(hass, result))["errors"] == {"base": "entities_unavailable"}


@saved
async def test_a_meter_that_goes_meanwhile(hass: HomeAssistant) -> None:
    gone = make_meter(hass, "dsmr")
    kept = make_meter(hass, "shelly")
    result = await found(hass)
    for group in gone.entity_ids:
        for entity_id in group:
            er.async_get(hass).async_remove(entity_id)
    result = await pick(hass, result)
    assert (result["step_id"], result["errors"]) == ("meter_found", {"base": "meter_gone"})
    for group in kept.entity_ids:
        for entity_id in group:
            er.async_get(hass).async_remove(entity_id)
    assert (await pick(hass, result))["step_id"] == "meter_entities"


async def test_a_meter_in_use_is_not_offered_again(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    entry = add_site(hass, meter=dsmr_data(hass, made))
    context = {"source": SOURCE_USER}
    result = await hass.config_entries.subentries.async_init((entry.entry_id, "circuit"), context=context)
    assert options(result, "meter")[:2] == ["none", "modbus"]

    make_meter(hass, "shelly")
    result = await hass.config_entries.subentries.async_init((entry.entry_id, "circuit"), context=context)
    assert options(result, "meter")[:3] == ["none", "found", "modbus"]
    form = {"name": "Garage", "parent": "main", "fuse_l1": 16, "breaker": "b", "meter": "found", "advanced": {}}
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], form)
    assert labels(presentable(result, "circuit")) == ["Shelly 3EM (Mains)"]
    (shelly,) = options(result, "found")
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], {"found": shelly})
    assert currents_shown(presentable(result, "circuit")) == {"l1": "4.0 A", "l2": "-", "l3": "-"}
    await hass.config_entries.subentries.async_configure(result["flow_id"], {})
    (circuit,) = entry.get_subentries_of_type("circuit")
    assert set(circuit.data["meter"]) == {"kind", "currents", "powers"}


@saved
async def test_a_found_meter_is_kept_or_asked_for_again(hass: HomeAssistant) -> None:
    make_meter(hass, "shelly")
    made = make_meter(hass, "victron_gx")
    currents, powers, _ = (ids(hass, group) for group in made.entity_ids)
    meter = {"kind": "entities", "currents": currents, "powers": powers}
    entry = add_site(hass, meter=meter)
    result = presentable(await entry.start_reconfigure_flow(hass))
    assert options(result, "meter")[:2] == ["keep", "found"]
    result = await proceed(hass, result, **SITE_FORM | {"meter": "found"})
    assert preset(result, "found") == options(result, "found")[1]


@saved
async def test_another_number_of_lines_asks_for_the_meter_again(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    entry = add_site(hass, meter=dsmr_data(hass, made))
    form = {key: value for key, value in SITE_FORM.items() if key != "fuse_l3"} | {"meter": "keep"}
    result = await proceed(hass, await entry.start_reconfigure_flow(hass), **form)
    assert result["step_id"] == "meter_found"
    result = await proceed(hass, await pick(hass, result))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["meter"] == of_line(dsmr_data(hass, made), 0, 1)


async def test_a_sensor_that_was_removed_and_came_back(hass: HomeAssistant, browser: Browser) -> None:  # noqa: F811
    made = make_meter(hass, "dsmr")
    entry = add_site(hass, meter=dsmr_data(hass, made))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    export = made.entity_ids[2][1]
    removed = registry.async_get(export)
    assert removed is not None
    registry.async_remove(export)
    publish(entry)
    assert await browser.issues() == ["meter_source_removed"]

    form = await browser.mend("meter_source_removed")
    assert form["step_id"] == "meter_found"
    (key,) = (option["value"] for option in form["data_schema"][0]["selector"]["select"]["options"])
    form = await browser.submit(found=key)
    assert form["step_id"] == "confirm"
    assert currents_shown(form) == {"l1": "7.5 A", "l2": "3.0 A", "l3": "1.0 A"}
    assert (await browser.submit())["type"] == "create_entry"
    assert set(entry.data["meter"]) == {"kind", "currents", "powers", "voltages"}
