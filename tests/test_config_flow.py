"""The form of a site, from its start to what is saved."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_charger_pool.const import DOMAIN

from .drivers.raw_server import Mishap, RawServer
from .forms import presentable
from .houses import (
    ALFEN,
    METER,
    SITE,
    SITE_FORM,
    add_entity,
    add_site,
    charger,
    circuit,
    currents_shown,
    filled,
    options,
    show,
    suggested,
)

pytestmark = pytest.mark.usefixtures("no_set_up")

SENSORS = {f"current_l{line}": f"sensor.current_{line}" for line in (1, 2, 3)}


async def begin(hass: HomeAssistant, **form: Any) -> ConfigFlowResult:
    """Fill in the first form."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    return await proceed(hass, presentable(result), **filled({**SITE_FORM, **form}))


async def proceed(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


def modbus_form(server: RawServer, **changes: Any) -> dict[str, Any]:
    return {"profile": "eastron_sdm630", "host": "127.0.0.1", "port": server.port, **changes}


def three_currents(hass: HomeAssistant) -> list[str]:
    return [add_entity(hass, f"sensor.current_{line}", f"{line}.5", "A") for line in (1, 2, 3)]


async def test_a_site_with_a_meter_on_the_network(hass: HomeAssistant, meter_box: RawServer) -> None:
    result = await begin(hass)
    assert result["step_id"] == "meter_modbus"

    result = await proceed(hass, result, **modbus_form(meter_box, host=" 127.0.0.1 "))
    assert result["step_id"] == "confirm"
    assert currents_shown(result) == {"l1": "-13.5 A", "l2": "16.1 A", "l3": "-0.2 A"}

    result = await proceed(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Home"
    assert result["data"] == SITE | {"meter": METER | {"host": "127.0.0.1", "port": meter_box.port}}


async def test_port_and_unit_left_empty_are_the_usual_ones(hass: HomeAssistant, socket_enabled: None) -> None:
    result = await proceed(hass, await begin(hass), profile="eastron_sdm630", host="127.0.0.1")
    assert result["errors"] == {"host": "cannot_connect"}


async def test_a_site_with_one_line_and_values_of_its_own(hass: HomeAssistant) -> None:
    source, *_ = three_currents(hass)
    form = {key: value for key, value in SITE_FORM.items() if key not in {"fuse_l2", "fuse_l3"}}
    form |= {"meter": "currents", "advanced": {"raise_hold": 30, "raise_window": 120, "worst_house_l1": 20}}
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await proceed(hass, result, **form)
    assert list(result["data_schema"].schema) == ["current_l1"]

    result = await proceed(hass, result, current_l1="sensor.current_1")
    assert currents_shown(result) == {"l1": "1.5 A", "l2": "-", "l3": "-"}
    result = await proceed(hass, result)
    assert result["data"] == {
        "grid": "tn",
        "fuse": [25, 0, 0],
        "breaker": "b",
        "meter": {"kind": "entities", "currents": [source, None, None]},
        "worst_house": [20, 0, 0],
        "raise_hold": 30,
        "raise_window": 120,
    }


@pytest.mark.parametrize(
    ("meter", "lists"),
    [
        ("currents", ("currents",)),
        ("powers_voltages", ("powers", "voltages")),
        ("currents_powers", ("currents", "powers")),
    ],
)
async def test_a_site_with_sensors(hass: HomeAssistant, meter: str, lists: tuple[str, ...]) -> None:
    state = {"currents": ("5", "A"), "powers": ("-1150", "W"), "voltages": ("230", "V")}
    sources = {
        name: [add_entity(hass, f"sensor.{name[:-1]}_{line}", *state[name]) for line in (1, 2, 3)] for name in lists
    }
    result = await begin(hass, meter=meter)
    assert result["step_id"] == "meter_entities"
    form = {f"{name[:-1]}_l{line}": f"sensor.{name[:-1]}_{line}" for name in lists for line in (1, 2, 3)}
    assert set(result["data_schema"].schema) == set(form)

    result = await proceed(hass, result, **form)
    shown = "5.0 A" if meter == "currents" else "-5.0 A"
    assert currents_shown(result) == {"l1": shown, "l2": shown, "l3": shown}
    result = await proceed(hass, result)
    assert result["data"]["meter"] == {"kind": "entities", **sources}


async def test_an_entity_without_registry_entry_is_kept_by_its_name(hass: HomeAssistant) -> None:
    for line in (1, 2, 3):
        show(hass, f"sensor.current_{line}", "1", "A")
    result = await proceed(hass, await begin(hass, meter="currents"), **SENSORS)
    result = await proceed(hass, result)
    assert result["data"]["meter"]["currents"] == list(SENSORS.values())


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({"fuse_l1": 0}, {"fuse_l1": "fuse_not_positive"}),
        ({"fuse_l1": "nan"}, {"fuse_l1": "fuse_not_positive"}),
        ({"fuse_l2": -16}, {"fuse_l2": "fuse_not_positive"}),
        ({"fuse_l3": "inf"}, {"fuse_l3": "fuse_not_positive"}),
        ({"fuse_l3": 0}, {"fuse_l3": "fuse_not_positive"}),
        ({"fuse_l2": None}, {"fuse_l2": "line_skipped"}),
        ({"grid": "it", "fuse_l2": None, "fuse_l3": None}, {"fuse_l2": "two_lines_needed"}),
        ({"name": " "}, {"name": "name_empty"}),
        ({"grid": "split_phase"}, {"fuse_l3": "no_third_line"}),
        ({"advanced": {"raise_hold": 600}}, {"advanced": "window_shorter_than_hold"}),
        ({"advanced": {"average_power": 0}}, {"advanced": "average_not_possible"}),
        ({"advanced": {"average_power": "nan"}}, {"advanced": "average_not_possible"}),
        ({"advanced": {"average_power": 2500}}, {"advanced": "average_not_possible"}),
        ({"advanced": {"raise_hold": "nan"}}, {"advanced": "window_shorter_than_hold"}),
        ({"advanced": {"worst_house_l2": -1}}, {"advanced": "worst_house_negative"}),
    ],
)
async def test_a_site_that_cannot_be(hass: HomeAssistant, form: dict[str, Any], errors: dict[str, str]) -> None:
    three_currents(hass)
    result = await begin(hass, meter="currents", **form)
    assert (result["step_id"], result["errors"]) == ("user", errors)
    assert suggested(result)["name"] == form.get("name", "Home")

    result = await proceed(hass, result, **SITE_FORM | {"meter": "currents"})
    result = await proceed(hass, result, **SENSORS)
    assert (await proceed(hass, result))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("registers", "mishap", "errors", "placeholders"),
    [
        ([{"code": 4, "address": 0, "words": [0x8000, 0x4366]}], None, {"host": "wrong_device"}, {}),
        ([], Mishap.SHORT, {"host": "bad_answer"}, {}),
        ([], Mishap.CUT, {"host": "cannot_connect"}, {}),
        ([{"code": 4, "address": 8, "words": [0x7FC0, 0]}], None, {"base": "phase_missing"}, {"lines": "L2"}),
        (
            [{"code": 4, "address": 6, "words": [0x43FA, 0]}],
            None,
            {"base": "absurd"},
            {"lines": "L1", "value": "500", "fuse": "25"},
        ),
        ([{"code": 4, "address": 8, "words": [0x45CC, 0xCC00]}], None, {"base": "phase_missing"}, {"lines": "L2"}),
    ],
)
async def test_a_meter_that_cannot_be_used(
    hass: HomeAssistant,
    meter_box: RawServer,
    registers: list[dict[str, Any]],
    mishap: Mishap | None,
    errors: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    good = dict(meter_box.words)
    meter_box.set(registers)
    meter_box.mishaps.extend([mishap] if mishap else [])
    result = await proceed(hass, await begin(hass), **modbus_form(meter_box))
    assert (result["step_id"], result["errors"]) == ("meter_modbus", errors)
    assert placeholders.items() <= result["description_placeholders"].items()
    assert suggested(result)["host"] == "127.0.0.1"

    meter_box.words = good
    result = await proceed(hass, result, **modbus_form(meter_box))
    assert (await proceed(hass, result))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_meter_that_refuses_the_connection(hass: HomeAssistant, meter_box: RawServer) -> None:
    result = await begin(hass)
    async with RawServer({"unit": 1, "registers": []}) as gone:
        port = gone.port
    result = await proceed(hass, result, **modbus_form(meter_box, port=port))
    assert result["errors"] == {"host": "cannot_connect"}
    assert (await proceed(hass, result, **modbus_form(meter_box)))["step_id"] == "confirm"


@pytest.mark.parametrize(
    ("state", "unit", "errors"),
    [
        ("unknown", "A", {"base": "phase_missing"}),
        ("nan", "A", {"base": "phase_missing"}),
        ("1200", "W", {"base": "phase_missing"}),
        ("6553.5", "A", {"base": "absurd"}),
    ],
)
async def test_a_sensor_that_cannot_be_used(hass: HomeAssistant, state: str, unit: str, errors: dict[str, str]) -> None:
    three_currents(hass)
    show(hass, "sensor.current_2", state, unit)
    result = await proceed(hass, await begin(hass, meter="currents"), **SENSORS)
    assert (result["step_id"], result["errors"]) == ("meter_entities", errors)
    assert result["description_placeholders"]["lines"] == "L2"
    assert suggested(result) == SENSORS

    show(hass, "sensor.current_2", "2", "A")
    assert (await proceed(hass, result, **SENSORS))["step_id"] == "confirm"


async def test_sensors_that_are_all_unavailable(hass: HomeAssistant) -> None:
    for entity_id in SENSORS.values():
        show(hass, entity_id, "unavailable")
    result = await proceed(hass, await begin(hass, meter="currents"), **SENSORS)
    assert result["errors"] == {"base": "entities_unavailable"}
    three_currents(hass)
    assert (await proceed(hass, result, **SENSORS))["step_id"] == "confirm"


async def test_a_power_that_says_nothing_leaves_the_direction_open(hass: HomeAssistant) -> None:
    three_currents(hass)
    powers = {f"power_l{line}": f"sensor.power_{line}" for line in (1, 2, 3)}
    for entity_id in powers.values():
        add_entity(hass, entity_id, "unknown", "W")
    result = await proceed(hass, await begin(hass, meter="currents_powers"), **SENSORS, **powers)
    assert result["errors"] == {"base": "phase_missing"}
    assert result["description_placeholders"] == {"lines": "L1, L2, L3"}


async def test_one_sensor_for_two_lines(hass: HomeAssistant) -> None:
    three_currents(hass)
    result = await proceed(hass, await begin(hass, meter="currents"), **SENSORS | {"current_l3": "sensor.current_1"})
    assert result["errors"] == {"current_l3": "same_sensor"}
    assert (await proceed(hass, result, **SENSORS))["step_id"] == "confirm"


async def test_one_voltage_for_all_lines(hass: HomeAssistant) -> None:
    add_entity(hass, "sensor.voltage", "230", "V")
    powers = {f"power_l{line}": f"sensor.power_{line}" for line in (1, 2, 3)}
    for entity_id in powers.values():
        add_entity(hass, entity_id, "2300", "W")
    voltages = {f"voltage_l{line}": "sensor.voltage" for line in (1, 2, 3)}
    result = await proceed(hass, await begin(hass, meter="powers_voltages"), **powers, **voltages)
    assert currents_shown(result) == {"l1": "10.0 A", "l2": "10.0 A", "l3": "10.0 A"}


async def test_an_entity_of_our_own_is_no_meter(hass: HomeAssistant) -> None:
    three_currents(hass)
    registry = er.async_get(hass)
    own = registry.async_get_or_create("sensor", DOMAIN, "own", suggested_object_id="own")
    show(hass, own.entity_id, "5", "A")
    result = await proceed(hass, await begin(hass, meter="currents"), **SENSORS | {"current_l2": own.entity_id})
    assert result["errors"] == {"current_l2": "own_entity"}
    assert (await proceed(hass, result, **SENSORS))["step_id"] == "confirm"


async def test_a_meter_measures_one_circuit(hass: HomeAssistant, meter_box: RawServer) -> None:
    modbus = METER | {"host": "127.0.0.1", "port": meter_box.port}
    sources = three_currents(hass)
    add_site(hass, circuit("Barn", meter={"kind": "entities", "currents": sources}), name="Farm", meter=modbus)

    result = await proceed(hass, await begin(hass), **modbus_form(meter_box))
    assert result["errors"] == {"base": "meter_in_use"}
    assert result["description_placeholders"]["name"] == "Farm"
    result = await proceed(hass, await begin(hass, meter="currents"), **SENSORS)
    assert result["description_placeholders"] == {"name": "Barn"}


async def reconfigure(hass: HomeAssistant, entry: Any) -> ConfigFlowResult:
    result = await entry.start_reconfigure_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")
    return presentable(result)


async def test_another_fuse_with_the_same_meter(hass: HomeAssistant) -> None:
    entry = add_site(hass, worst_house=[25, 10, 25])
    result = await reconfigure(hass, entry)
    assert suggested(result) == {
        "name": "Home",
        "grid": "tn",
        "breaker": "b",
        "fuse_l1": 25,
        "fuse_l2": 25,
        "fuse_l3": 25,
    }
    advanced = result["data_schema"].schema["advanced"].schema
    assert suggested({"data_schema": advanced}) == {"raise_hold": 60, "raise_window": 300, "worst_house_l2": 10}

    form = SITE_FORM | {"name": "House", "fuse_l1": 20, "meter": "keep", "advanced": {"worst_house_l2": 10}}
    result = await proceed(hass, result, **form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.title == "House"
    assert entry.data == SITE | {"fuse": [20, 25, 25], "worst_house": [20, 10, 25]}


async def test_an_average_power_comes_and_goes(hass: HomeAssistant) -> None:
    entry = add_site(hass)
    form = SITE_FORM | {"meter": "keep", "advanced": {"average_power": 2.5}}
    await proceed(hass, await reconfigure(hass, entry), **form)
    assert entry.data == SITE | {"average": {"watts": 2500, "minutes": 15}}

    result = await reconfigure(hass, entry)
    advanced = suggested({"data_schema": result["data_schema"].schema["advanced"].schema})
    assert advanced == {"raise_hold": 60, "raise_window": 300, "average_power": 2.5, "average_minutes": "15"}
    await proceed(hass, result, **SITE_FORM | {"meter": "keep"})
    assert entry.data == SITE


async def test_more_lines_ask_for_the_meter_again(hass: HomeAssistant) -> None:
    sources = three_currents(hass)
    entry = add_site(hass, fuse=[25, 25, 0], meter={"kind": "entities", "currents": [*sources[:2], None]})
    er.async_get(hass).async_remove("sensor.current_2")
    result = await proceed(hass, await reconfigure(hass, entry), **SITE_FORM | {"meter": "keep"})
    assert result["step_id"] == "meter_entities"
    assert suggested(result) == {"current_l1": "sensor.current_1"}

    three_currents(hass)
    result = await proceed(hass, result, **SENSORS)
    result = await proceed(hass, result)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["fuse"] == [25, 25, 25]
    assert len(entry.data["meter"]["currents"]) == 3


async def test_another_meter(hass: HomeAssistant, meter_box: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await reconfigure(hass, entry), **SITE_FORM)
    assert suggested(result) == {key: value for key, value in METER.items() if key != "kind"}

    result = await proceed(hass, result, **modbus_form(meter_box))
    result = await proceed(hass, result)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["meter"] == METER | {"host": "127.0.0.1", "port": meter_box.port}


async def test_a_meter_of_another_kind_starts_empty(hass: HomeAssistant) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await reconfigure(hass, entry), **SITE_FORM | {"meter": "currents"})
    assert suggested(result) == {}


@pytest.mark.parametrize(
    ("connected", "form", "errors", "placeholders"),
    [
        (
            circuit("Barn", fuse=[0, 0, 16]),
            {"fuse_l3": None},
            {"fuse_l3": "line_in_use"},
            {"name": "Barn", "lines": "L3"},
        ),
        (
            charger("Rotated", ALFEN, "a_1", wiring="l2"),
            {"fuse_l2": None, "fuse_l3": None},
            {"fuse_l2": "line_in_use"},
            {"name": "Rotated", "lines": "L2"},
        ),
        (
            charger("Rotated", ALFEN, "a_1", wiring="l2"),
            {"grid": "it"},
            {"grid": "wiring_not_on_grid"},
            {"name": "Rotated"},
        ),
    ],
)
async def test_what_is_in_use_stays(
    hass: HomeAssistant,
    connected: ConfigSubentryDataWithId,
    form: dict[str, Any],
    errors: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    entry = add_site(hass, connected, charger("Unknown", ALFEN | {"unit": 2}, "a_2"))
    result = await proceed(hass, await reconfigure(hass, entry), **filled(SITE_FORM | form | {"meter": "keep"}))
    assert (result["step_id"], result["errors"]) == ("reconfigure", errors)
    assert result["description_placeholders"] == placeholders

    result = await proceed(hass, result, **SITE_FORM | {"meter": "keep"})
    assert result["reason"] == "reconfigure_successful"


async def test_what_hangs_on_a_circuit_keeps_no_line_of_the_main_fuse(hass: HomeAssistant) -> None:
    entry = add_site(
        hass,
        circuit("Barn", fuse=[16, 0, 0]),
        charger("Far", ALFEN, "a_1", circuit="barn", wiring="l1"),
        charger("Unknown", ALFEN, "a_2"),
    )
    form = filled(SITE_FORM | {"fuse_l3": None, "grid": "split_phase"})
    result = await proceed(hass, await reconfigure(hass, entry), **form)
    assert result["step_id"] == "meter_modbus"


async def test_keeping_is_offered_for_a_site_that_has_a_meter(hass: HomeAssistant) -> None:
    result = await reconfigure(hass, add_site(hass))
    assert options(result, "meter") == ["keep", "modbus", "currents", "powers_voltages", "currents_powers"]
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert options(result, "meter") == ["modbus", "currents", "powers_voltages", "currents_powers"]
