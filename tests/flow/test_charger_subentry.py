"""The forms of a charger, from their start to what is saved."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE, FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_charger_pool.devices import async_charger_profiles
from tests.common import know_chargers
from tests.drivers.conftest import FIXTURES, hurried
from tests.drivers.raw_server import Mishap, RawServer
from tests.forms import presentable
from tests.houses import ALFEN, add_site, charger, circuit, filled, options, preset, suggested

PLACE: dict[str, Any] = {"name": "Left", "circuit": "main", "wiring": "unknown", "maximum": 16}


async def begin(hass: HomeAssistant, entry: ConfigEntry, way: str) -> SubentryFlowResult:
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    assert [option for option in result["menu_options"] if option != "recognised"] == ["search", "host", "entities"]
    assert way in result["menu_options"]
    return await proceed(hass, presentable(result, "charger"), next_step_id=way)


async def change(hass: HomeAssistant, entry: ConfigEntry, charger_id: str, what: str) -> SubentryFlowResult:
    result = await entry.start_subentry_reconfigure_flow(hass, charger_id)
    assert (result["type"], what in result["menu_options"]) == (FlowResultType.MENU, True)
    return await proceed(hass, presentable(result, "charger"), next_step_id=what)


async def proceed(hass: HomeAssistant, result: SubentryFlowResult, **form: Any) -> SubentryFlowResult:
    return presentable(await hass.config_entries.subentries.async_configure(result["flow_id"], form), "charger")


async def find(hass: HomeAssistant, result: SubentryFlowResult, *ports: int) -> SubentryFlowResult:
    """Search the machine itself and wait for the answer."""
    result = await proceed(hass, result, addresses="127.0.0.1", ports=", ".join(map(str, ports)))
    assert (result["type"], result["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "searching")
    await hass.async_block_till_done()
    return presentable(await hass.config_entries.subentries.async_configure(result["flow_id"]), "charger")


def driver_at(server: RawServer, **changes: Any) -> dict[str, Any]:
    return ALFEN | {"host": "127.0.0.1", "port": server.port} | changes


def host_form(server: RawServer, **changes: Any) -> dict[str, Any]:
    return {"profile": "alfen_eve", "host": "127.0.0.1", "connector": 1, "port": server.port, **changes}


def fields(result: SubentryFlowResult) -> set[str]:
    """The fields of a form."""
    assert result["data_schema"] is not None
    return {str(field) for field in result["data_schema"].schema}


def chargers(entry: ConfigEntry) -> dict[str | None, dict[str, Any]]:
    return {item.unique_id: dict(item.data) for item in entry.get_subentries_of_type("charger")}


async def test_the_search_finds_both_sockets(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass)
    progress = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE)
    result = await begin(hass, entry, "search")
    assert set(suggested(result)) == {"addresses", "ports"}
    assert "502" in suggested(result)["ports"]

    result = await find(hass, result, charger_box.port)
    assert result["step_id"] == "found"
    # It is asked over Modbus and over HTTP at this port.
    assert [event.data["progress"] for event in progress] == [0.5, 1.0]
    first, second = options(result, "found")
    result = await proceed(hass, result, found=second)
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **PLACE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chargers(entry) == {
        "ACE0123456_2": {
            "driver": driver_at(charger_box, unit=2, connector=2),
            "circuit": "main",
            "wiring": "unknown",
            "maximum": 16,
        }
    }

    result = await find(hass, await begin(hass, entry, "search"), charger_box.port)
    assert options(result, "found") == [first]


async def test_a_search_without_result_can_be_repeated(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass)
    words = dict(charger_box.words)
    charger_box.words.clear()
    result = await find(hass, await begin(hass, entry, "search"), charger_box.port)
    assert (result["step_id"], result["errors"]) == ("search", {"base": "nothing_found"})
    assert suggested(result) == {"addresses": "127.0.0.1", "ports": str(charger_box.port)}

    charger_box.words = words
    result = await find(hass, result, charger_box.port)
    assert result["step_id"] == "found"


@pytest.mark.parametrize(
    ("form", "errors", "placeholders"),
    [
        ({"addresses": " "}, {"addresses": "addresses_empty"}, {"part": ""}),
        ({"addresses": "127.0.0.1, house"}, {"addresses": "addresses_not_an_address"}, {"part": "house"}),
        ({"addresses": "8.8.8.8"}, {"addresses": "addresses_not_private"}, {"part": "8.8.8.8"}),
        ({"addresses": "10.0.0.0/8"}, {"addresses": "addresses_too_many"}, {"part": "10.0.0.0/8"}),
        ({"ports": ""}, {"ports": "ports_not_valid"}, {}),
        ({"ports": "502; 70000"}, {"ports": "ports_not_valid"}, {}),
        ({"ports": "0"}, {"ports": "ports_not_valid"}, {}),
    ],
)
async def test_a_search_that_cannot_be(
    hass: HomeAssistant,
    charger_box: RawServer,
    form: dict[str, str],
    errors: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    result = await begin(hass, add_site(hass), "search")
    result = await proceed(hass, result, **{"addresses": "127.0.0.1", "ports": "502", **form})
    assert (result["step_id"], result["errors"]) == ("search", errors)
    assert result["description_placeholders"] == placeholders
    assert (await find(hass, result, charger_box.port))["step_id"] == "found"


async def test_a_found_charger_that_stops_answering(hass: HomeAssistant, charger_box: RawServer) -> None:
    result = await find(hass, await begin(hass, add_site(hass), "search"), charger_box.port)
    charger_box.mishaps.append(Mishap.CUT)
    key = options(result, "found")[0]
    result = await proceed(hass, result, found=key)
    assert (result["step_id"], result["errors"]) == ("found", {"found": "cannot_connect"})
    assert (await proceed(hass, result, found=key))["step_id"] == "details"


async def test_a_charger_by_its_address(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass, circuit("Garage", fuse=[16, 0, 0]))
    result = await begin(hass, entry, "host")
    result = await proceed(hass, result, **host_form(charger_box, host="127.0.0.1 ", unit=1))
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **PLACE | {"circuit": "garage", "wiring": "l1", "car_minimum": 8})
    assert result["title"] == "Left"
    assert chargers(entry) == {
        "ACE0123456_1": {
            "driver": driver_at(charger_box),
            "circuit": "garage",
            "wiring": "l1",
            "maximum": 16,
            "car_minimum": 8,
        }
    }


async def test_the_second_socket_has_its_usual_unit(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box, connector=2))
    await proceed(hass, result, **PLACE)
    assert chargers(entry)["ACE0123456_2"]["driver"] == driver_at(charger_box, unit=2, connector=2)


@pytest.mark.parametrize(
    ("registers", "mishap", "form", "errors"),
    [
        ([{"unit": 200, "address": 117, "text": "Other", "length": 5}], None, {}, {"host": "wrong_device"}),
        ([], Mishap.NONSENSE, {}, {"host": "bad_answer"}),
        ([], Mishap.CUT, {}, {"host": "cannot_connect"}),
        ([], None, {"profile": "abb_terra_ac", "connector": 2}, {"connector": "no_such_connector"}),
    ],
)
async def test_a_charger_that_cannot_be_used(
    hass: HomeAssistant,
    charger_box: RawServer,
    registers: list[dict[str, Any]],
    mishap: Mishap | None,
    form: dict[str, Any],
    errors: dict[str, str],
) -> None:
    good = dict(charger_box.words)
    charger_box.set(registers)
    charger_box.mishaps.extend([mishap] if mishap else [])
    result = await begin(hass, add_site(hass), "host")
    result = await proceed(hass, result, **host_form(charger_box, **form))
    assert (result["step_id"], result["errors"]) == ("host", errors)
    assert suggested(result)["host"] == "127.0.0.1"

    charger_box.words = good
    assert (await proceed(hass, result, **host_form(charger_box)))["step_id"] == "details"


async def test_a_charger_that_stores_every_limit_is_refused(hass: HomeAssistant, charger_box: RawServer) -> None:
    profiles = await async_charger_profiles(hass)
    alfen = profiles["alfen_eve"]
    know_chargers(hass, {**profiles, "alfen_eve": replace(alfen, capability=replace(alfen.capability, stored=True))})
    result = await proceed(hass, await begin(hass, add_site(hass), "host"), **host_form(charger_box))
    assert (result["step_id"], result["errors"]) == ("host", {"base": "stored"})


async def test_nobody_at_the_usual_port(hass: HomeAssistant, socket_enabled: None) -> None:
    result = await begin(hass, add_site(hass), "host")
    result = await proceed(hass, result, profile="alfen_eve", host="127.0.0.1", connector=1)
    assert result["errors"] == {"host": "cannot_connect"}


@pytest.mark.parametrize("where", ["Home", "Cabin"])
async def test_a_charger_is_in_one_site_only(hass: HomeAssistant, charger_box: RawServer, where: str) -> None:
    known = charger("Known", ALFEN, "ACE0123456_1")
    entry = add_site(hass, *([known] if where == "Home" else []))
    add_site(hass, *([known] if where == "Cabin" else []), name="Cabin")
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert result["description_placeholders"] == {"name": where}


async def test_a_charger_that_was_added_meanwhile(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    add_site(hass, charger("Known", ALFEN, "ACE0123456_1"), name="Cabin")
    result = await proceed(hass, result, **PLACE)
    assert (result["reason"], result["description_placeholders"]) == ("already_configured", {"name": "Cabin"})
    assert not chargers(entry)


async def test_a_charger_without_serial_number_is_known_by_its_address(
    hass: HomeAssistant, charger_box: RawServer
) -> None:
    charger_box.set([{"unit": 200, "address": 157, "text": "", "length": 11}])
    entry = add_site(hass)
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    await proceed(hass, result, **PLACE)
    assert list(chargers(entry)) == [None]
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    assert result["reason"] == "already_configured"
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box, connector=2))
    assert result["step_id"] == "details"


@pytest.mark.parametrize(
    ("form", "errors", "placeholders"),
    [
        ({"maximum": 5}, {"maximum": "maximum_below_minimum"}, {"minimum": "6"}),
        ({"maximum": -1}, {"maximum": "maximum_below_minimum"}, {"minimum": "6"}),
        ({"maximum": "nan"}, {"maximum": "maximum_below_minimum"}, {"minimum": "6"}),
        ({"maximum": 33}, {"maximum": "maximum_above_hardware"}, {"hardware": "32"}),
        ({"car_minimum": 0}, {"car_minimum": "car_minimum_not_possible"}, {}),
        ({"car_minimum": 17}, {"car_minimum": "car_minimum_not_possible"}, {}),
        ({"circuit": "garage", "wiring": "l2"}, {"wiring": "wiring_not_on_circuit"}, {}),
        ({"name": " "}, {"name": "name_empty"}, {}),
    ],
)
async def test_a_place_that_cannot_be(
    hass: HomeAssistant,
    charger_box: RawServer,
    form: dict[str, Any],
    errors: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    entry = add_site(hass, circuit("Garage", fuse=[16, 0, 0]))
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    result = await proceed(hass, result, **PLACE | form)
    assert (result["step_id"], result["errors"]) == ("details", errors)
    shown = result["description_placeholders"]
    assert {key: text for key, text in shown.items() if key != "about"} == {"name": "Alfen Eve 1", **placeholders}
    assert suggested(result)["wiring"] == form.get("wiring", "unknown")
    assert (await proceed(hass, result, **PLACE))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_circuit_that_goes_meanwhile(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass, circuit("Garage"))
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    assert options(result, "circuit") == ["main", "garage"]
    hass.config_entries.async_remove_subentry(entry, "garage")
    result = await proceed(hass, result, **PLACE | {"circuit": "garage"})
    assert result["errors"] == {"circuit": "circuit_gone"}
    assert (await proceed(hass, result, **PLACE))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("site", "wirings"),
    [
        ({"fuse": [25, 0, 0]}, ["unknown", "l1"]),
        ({"fuse": [25, 25, 0], "grid": "split_phase"}, ["unknown", "l1", "l2", "l1_l2"]),
        ({"grid": "it"}, ["unknown", "l1_l2", "l2_l3", "l3_l1", "delta"]),
    ],
)
async def test_the_wirings_that_the_site_allows(
    hass: HomeAssistant, charger_box: RawServer, site: dict[str, Any], wirings: list[str]
) -> None:
    result = await proceed(hass, await begin(hass, add_site(hass, **site), "host"), **host_form(charger_box))
    assert options(result, "wiring") == wirings


async def test_another_place(hass: HomeAssistant) -> None:
    """The charger is off meanwhile."""
    entry = add_site(
        hass,
        circuit("Garage"),
        charger("Left", ALFEN, "ACE0123456_1", circuit="garage", wiring="l2_l3_l1", car_minimum=8),
    )
    result = await change(hass, entry, "left", "details")
    assert suggested(result) == {"circuit": "garage", "wiring": "l2_l3_l1", "maximum": 16, "car_minimum": 8}
    result = await proceed(hass, result, **PLACE | {"name": "Right", "maximum": 64})
    assert result["errors"] == {"maximum": "maximum_above_hardware"}
    result = await proceed(hass, result, **PLACE | {"name": "Right"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.subentries["left"].title == "Right"
    assert chargers(entry)["ACE0123456_1"] == {
        "driver": ALFEN,
        "circuit": "main",
        "wiring": "unknown",
        "maximum": 16,
    }


async def test_a_charger_whose_circuit_is_gone_is_put_behind_another(hass: HomeAssistant) -> None:
    """A new name alone does not put it behind the main fuse, which may allow more."""
    entry = add_site(hass, circuit("Barn"), charger("Left", ALFEN, "ACE0123456_1", circuit="gone"))
    result = await change(hass, entry, "left", "details")
    assert preset(result, "circuit") is None
    result = await proceed(hass, result, **filled(PLACE | {"circuit": None}))
    assert (result["step_id"], result["errors"]) == ("details", {"circuit": "circuit_gone"})
    result = await proceed(hass, result, **PLACE | {"circuit": "barn"})
    assert result["reason"] == "reconfigure_successful"
    assert chargers(entry)["ACE0123456_1"]["circuit"] == "barn"


async def test_another_address(hass: HomeAssistant, charger_box: RawServer) -> None:
    entry = add_site(hass, charger("Left", ALFEN, "ACE0123456_1", wiring="l1", car_minimum=8))
    result = await change(hass, entry, "left", "host")
    assert suggested(result) == {key: value for key, value in ALFEN.items() if key != "kind"}
    result = await proceed(hass, result, **host_form(charger_box))
    assert result["reason"] == "reconfigure_successful"
    assert chargers(entry)["ACE0123456_1"] == {
        "driver": driver_at(charger_box),
        "circuit": "main",
        "wiring": "l1",
        "maximum": 16,
        "car_minimum": 8,
    }


@pytest.mark.parametrize("known", ["OTHER_1", "ACE0123456_2", None])
async def test_another_charger_at_the_address(hass: HomeAssistant, charger_box: RawServer, known: str | None) -> None:
    entry = add_site(hass, charger("Left", ALFEN, known))
    result = await proceed(hass, await change(hass, entry, "left", "host"), **host_form(charger_box))
    assert (result["step_id"], result["errors"]) == ("host", {"host": "wrong_device"})
    assert chargers(entry)[known]["driver"] == ALFEN


KEBA: dict[str, Any] = {**ALFEN, "profile": "keba_kecontact", "unit": 255}
P40_PLACE = PLACE | {"wiring": "l1_l2_l3"}


@pytest.fixture
async def p40(socket_enabled: None) -> AsyncGenerator[RawServer]:
    """A charger that can switch its phases, asked without the waiting that it needs."""
    async with RawServer(FIXTURES["keba_p40_switching"]) as server:
        yield server


async def p40_details(hass: HomeAssistant, entry: ConfigEntry, p40: RawServer) -> SubentryFlowResult:
    """The form of its place."""
    know_chargers(hass, {key: hurried(profile) for key, profile in (await async_charger_profiles(hass)).items()})
    form = {"profile": "keba_kecontact", "host": "127.0.0.1", "connector": 1, "port": p40.port}
    return await proceed(hass, await begin(hass, entry, "host"), **form)


async def test_phase_switching_is_offered_where_the_charger_can(
    hass: HomeAssistant, p40: RawServer, charger_box: RawServer
) -> None:
    entry = add_site(hass)
    result = await p40_details(hass, entry, p40)
    assert "phase_switching" in fields(result)
    result = await proceed(hass, result, **P40_PLACE | {"phase_switching": True})
    result = await proceed(hass, result, arm=False)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chargers(entry)["17525326_1"]["phase_switching"] is True
    other = await proceed(hass, await begin(hass, entry, "host"), **host_form(charger_box))
    assert "phase_switching" not in fields(other)


async def test_without_opt_in_nothing_is_saved(hass: HomeAssistant, p40: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await p40_details(hass, entry, p40), **P40_PLACE)
    await proceed(hass, result, arm=False)
    assert "phase_switching" not in chargers(entry)["17525326_1"]


@pytest.mark.parametrize("wired", ["unknown", "l2"])
async def test_phases_are_not_switched_where_three_are_not_known(
    hass: HomeAssistant, p40: RawServer, wired: str
) -> None:
    result = await p40_details(hass, add_site(hass), p40)
    result = await proceed(hass, result, **PLACE | {"wiring": wired, "phase_switching": True})
    assert result["errors"] == {"phase_switching": "phase_switching_needs_wiring"}


@pytest.mark.parametrize("stays", [True, False])
async def test_what_was_chosen_can_be_changed_while_the_charger_is_off(hass: HomeAssistant, stays: bool) -> None:
    entry = add_site(hass, charger("Left", KEBA, "17525326_1", wiring="l1_l2_l3", phase_switching=True))
    result = await change(hass, entry, "left", "details")
    assert suggested(result)["phase_switching"] is True
    result = await proceed(hass, result, **P40_PLACE | {"phase_switching": stays})
    result = await proceed(hass, result, arm=False)
    assert result["reason"] == "reconfigure_successful"
    assert chargers(entry)["17525326_1"].get("phase_switching", False) is stays


async def test_a_charger_that_is_off_is_not_offered_what_nobody_knows(hass: HomeAssistant) -> None:
    entry = add_site(hass, charger("Left", KEBA, "17525326_1", wiring="l1_l2_l3"))
    assert "phase_switching" not in fields(await change(hass, entry, "left", "details"))
