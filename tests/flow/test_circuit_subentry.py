"""The form of a circuit, from its start to what is saved."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.drivers.raw_server import RawServer
from tests.forms import presentable
from tests.houses import ALFEN, METER, add_entity, add_site, charger, circuit, filled, options, preset, suggested

FORM: dict[str, Any] = {
    "name": "Garage",
    "parent": "main",
    "fuse_l1": 16,
    "fuse_l2": 16,
    "breaker": "c",
    "meter": "none",
    "reserve_l1": 4,
    "advanced": {},
}


async def begin(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "circuit"), context={"source": SOURCE_USER}
    )
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    return presentable(result, "circuit")


async def change(hass: HomeAssistant, entry: ConfigEntry, circuit_id: str) -> SubentryFlowResult:
    result = await entry.start_subentry_reconfigure_flow(hass, circuit_id)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")
    return presentable(result, "circuit")


async def proceed(hass: HomeAssistant, result: SubentryFlowResult, **form: Any) -> SubentryFlowResult:
    return presentable(await hass.config_entries.subentries.async_configure(result["flow_id"], form), "circuit")


def modbus_form(server: RawServer) -> dict[str, Any]:
    return {"profile": "eastron_sdm630", "host": "127.0.0.1", "port": server.port}


async def test_a_circuit_without_a_meter(hass: HomeAssistant) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await begin(hass, entry), **FORM)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (saved,) = entry.get_subentries_of_type("circuit")
    assert saved.title == "Garage"
    assert saved.data == {"parent": "main", "fuse": [16, 16, 0], "breaker": "c", "reserve": [4, 0, 0]}


async def test_a_circuit_with_a_meter_below_another(hass: HomeAssistant, meter_box: RawServer) -> None:
    entry = add_site(hass, circuit("Barn"))
    result = await begin(hass, entry)
    assert options(result, "parent") == ["main", "barn"]
    result = await proceed(hass, result, **FORM | {"parent": "barn", "meter": "modbus"})
    result = await proceed(hass, result, **modbus_form(meter_box))
    assert (result["step_id"], result["description_placeholders"]["l2"]) == ("confirm", "16.1 A")
    await proceed(hass, result)
    _, saved = entry.get_subentries_of_type("circuit")
    assert saved.data["parent"] == "barn"
    assert saved.data["meter"] == METER | {"host": "127.0.0.1", "port": meter_box.port}


async def test_a_circuit_on_the_second_line_with_a_sensor(hass: HomeAssistant) -> None:
    entry = add_site(hass)
    source = add_entity(hass, "sensor.current", "3", "A")
    form = {"name": "Garage", "parent": "main", "fuse_l2": 16, "breaker": "b", "meter": "currents", "advanced": {}}
    result = await proceed(hass, await begin(hass, entry), **form)
    assert list(result["data_schema"].schema) == ["current_l2"]
    result = await proceed(hass, result, current_l2="sensor.current")
    await proceed(hass, result)
    (saved,) = entry.get_subentries_of_type("circuit")
    assert saved.data["fuse"] == [0, 16, 0]
    assert saved.data["meter"] == {"kind": "entities", "currents": [None, source, None]}


async def test_only_the_lines_of_the_site_are_asked_for(hass: HomeAssistant) -> None:
    entry = add_site(hass, fuse=[25, 25, 0])
    fields = {str(key) for key in (await begin(hass, entry))["data_schema"].schema}
    assert {"fuse_l1", "fuse_l2", "reserve_l1", "reserve_l2"} <= fields
    assert not {"fuse_l3", "reserve_l3"} & fields


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({"fuse_l1": 0, "fuse_l2": 0}, {"fuse_l1": "fuse_not_positive"}),
        ({"fuse_l1": None, "fuse_l2": None}, {"fuse_l1": "fuse_not_positive"}),
        ({"fuse_l2": 0}, {"fuse_l2": "fuse_not_positive"}),
        ({"fuse_l2": -1}, {"fuse_l2": "fuse_not_positive"}),
        ({"name": ""}, {"name": "name_empty"}),
        ({"parent": "barn"}, {"fuse_l2": "line_not_in_parent"}),
        ({"reserve_l1": 17}, {"reserve_l1": "reserve_not_possible"}),
        ({"reserve_l3": 1}, {"reserve_l3": "reserve_not_possible"}),
        ({"reserve_l2": "nan"}, {"reserve_l2": "reserve_not_possible"}),
        ({"advanced": {"average_power": 2.5}}, {"advanced": "average_needs_meter"}),
        ({"meter": "modbus", "advanced": {"average_power": 0}}, {"advanced": "average_not_possible"}),
        ({"meter": "modbus", "advanced": {"average_power": 7.7}}, {"advanced": "average_not_possible"}),
    ],
)
async def test_a_circuit_that_cannot_be(hass: HomeAssistant, form: dict[str, Any], errors: dict[str, str]) -> None:
    entry = add_site(hass, circuit("Barn", fuse=[16, 0, 0]))
    result = await proceed(hass, await begin(hass, entry), **filled(FORM | form))
    assert (result["step_id"], result["errors"]) == ("user", errors)
    assert suggested(result)["breaker"] == "c"
    assert (await proceed(hass, result, **FORM))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_parent_that_goes_meanwhile(hass: HomeAssistant) -> None:
    entry = add_site(hass, circuit("Barn"))
    result = await begin(hass, entry)
    hass.config_entries.async_remove_subentry(entry, "barn")
    result = await proceed(hass, result, **FORM | {"parent": "barn"})
    assert result["errors"] == {"parent": "circuit_gone"}
    assert (await proceed(hass, result, **FORM))["type"] is FlowResultType.CREATE_ENTRY


async def test_no_circuit_hangs_on_itself(hass: HomeAssistant) -> None:
    entry = add_site(
        hass, circuit("Barn"), circuit("Stable", parent="barn"), circuit("Box", parent="stable"), circuit("Shed")
    )
    result = await change(hass, entry, "barn")
    assert options(result, "parent") == ["main", "stable", "box", "shed"]
    form = FORM | {"name": "Barn", "fuse_l3": 16}
    result = await proceed(hass, result, **form | {"parent": "box"})
    assert (result["step_id"], result["errors"]) == ("reconfigure", {"parent": "cycle"})
    result = await proceed(hass, result, **form | {"parent": "shed"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.subentries["barn"].data["parent"] == "shed"


async def test_a_changed_circuit_keeps_its_meter(hass: HomeAssistant) -> None:
    entry = add_site(hass, circuit("Barn", meter=METER | {"unit": 2}, reserve=[2, 0, 0]))
    result = await change(hass, entry, "barn")
    assert options(result, "meter")[:2] == ["keep", "none"]
    assert suggested(result) == {
        "name": "Barn",
        "parent": "main",
        "breaker": "b",
        "fuse_l1": 16,
        "fuse_l2": 16,
        "fuse_l3": 16,
        "reserve_l1": 2,
    }
    form = FORM | {"name": "Big barn", "fuse_l1": 20, "fuse_l3": 16, "meter": "keep"}
    result = await proceed(hass, result, **form)
    assert result["reason"] == "reconfigure_successful"
    saved = entry.subentries["barn"]
    assert saved.title == "Big barn"
    assert saved.data["fuse"] == [20, 16, 16]
    assert saved.data["meter"] == METER | {"unit": 2}


async def test_a_circuit_with_an_average_power(hass: HomeAssistant, meter_box: RawServer) -> None:
    entry = add_site(hass)
    form = FORM | {"meter": "modbus", "advanced": {"average_power": 4, "average_minutes": "60"}}
    result = await proceed(hass, await begin(hass, entry), **form)
    await proceed(hass, await proceed(hass, result, **modbus_form(meter_box)))
    (saved,) = entry.get_subentries_of_type("circuit")
    assert saved.data["average"] == {"watts": 4000, "minutes": 60}

    result = await change(hass, entry, saved.subentry_id)
    advanced = result["data_schema"].schema["advanced"].schema
    assert suggested({"data_schema": advanced}) == {"average_power": 4, "average_minutes": "60"}
    result = await proceed(hass, result, **FORM | {"meter": "keep"})
    assert result["reason"] == "reconfigure_successful"
    assert "average" not in entry.subentries[saved.subentry_id].data


async def test_fewer_lines_ask_for_the_meter_again(hass: HomeAssistant, meter_box: RawServer) -> None:
    meter = METER | {"host": "127.0.0.1", "port": meter_box.port}
    entry = add_site(hass, circuit("Barn", meter=meter))
    result = await proceed(hass, await change(hass, entry, "barn"), **FORM | {"meter": "keep"})
    assert result["step_id"] == "meter_modbus"
    assert suggested(result)["port"] == meter_box.port
    result = await proceed(hass, result, **modbus_form(meter_box))
    await proceed(hass, result)
    assert entry.subentries["barn"].data["fuse"] == [16, 16, 0]


async def test_a_circuit_loses_its_meter(hass: HomeAssistant) -> None:
    entry = add_site(hass, circuit("Barn", meter=METER | {"unit": 2}))
    result = await proceed(hass, await change(hass, entry, "barn"), **FORM)
    assert result["reason"] == "reconfigure_successful"
    assert "meter" not in entry.subentries["barn"].data


async def test_a_circuit_without_a_meter_has_none_to_keep(hass: HomeAssistant) -> None:
    entry = add_site(hass, circuit("Barn"))
    assert options(await change(hass, entry, "barn"), "meter")[0] == "none"


async def test_what_it_hung_on_was_deleted(hass: HomeAssistant) -> None:
    """Nothing is preset: the main fuse might allow more."""
    entry = add_site(hass, circuit("Stable", parent="gone", fuse=[16, 16, 0]))
    result = await change(hass, entry, "stable")
    assert options(result, "parent") == ["main"]
    assert preset(result, "parent") is None
    form = FORM | {"name": "Stable"}
    result = await proceed(hass, result, **filled(form | {"parent": None}))
    assert (result["step_id"], result["errors"]) == ("reconfigure", {"parent": "circuit_gone"})
    result = await proceed(hass, result, **form)
    assert result["reason"] == "reconfigure_successful"
    assert entry.subentries["stable"].data["parent"] == "main"


async def test_the_meter_of_the_site_is_no_meter_of_a_circuit(hass: HomeAssistant, meter_box: RawServer) -> None:
    entry = add_site(hass, meter=METER | {"host": "127.0.0.1", "port": meter_box.port})
    result = await proceed(hass, await begin(hass, entry), **FORM | {"meter": "modbus"})
    result = await proceed(hass, result, **modbus_form(meter_box))
    assert result["errors"] == {"base": "meter_in_use"}
    assert result["description_placeholders"]["name"] == "Home"


@pytest.mark.parametrize(
    ("connected", "name"),
    [
        (circuit("Stable", parent="barn", fuse=[0, 0, 10]), "Stable"),
        (charger("Box", ALFEN, "a_1", circuit="barn", wiring="l3"), "Box"),
    ],
)
async def test_a_line_in_use_stays(hass: HomeAssistant, connected: Any, name: str) -> None:
    entry = add_site(hass, circuit("Barn"), connected)
    result = await proceed(hass, await change(hass, entry, "barn"), **FORM)
    assert result["errors"] == {"fuse_l3": "line_in_use"}
    assert result["description_placeholders"] == {"name": name, "lines": "L3"}
