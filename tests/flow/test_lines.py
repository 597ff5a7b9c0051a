"""Devices over RTU in the forms and in a running site: behind a gateway that passes bytes on, and on a serial port."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowContext,
    ConfigFlowResult,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import CONNECTIONS
from custom_components.ev_charger_pool.diagnostics import async_get_config_entry_diagnostics
from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_line import Framing, Line, Parity, SerialSettings
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.drivers.registers import Table
from custom_components.ev_charger_pool.drivers.targets import Target
from custom_components.ev_charger_pool.flow.searching import async_search
from tests.common import currents, devices, know_chargers, show_currents, until
from tests.drivers.conftest import FIXTURES, hurried
from tests.drivers.raw_server import RawServer
from tests.drivers.rtu_device import RtuDevice, on_units
from tests.forms import presentable
from tests.houses import SITE_FORM, add_site, charger, circuit, currents_shown, filled, suggested

from . import test_circuit_subentry as circuits
from .test_charger_subentry import PLACE, begin, change, chargers, proceed

SERIAL = "1384202.00157"
AMTRON: dict[str, Any] = {"profile": "mennekes_compact", "connection": "serial", "connector": 1}
USUAL: dict[str, Any] = {"baud": 57600, "parity": "none", "stop_bits": 2}
"""What the profile of the Amtron says."""
SDM630: dict[str, Any] = {"profile": "eastron_sdm630", "host": "127.0.0.1"}
PATIENCE = 0.3


@pytest.fixture
async def amtron(socket_enabled: None) -> AsyncGenerator[RtuDevice]:
    async with RtuDevice(FIXTURES["mennekes_compact"]) as device:
        yield device


@pytest.fixture
async def meter(socket_enabled: None) -> AsyncGenerator[RtuDevice]:
    """It reads -13.5 A, 16.1 A and -0.25 A."""
    async with RtuDevice(FIXTURES["eastron_sdm630"]) as device:
        yield device


@pytest.fixture
def impatient(hass: HomeAssistant) -> None:
    hass.data[CONNECTIONS] = Connections(PATIENCE)


def on(path: str, **changes: Any) -> dict[str, Any]:
    """What is saved of an Amtron on a serial port."""
    return {
        "kind": "modbus",
        "profile": "mennekes_compact",
        "host": path,
        "port": 0,
        "unit": 50,
        "framing": "serial",
        "connector": 1,
        **changes,
    }


def meter_on(path: str) -> dict[str, Any]:
    """What is saved of the meter on a serial port."""
    return {
        "kind": "modbus",
        "profile": "eastron_sdm630",
        "host": path,
        "port": 0,
        "unit": 1,
        "framing": "serial",
    }


async def start(hass: HomeAssistant, *subentries: Any, **changes: Any) -> ConfigEntry:
    show_currents(hass, "mains", 20.0, 20.0, 3.0)
    entry = add_site(hass, *subentries, **{"meter": {"kind": "entities", "currents": currents("mains")}, **changes})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, lambda: online(entry))
    return entry


def online(entry: ConfigEntry) -> bool:
    return all(device.online for device in devices(entry))


async def ask_port(hass: HomeAssistant, entry: ConfigEntry, **changes: Any) -> SubentryFlowResult:
    """Choose an Amtron on a serial port."""
    result = await proceed(hass, await begin(hass, entry, "host"), **filled(AMTRON | changes))
    assert (result["step_id"], result["errors"]) == ("serial", {})
    return result


async def ask_meter(hass: HomeAssistant, result: ConfigFlowResult, **form: Any) -> ConfigFlowResult:
    return presentable(await hass.config_entries.flow.async_configure(result["flow_id"], form))


async def test_a_charger_on_a_serial_port(hass: HomeAssistant, amtron: RtuDevice) -> None:
    """From the form to a limit in the charger, and again after a restart."""
    entry = await start(hass)
    result = await begin(hass, entry, "host")
    assert "Mennekes Amtron Compact" in result["description_placeholders"]["rtu_models"]
    assert "Alfen" not in result["description_placeholders"]["rtu_models"]
    result = await proceed(hass, result, **AMTRON)
    assert result["step_id"] == "serial"
    assert "Mennekes" in result["description_placeholders"]["model"]
    assert suggested(result) == USUAL
    result = await proceed(hass, result, host=amtron.path, **USUAL)
    assert result["step_id"] == "details"
    result = await proceed(hass, result, **PLACE | {"wiring": "l1_l2_l3"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chargers(entry)[f"{SERIAL}_1"]["driver"] == on(amtron.path)

    for _ in range(2):
        await hass.async_block_till_done()
        await until(hass, lambda: bool(entry.runtime_data.chargers) and online(entry))
        (box,) = entry.runtime_data.chargers.values()
        assert box.identity.serial == SERIAL
        assert box.heard.amperes == (16.0, 15.9, 15.8)
        assert await hass.config_entries.async_reload(entry.entry_id)
    assert not amtron.writes()
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    await until(hass, lambda: bool(amtron.writes()))
    assert (amtron.writes()[0].unit, amtron.writes()[0].address) == (50, 0x0302)


async def test_other_settings_than_the_usual_ones_are_kept(hass: HomeAssistant, amtron: RtuDevice) -> None:
    entry = add_site(hass)
    result = await ask_port(hass, entry)
    result = await proceed(hass, result, host=amtron.path, baud=19200, parity="none", stop_bits=1)
    await proceed(hass, result, **PLACE)
    (saved,) = entry.get_subentries_of_type("charger")
    line = {"baud": 19200, "parity": "N", "stop_bits": 1}
    assert saved.data["driver"] == on(amtron.path, line=line)

    result = await change(hass, entry, saved.subentry_id, "host")
    assert suggested(result) == {"profile": "mennekes_compact", "connection": "serial", "connector": 1, "unit": 50}
    result = await proceed(hass, result, **AMTRON)
    assert suggested(result) == {"host": amtron.path, "baud": 19200, "parity": "none", "stop_bits": 1}


async def test_a_model_whose_settings_nobody_has_told(hass: HomeAssistant, socket_enabled: None) -> None:
    async with RtuDevice(FIXTURES["abb_terra_ac"]) as box:
        result = await ask_port(hass, add_site(hass), profile="abb_terra_ac")
        assert suggested(result) == {"parity": "none", "stop_bits": 1}
        result = await proceed(hass, result, host=box.path, baud=19200, parity="none", stop_bits=1)
        assert result["step_id"] == "details"


async def test_a_running_charger_gets_other_settings_and_another_port(hass: HomeAssistant, amtron: RtuDevice) -> None:
    """The form asks over the port that the site is using."""
    entry = await start(hass, charger("Left", on(amtron.path), f"{SERIAL}_1"))
    async with RtuDevice(FIXTURES["mennekes_compact"]) as moved:
        for path, baud, line in (
            (amtron.path, 19200, {"baud": 19200, "parity": "N", "stop_bits": 2}),
            (moved.path, 57600, None),
        ):
            result = await proceed(hass, await change(hass, entry, "left", "host"), **AMTRON)
            result = await proceed(hass, result, **USUAL | {"host": path, "baud": baud})
            assert result["reason"] == "reconfigure_successful"
            assert chargers(entry)[f"{SERIAL}_1"]["driver"] == on(path, **filled({"line": line}))
            await hass.async_block_till_done()
            await until(hass, lambda: online(entry))
        asked = len(amtron.requests)
        await until(hass, lambda: len(moved.requests) > 20)
        assert len(amtron.requests) == asked
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_charger_moves_to_the_network(hass: HomeAssistant, amtron: RtuDevice, charger_box: RawServer) -> None:
    entry = add_site(hass, charger("Left", on(amtron.path), "ACE0123456_1"))
    result = await change(hass, entry, "left", "host")
    form = {"profile": "alfen_eve", "connection": "tcp", "host": "127.0.0.1", "port": charger_box.port, "connector": 1}
    result = await proceed(hass, result, **form)
    assert result["reason"] == "reconfigure_successful"
    assert not {"framing", "line"} & chargers(entry)["ACE0123456_1"]["driver"].keys()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("port", "asked", "errors"),
    [
        ({"host": "/dev/no_such_port"}, {}, {"host": "port_missing"}),
        ({"host": "/dev/null"}, {}, {"host": "port_refused"}),
        ({"host": "esphome-hass://box"}, {}, {"host": "port_elsewhere"}),
        ({}, {"unit": 9}, {"host": "line_silent"}),
        ({}, {"profile": "abb_terra_ac", "unit": 50}, {"host": "wrong_device"}),
    ],
)
async def test_a_port_that_cannot_be_used(
    hass: HomeAssistant, amtron: RtuDevice, port: dict[str, Any], asked: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await ask_port(hass, add_site(hass), **asked)
    form = {"host": amtron.path} | USUAL | port
    result = await proceed(hass, result, **form)
    assert (result["step_id"], result["errors"]) == ("serial", errors)
    assert suggested(result) == form


async def test_a_port_that_another_program_has(hass: HomeAssistant, amtron: RtuDevice) -> None:
    other = Connections().acquire(amtron.path, 0)
    settings = SerialSettings(baud=9600, parity=Parity.NONE, stop_bits=1)
    await other.read(50, Table.HOLDING, 0, 1, line=Line(framing=Framing.SERIAL, serial=settings))
    result = await ask_port(hass, add_site(hass))
    result = await proceed(hass, result, host=amtron.path, **USUAL)
    assert result["errors"] == {"host": "port_in_use"}
    await other.close()
    result = await proceed(hass, result, host=amtron.path, **USUAL)
    assert result["step_id"] == "details"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"connection": "tcp"}, {"host": "address_needed"}),
        ({"connection": "rtu", "host": " "}, {"host": "address_needed"}),
        ({"profile": "network/goe_v2", "connection": "tcp"}, {"host": "address_needed"}),
        ({"profile": "network/goe_v2", "host": "192.168.9.9"}, {"connection": "modbus_only"}),
        ({"connector": 2}, {"connector": "no_such_connector"}),
    ],
)
async def test_a_way_that_cannot_be(hass: HomeAssistant, changes: dict[str, Any], errors: dict[str, str]) -> None:
    result = await proceed(hass, await begin(hass, add_site(hass), "host"), **AMTRON | changes)
    assert (result["step_id"], result["errors"]) == ("host", errors)


@pytest.mark.usefixtures("impatient")
async def test_a_gateway_that_passes_bytes_on(hass: HomeAssistant, amtron: RtuDevice) -> None:
    entry = add_site(hass)
    result = await begin(hass, entry, "host")
    form = AMTRON | {"host": "127.0.0.1", "port": amtron.port}
    result = await proceed(hass, result, **form | {"connection": "tcp"})
    assert result["errors"] == {"host": "cannot_connect"}
    result = await proceed(hass, result, **form | {"connection": "rtu", "unit": 9})
    assert result["errors"] == {"host": "line_silent"}
    result = await proceed(hass, result, **form | {"connection": "rtu", "port": 1})
    assert result["errors"] == {"host": "cannot_connect"}
    result = await proceed(hass, result, **form | {"connection": "rtu"})
    await proceed(hass, result, **PLACE)
    saved = chargers(entry)[f"{SERIAL}_1"]["driver"]
    assert saved == on("127.0.0.1", framing="rtu", port=amtron.port)


async def test_two_chargers_on_one_line(hass: HomeAssistant, socket_enabled: None) -> None:
    """The second one is set up while the site talks to the first; neither says a serial number."""
    fixture = FIXTURES["heidelberg_energy_control"]
    know_chargers(hass, {"heidelberg_energy_control": hurried(charger_profiles()["heidelberg_energy_control"])})
    form = AMTRON | {"profile": "heidelberg_energy_control"}
    port = {"baud": 19200, "parity": "none", "stop_bits": 1}
    async with RtuDevice(on_units(fixture, 1, 2)) as bus:
        bus.set([{"unit": 2, "code": 4, "address": 5, "words": [5]}])
        entry = await start(hass)
        for unit, name in ((1, "Left"), (2, "Right")):
            result = await proceed(hass, await begin(hass, entry, "host"), **form | {"unit": unit})
            result = await proceed(hass, result, host=bus.path, **port)
            result = await proceed(hass, result, **PLACE | {"name": name})
            assert result["step_id"] == "fall_back"
            await proceed(hass, result, arm=False)
            await hass.async_block_till_done()
            await until(hass, lambda: bool(entry.runtime_data.chargers) and online(entry))
        states = {box.name: box.heard.state for box in entry.runtime_data.chargers.values()}
        assert states == {"Left": "C", "Right": "B"}

        result = await proceed(hass, await begin(hass, entry, "host"), **form | {"unit": 2})
        result = await proceed(hass, result, host=bus.path, **port)
        assert result["reason"] == "already_configured"
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_behind_a_gateway_then_on_a_serial_port(hass: HomeAssistant, meter: RtuDevice) -> None:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await ask_meter(hass, result, **SITE_FORM)
    assert "Eastron SDM630" in result["description_placeholders"]["rtu_models"]
    result = await ask_meter(hass, result, **SDM630, connection="rtu", port=meter.port)
    assert result["step_id"] == "confirm"
    assert currents_shown(result) == {"l1": "-13.5 A", "l2": "16.1 A", "l3": "-0.2 A"}
    entry = (await ask_meter(hass, result))["result"]
    assert entry.data["meter"] == meter_on("127.0.0.1") | {"port": meter.port, "framing": "rtu"}
    await hass.async_block_till_done()
    await until(hass, lambda: online(entry))

    context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=entry.entry_id)
    result = presentable(await hass.config_entries.flow.async_init(DOMAIN, context=context))
    result = await ask_meter(hass, result, **SITE_FORM)
    assert suggested(result) == SDM630 | {"connection": "rtu", "port": meter.port, "unit": 1}
    result = await ask_meter(hass, result, profile="eastron_sdm630", connection="serial")
    assert (result["step_id"], suggested(result)["baud"]) == ("meter_serial", 9600)
    port = {"baud": 9600, "parity": "none", "stop_bits": 1}
    result = await ask_meter(hass, result, host="/dev/no_such_port", **port)
    assert result["errors"] == {"host": "port_missing"}
    result = await ask_meter(hass, result, host=meter.path, **port)
    assert (await ask_meter(hass, result))["reason"] == "reconfigure_successful"
    assert entry.data["meter"] == meter_on(meter.path)
    await hass.async_block_till_done()
    await until(hass, lambda: online(entry))
    await until(hass, lambda: entry.runtime_data.state.meters["main"].amperes == (-13.5, 16.1, -0.25))


async def test_a_meter_of_a_circuit_on_a_serial_port(hass: HomeAssistant, meter: RtuDevice) -> None:
    """Each meter on the line measures one circuit."""
    entry = add_site(hass, circuit("Barn", meter=meter_on(meter.path) | {"unit": 2}))
    result = await circuits.proceed(hass, await circuits.begin(hass, entry), **circuits.FORM | {"meter": "modbus"})
    port = {"host": meter.path, "baud": 9600, "parity": "none", "stop_bits": 1}
    taken = {"profile": "eastron_sdm630", "connection": "serial", "unit": 2}
    refused = await circuits.proceed(hass, await circuits.proceed(hass, result, **taken), **port)
    assert (refused["step_id"], refused["errors"]) == ("meter_serial", {"base": "meter_in_use"})
    assert refused["description_placeholders"]["name"] == "Barn"

    result = await circuits.proceed(hass, await circuits.begin(hass, entry), **circuits.FORM | {"meter": "modbus"})
    result = await circuits.proceed(hass, result, **taken | {"unit": 1})
    result = await circuits.proceed(hass, result, **port)
    result = await circuits.proceed(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["meter"] == meter_on(meter.path)


async def test_diagnostics_show_the_line(hass: HomeAssistant, amtron: RtuDevice, meter: RtuDevice) -> None:
    gateway = meter_on("127.0.0.1") | {"framing": "rtu", "port": meter.port}
    entry = await start(hass, charger("Left", on(amtron.path), f"{SERIAL}_1"), meter=gateway)
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["devices"]["left"]["line"] == "serial 57600 8N2"
    assert found["devices"]["main"]["line"] == "rtu"
    assert amtron.path not in str(found)


async def test_the_search_leaves_lines_alone(
    hass: HomeAssistant, amtron: RtuDevice, meter: RtuDevice, charger_box: RawServer
) -> None:
    gateway = meter_on("127.0.0.1") | {"framing": "rtu", "port": meter.port}
    entry = await start(hass, charger("Left", on(amtron.path), f"{SERIAL}_1"), meter=gateway)
    ports = (meter.port, charger_box.port)
    found = await async_search(hass, [Target("127.0.0.1", port) for port in ports], lambda _: None)
    assert {candidate.driver["port"] for candidate in found} == {charger_box.port}
    assert online(entry)
    assert meter.accepted == 1, "over the connection that the site has"
