"""Chargers with an interface of their own on the network in the forms, from their start to what is saved."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from homeassistant.config_entries import SOURCE_ZEROCONF
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import NETWORK_CHARGERS
from custom_components.ev_charger_pool.drivers.network.models import network_chargers
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.flow.finding import async_usual_ports
from tests.common import know_chargers
from tests.drivers.network.boxes import CASES
from tests.drivers.network.conftest import Charger, charger_box
from tests.drivers.network.http_box import Mishap
from tests.drivers.raw_server import RawServer
from tests.forms import presentable
from tests.houses import add_site, charger, filled, options, suggested

from .test_charger_subentry import PLACE, begin, change, chargers, find, proceed

GOE: dict[str, Any] = {"kind": "network", "model": "goe_v2", "host": "192.168.9.7", "port": 80, "connector": 1}
WARP: dict[str, Any] = GOE | {"model": "tinkerforge_warp", "username": "anna", "password": "secret"}


@pytest.fixture
async def goe(socket_enabled: None) -> AsyncGenerator[Charger]:
    box = charger_box("goe_v2")
    async with box.box:
        yield box


@pytest.fixture
async def warp(socket_enabled: None) -> AsyncGenerator[Charger]:
    box = charger_box("tinkerforge_warp")
    async with box.box:
        yield box


def host_form(box: Charger, **changes: Any) -> dict[str, Any]:
    form = {"profile": f"network/{box.id}", "host": "127.0.0.1", "connector": 1, "port": box.box.port}
    return filled(form | changes)


def driver_at(box: Charger, **changes: Any) -> dict[str, Any]:
    return GOE | {"model": box.id, "host": "127.0.0.1", "port": box.box.port} | changes


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("model", sorted(CASES))
async def test_every_model_by_its_address(hass: HomeAssistant, model: str) -> None:
    entry = add_site(hass)
    box = charger_box(model)
    async with box.box:
        result = await begin(hass, entry, "host")
        assert f"network/{model}" in options(result, "profile")
        result = await proceed(hass, result, **host_form(box, unit=7))
        assert result["step_id"] == "details"
        result = await proceed(hass, result, **PLACE)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        serial = box.case.identity["serial"]
        assert chargers(entry)[f"{serial}_1"]["driver"] == driver_at(box)
        assert not box.box.writes()


async def test_the_list_is_sorted_as_people_read_it(hass: HomeAssistant) -> None:
    result = await begin(hass, add_site(hass), "host")
    offered = result["data_schema"].schema["profile"].config["options"]
    titles = [option["label"] for option in offered]
    assert titles == sorted(titles, key=str.casefold)
    assert {"alfen_eve", "network/goe_v2"} <= {option["value"] for option in offered}


@pytest.mark.parametrize(
    ("mishap", "changes", "errors"),
    [
        (Mishap.UNAUTHORIZED, {}, {"host": "access_denied"}),
        (Mishap.OTHER_MODEL, {}, {"host": "wrong_device"}),
        (Mishap.NO_JSON, {}, {"host": "bad_answer"}),
        (Mishap.BUSY, {}, {"host": "bad_answer"}),
        (Mishap.RESET, {}, {"host": "cannot_connect"}),
        (None, {"host": "not an address"}, {"host": "cannot_connect"}),
        (None, {"profile": "network/openwb_pro"}, {"host": "wrong_device"}),
        (None, {"connector": 2}, {"connector": "no_such_connector"}),
    ],
)
async def test_a_charger_that_cannot_be_used(
    hass: HomeAssistant, goe: Charger, mishap: Mishap | None, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    if mishap is not None:
        goe.box.befall(mishap)
    result = await proceed(hass, await begin(hass, add_site(hass), "host"), **host_form(goe, **changes))
    assert (result["step_id"], result["errors"]) == ("host", errors)
    assert (await proceed(hass, result, **host_form(goe)))["step_id"] == "details"


async def test_a_password_is_saved_and_not_shown(hass: HomeAssistant, warp: Charger) -> None:
    entry = add_site(hass)
    result = await begin(hass, entry, "host")
    result = await proceed(hass, result, **host_form(warp, username="anna ", password="secret"))
    await proceed(hass, result, **PLACE)
    (saved,) = entry.get_subentries_of_type("charger")
    assert saved.data["driver"] == driver_at(warp, username="anna", password="secret")

    result = await change(hass, entry, saved.subentry_id, "host")
    shown = suggested(result)
    assert "password" not in shown
    assert (shown["profile"], shown["username"], shown["port"]) == ("network/tinkerforge_warp", "anna", warp.box.port)
    result = await proceed(hass, result, **host_form(warp, username="berta"))
    assert result["reason"] == "reconfigure_successful"
    assert entry.subentries[saved.subentry_id].data["driver"] == driver_at(warp, username="berta", password="secret")


async def test_a_user_name_that_cannot_be(hass: HomeAssistant, warp: Charger) -> None:
    result = await begin(hass, add_site(hass), "host")
    result = await proceed(hass, result, **host_form(warp, username="an:na", password="secret"))
    assert result["errors"] == {"username": "access_denied"}
    assert not warp.box.asked


async def test_a_password_is_not_handed_to_another_model(hass: HomeAssistant, goe: Charger) -> None:
    entry = add_site(hass, charger("Left", WARP, "091234_1"))
    result = await proceed(hass, await change(hass, entry, "left", "host"), **host_form(goe))
    assert result["reason"] == "reconfigure_successful"
    assert entry.subentries["left"].data["driver"] == driver_at(goe)


async def test_it_moves_to_another_address(hass: HomeAssistant, goe: Charger) -> None:
    entry = add_site(hass, charger("Left", GOE, "091234_1"))
    result = await change(hass, entry, "left", "host")
    goe.says["sse"] = "555"
    result = await proceed(hass, result, **host_form(goe))
    assert result["errors"] == {"host": "wrong_device"}
    goe.says["sse"] = "091234"
    result = await proceed(hass, result, **host_form(goe))
    assert result["reason"] == "reconfigure_successful"
    assert entry.subentries["left"].data["driver"] == driver_at(goe)


async def test_a_charger_without_serial_number_is_known_by_its_address(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    entry = add_site(hass)
    box = charger_box("smartevse_v3")
    del box.says["serialnr"]
    async with box.box:
        result = await proceed(hass, await begin(hass, entry, "host"), **host_form(box))
        await proceed(hass, result, **PLACE)
        assert list(chargers(entry)) == [None]
        result = await proceed(hass, await begin(hass, entry, "host"), **host_form(box))
    assert result["reason"] == "already_configured"


async def test_the_search_finds_chargers_of_both_kinds(
    hass: HomeAssistant, goe: Charger, warp: Charger, charger_box: RawServer
) -> None:
    entry = add_site(hass)
    ports = (goe.box.port, warp.box.port, charger_box.port)
    result = await find(hass, await begin(hass, entry, "search"), *ports)
    assert result["step_id"] == "found"
    keys = options(result, "found")
    assert len(keys) == 4
    result = await proceed(hass, result, found=f"127.0.0.1:{goe.box.port}/goe_v2")
    await proceed(hass, result, **PLACE)
    assert chargers(entry)["091234_1"]["driver"] == driver_at(goe)

    result = await find(hass, await begin(hass, entry, "search"), *ports)
    assert set(options(result, "found")) == set(keys) - {f"127.0.0.1:{goe.box.port}/goe_v2"}
    assert not goe.box.writes()
    assert not warp.box.writes()


async def test_a_charger_found_twice_is_offered_once_with_a_choice(
    hass: HomeAssistant, goe: Charger, charger_box: RawServer
) -> None:
    """Known by its serial number over Modbus and HTTP; the second socket is only there over Modbus."""
    goe.says["sse"] = "ACE0123456"
    entry = add_site(hass)
    over_modbus, over_http = f"127.0.0.1:{charger_box.port}", f"127.0.0.1:{goe.box.port}"
    result = await find(hass, await begin(hass, entry, "search"), charger_box.port, goe.box.port)
    assert options(result, "found") == [f"{over_modbus}/1", f"{over_modbus}/2"]
    result = await proceed(hass, result, found=f"{over_modbus}/1")
    assert result["step_id"] == "way"
    assert options(result, "way") == [f"{over_modbus}/1", f"{over_http}/goe_v2"]
    assert result["description_placeholders"]["ways"].splitlines() == [
        (
            f"- **Modbus ({over_modbus})**: tells the current of each phase, has new values every 2 s,"
            " goes back to a safe current by itself when Home Assistant is away."
        ),
        (
            f"- **HTTP ({over_http})**: tells the current of each phase, has new values every 2 s,"
            " keeps its last limit when Home Assistant is away."
        ),
    ]
    goe.box.befall(Mishap.RESET)
    result = await proceed(hass, result, way=f"{over_http}/goe_v2")
    assert (result["step_id"], result["errors"]) == ("way", {"way": "cannot_connect"})
    result = await proceed(hass, result, way=f"{over_http}/goe_v2")
    await proceed(hass, result, **PLACE)
    assert chargers(entry)["ACE0123456_1"]["driver"] == driver_at(goe)

    result = await find(hass, await begin(hass, entry, "search"), charger_box.port, goe.box.port)
    assert options(result, "found") == [f"{over_modbus}/2"]


async def test_one_box_at_its_usual_ports_is_offered_once(
    hass: HomeAssistant, goe: Charger, charger_box: RawServer
) -> None:
    """Whatever it says over Modbus, as one that speaks like a charger of another make does."""
    await at_usual_ports(hass, goe, charger_box)
    ports = (charger_box.port, goe.box.port)
    entry = add_site(hass)
    result = await find(hass, await begin(hass, entry, "search"), *ports)
    first, second = options(result, "found")
    assert second == f"127.0.0.1:{charger_box.port}/2"
    result = await proceed(hass, result, found=first)
    assert options(result, "way") == [first, f"127.0.0.1:{goe.box.port}/goe_v2"]
    assert (await async_usual_ports(hass)).split(", ") == sorted(map(str, ports), key=int)

    await proceed(hass, await proceed(hass, result, way=first), **PLACE)
    assert list(chargers(entry)) == ["ACE0123456_1"]
    result = await find(hass, await begin(hass, entry, "search"), *ports)
    assert options(result, "found") == [second]


async def at_usual_ports(hass: HomeAssistant, goe: Charger, modbus: RawServer | None = None) -> None:
    """Let the ports of the boxes be the usual ones."""
    profiles = await hass.async_add_executor_job(charger_profiles)
    port = modbus.port if modbus is not None else 1
    know_chargers(
        hass,
        {key: replace(profile, transport=replace(profile.transport, port=port)) for key, profile in profiles.items()},
    )
    hass.data[NETWORK_CHARGERS] = {key: replace(model, port=goe.box.port) for key, model in network_chargers().items()}


async def announce(hass: HomeAssistant) -> Any:
    info = ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"),
        ip_addresses=[ip_address("127.0.0.1")],
        port=80,
        hostname="go-echarger_091234.local.",
        type="_go-e_go-eCharger_V4._tcp.local.",
        name="go-eCharger_091234._go-e_go-eCharger_V4._tcp.local.",
        properties={},
    )
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)
    return presentable(result)


@pytest.mark.usefixtures("no_set_up")
async def test_one_that_announces_itself_joins_a_site(hass: HomeAssistant, goe: Charger) -> None:
    await at_usual_ports(hass, goe)
    entry = add_site(hass)
    result = await announce(hass)
    assert result["step_id"] == "zeroconf_confirm"
    configure = hass.config_entries.flow.async_configure
    result = presentable(await configure(result["flow_id"], {"site": entry.entry_id}))
    result = presentable(await configure(result["flow_id"], PLACE))
    assert result["reason"] == "charger_added"
    assert chargers(entry)["091234_1"]["driver"] == driver_at(goe)


@pytest.mark.usefixtures("no_set_up")
async def test_one_that_announces_itself_is_followed_to_its_new_address(hass: HomeAssistant, goe: Charger) -> None:
    await at_usual_ports(hass, goe)
    entry = add_site(hass, charger("Left", GOE | {"port": goe.box.port}, "091234_1"))
    result = await announce(hass)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert chargers(entry)["091234_1"]["driver"] == driver_at(goe)


@pytest.mark.usefixtures("no_set_up")
async def test_one_that_announces_itself_and_tells_no_values_is_not_supported(
    hass: HomeAssistant, goe: Charger
) -> None:
    await at_usual_ports(hass, goe)
    current = goe.says.pop("amp")
    result = await announce(hass)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_supported")
    assert "amp" in goe.box.asked[-1].query["filter"]
    goe.says["amp"] = current
    assert (await announce(hass))["step_id"] == "zeroconf_confirm"
