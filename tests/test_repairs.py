"""Repairs as a browser makes them: over Home Assistant's web API, from the issue to the site that works again."""

from collections.abc import Awaitable, Callable, Mapping
import time
from types import MappingProxyType
from typing import Any, Self
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.ev_charger_pool.const import DOMAIN
from demo.devices.abb_terra_ac import AbbTerraAc, abb_charger
from demo.devices.sdm630 import Sdm630
from demo.house import ABB, INSTALLED, METER
from tests.common import currents, show_charger, start_house, until
from tests.drivers.conftest import FIXTURES
from tests.drivers.rtu_device import RtuDevice
from tests.flow.test_finding import adapter
from tests.forms import presentable, presentable_repair
from tests.houses import add_entity, add_site, charger, circuit, currents_shown, suggested
from tests.mappings.box import Box
from tests.test_issues import move, publish
from tests.virtual_house import UNIQUE_IDS, VirtualHouse

API = "/api/repairs/issues/fix"
OTHER_SERIAL = (0x0747, 0x2231, 0x0415, 0x0001)
ADAPTERS = "custom_components.ev_charger_pool.flow.finding.async_get_adapters"
OTHER_UNIQUE_ID = "0747223104150001_1"


class Browser:
    """Somebody who opens Repairs and goes through the steps of one."""

    def __init__(self, client: TestClient[Any, Any], listed: Callable[[], Awaitable[list[dict[str, Any]]]]) -> None:
        self._client = client
        self._listed = listed
        self._issue: Mapping[str, Any] = {}
        self._flow = ""

    @classmethod
    async def open(cls, hass: HomeAssistant, clients: ClientSessionGenerator, sockets: WebSocketGenerator) -> Self:
        assert await async_setup_component(hass, "repairs", {})
        socket, client = await sockets(hass), await clients()

        async def listed() -> list[dict[str, Any]]:
            await socket.send_json_auto_id({"type": "repairs/list_issues"})
            issues: list[dict[str, Any]] = (await socket.receive_json())["result"]["issues"]
            return [issue for issue in issues if issue["domain"] == DOMAIN]

        return cls(client, listed)

    async def issues(self) -> list[str]:
        """The issues that are shown."""
        return [issue["translation_key"] for issue in await self._listed()]

    async def mend(self, key: str, name: str | None = None) -> dict[str, Any]:
        """Begin to mend the issue of this kind, of the charger with this name where there are several."""
        [self._issue] = [
            issue
            for issue in await self._listed()
            if issue["translation_key"] == key and name in (None, issue["translation_placeholders"].get("name"))
        ]
        assert self._issue["is_fixable"]
        result = await self._post(API, handler=DOMAIN, issue_id=self._issue["issue_id"])
        self._flow = result["flow_id"]
        return result

    async def submit(self, **form: Any) -> dict[str, Any]:
        """Send what was filled in."""
        return await self._post(f"{API}/{self._flow}", **form)

    async def wait(self) -> dict[str, Any]:
        """Watch a progress to its end."""
        while True:
            response = await self._client.get(f"{API}/{self._flow}")
            result = presentable_repair(await response.json(), self._issue)
            if result["type"] != "progress":
                return result

    async def _post(self, address: str, **data: Any) -> dict[str, Any]:
        response = await self._client.post(address, json=data)
        assert response.status == 200, await response.text()
        return presentable_repair(await response.json(), self._issue)


@pytest.fixture
async def browser(
    hass: HomeAssistant,
    socket_enabled: None,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> Browser:
    return await Browser.open(hass, hass_client, hass_ws_client)


def on_a_serial_port(name: str) -> ConfigSubentry:
    """A charger at a port that is not there."""
    port = {"host": "/dev/no_such_port", "port": 0, "framing": "serial"}
    driver = {"kind": "modbus", "profile": "mennekes_compact", **port, "unit": 50, "connector": 1}
    saved = charger(name, driver, "1_1")
    return ConfigSubentry(**saved | {"data": MappingProxyType(saved["data"])})


def filled_in(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a form shows filled in."""
    return {
        field["name"]: field["description"]["suggested_value"]
        for field in result["data_schema"]
        if "suggested_value" in (field.get("description") or {})
    }


# The meter


async def test_a_sensor_of_the_meter_was_removed(hass: HomeAssistant, browser: Browser) -> None:
    sources = [add_entity(hass, entity_id, "3.0", "A") for entity_id in currents("mains")]
    spare = add_entity(hass, "sensor.spare", "4.0", "A")
    entry = add_site(hass, meter={"kind": "entities", "currents": sources})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    er.async_get(hass).async_remove("sensor.mains_l2")
    publish(entry)

    form = await browser.mend("meter_source_removed")
    assert form["step_id"] == "meter_entities"
    assert filled_in(form) == {"current_l1": "sensor.mains_l1", "current_l3": "sensor.mains_l3"}
    form = await browser.submit(**filled_in(form), current_l2="sensor.mains_l1")
    assert form["errors"] == {"current_l2": "same_sensor"}
    form = await browser.submit(current_l1="sensor.mains_l1", current_l2="sensor.spare", current_l3="sensor.mains_l3")
    assert form["step_id"] == "confirm"
    assert currents_shown(form) == {"l1": "3.0 A", "l2": "4.0 A", "l3": "3.0 A"}
    assert (await browser.submit())["type"] == "create_entry"
    assert entry.data["meter"]["currents"] == [sources[0], spare, sources[2]]
    await hass.async_block_till_done()
    await until(hass, lambda: entry.runtime_data.meters["main"].online)
    publish(entry)
    assert await browser.issues() == []


async def test_a_sensor_of_the_meter_of_a_circuit_was_removed(hass: HomeAssistant, browser: Browser) -> None:
    sources = [add_entity(hass, entity_id, "3.0", "A") for entity_id in currents("cellar")]
    spare = add_entity(hass, "sensor.spare", "4.0", "A")
    cellar = circuit("Cellar", meter={"kind": "entities", "currents": sources})
    entry = add_site(hass, cellar, meter={"kind": "entities", "currents": currents("mains")})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    er.async_get(hass).async_remove("sensor.cellar_l3")
    publish(entry)

    form = await browser.mend("meter_source_removed")
    await browser.submit(**filled_in(form), current_l3="sensor.spare")
    assert (await browser.submit())["type"] == "create_entry"
    assert entry.subentries["cellar"].data["meter"]["currents"] == [sources[0], sources[1], spare]


async def test_a_meter_with_another_address(house: VirtualHouse, browser: Browser) -> None:
    await house.set_up_charging()
    old = house.demo.ports[METER]
    await house.demo.devices[METER].unplug()
    await house.pass_time(15)

    async def mend() -> None:
        form = await browser.mend("meter_stale")
        assert form["step_id"] == "meter_modbus"
        assert filled_in(form) == {"profile": "eastron_sdm630", "host": "127.0.0.1", "port": old, "unit": 1}
        form = await browser.submit(**filled_in(form))
        assert form["errors"] == {"host": "cannot_connect"}
        house.demo.meter = house.demo.devices[METER] = Sdm630(house.demo.house)
        await house.demo.meter.plug_in()
        form = await browser.submit(**filled_in(form) | {"port": house.demo.meter.port})
        assert form["step_id"] == "confirm"
        assert (await browser.submit())["type"] == "create_entry"

    await house.meanwhile(mend())
    assert house.entry.data["meter"]["port"] == house.demo.meter.port
    assert await house.pass_time(90, house.as_before)
    assert house.issues() == {}


async def test_a_meter_that_is_behind_a_gateway_now(house: VirtualHouse, browser: Browser) -> None:
    await house.set_up_charging()
    await house.demo.devices[METER].unplug()
    await house.pass_time(15)

    async def mend() -> None:
        await browser.mend("meter_stale")
        form = await browser.submit(profile="eastron_sdm630", connection="serial")
        port = {"baud": 9600, "parity": "none", "stop_bits": 1}
        assert (form["step_id"], filled_in(form)) == ("meter_serial", port)
        form = await browser.submit(host="/dev/no_such_port", **port)
        assert form["errors"] == {"host": "port_missing"}

        await browser.mend("meter_stale")
        async with RtuDevice(FIXTURES["eastron_sdm630"]) as meter:
            gateway = {"connection": "rtu", "host": "127.0.0.1", "port": meter.port}
            form = await browser.submit(profile="eastron_sdm630", **gateway)
            assert form["step_id"] == "confirm"
            assert (await browser.submit())["type"] == "create_entry"

    await house.meanwhile(mend())
    assert house.entry.data["meter"]["framing"] == "rtu"


# A charger made of entities


async def test_an_entity_of_a_charger_was_removed(hass: HomeAssistant, browser: Browser) -> None:
    entry = await start_house(hass)
    lost = add_entity(hass, "sensor.lost", "charging")
    carport = entry.subentries["carport"]
    driver = {**carport.data["driver"], "state": lost}
    hass.config_entries.async_update_subentry(entry, carport, data={**carport.data, "driver": driver})
    await hass.async_block_till_done()
    er.async_get(hass).async_remove("sensor.lost")
    publish(entry)

    form = await browser.mend("charger_source_removed")
    assert form["step_id"] == "lost"
    result = await browser.submit()
    assert (result["type"], result["reason"]) == ("abort", "go_on")
    kind, flow = result["next_flow"]
    assert (kind, result["result"]["entry_id"]) == ("config_subentries_flow", entry.entry_id)
    assert await browser.issues() == ["charger_source_removed"], "until it has helped"

    flows = hass.config_entries.subentries
    step = presentable(await flows.async_configure(flow), "charger")
    assert step["step_id"] == "entities"
    show_charger(hass, "Carport", "free", 0.0)
    await flows.async_configure(
        flow,
        {
            "state": "sensor.box_carport",
            "limit": "input_number.box_carport",
            "current_l1": "sensor.box_carport_l1",
            "stored": False,
        },
    )
    words = {"no_car": ["free"], "connected": ["plugged"], "charging": ["charging"], "fault": ["fault"]}
    step = await flows.async_configure(flow, {**words, "minimum": 6, "maximum": 16, "step": 1})
    assert step["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    publish(entry)
    assert await browser.issues() == []


async def test_an_entity_of_a_known_integration_was_removed(hass: HomeAssistant, browser: Browser) -> None:
    """The charger is recognised anew, here with another entity that its integration has made meanwhile."""
    entry = await start_house(hass)
    box = Box(hass, "v2c")
    roles = {"charging": "binary_sensor.box_charging", "connected": "binary_sensor.box_connected"}
    roles |= {"limit": "number.box_limit", "paused": "switch.box_paused"}
    driver = {
        "kind": "mapping",
        "mapping": "v2c",
        "entities": {role: box.sources[entity_id] for role, entity_id in roles.items()},
        "minimum": 6.0,
        "maximum": 16.0,
        "step": 1.0,
    }
    carport = entry.subentries["carport"]
    hass.config_entries.async_update_subentry(entry, carport, data={**carport.data, "driver": driver})
    await hass.async_block_till_done()
    await until(hass, lambda: entry.runtime_data.chargers["carport"].online)
    er.async_get(hass).async_remove("switch.box_paused")
    publish(entry)
    await until(hass, lambda: not entry.runtime_data.chargers["carport"].online)

    await browser.mend("charger_source_removed")
    _, flow = (await browser.submit())["next_flow"]
    flows = hass.config_entries.subentries
    hass.states.async_remove("switch.box_paused")
    other = er.async_get(hass).async_get_or_create(
        "switch",
        "v2c",
        "new_paused",
        translation_key="paused",
        device_id=er.async_get(hass).async_get("number.box_limit").device_id,
        suggested_object_id="box_new",
    )
    hass.states.async_set("switch.box_new", "off")
    step = presentable(await flows.async_configure(flow), "charger")
    assert step["step_id"] == "recognised"
    step = await flows.async_configure(flow, {"recognised": box.sources["binary_sensor.box_charging"]})
    step = await flows.async_configure(flow, {"try_now": False})
    assert step["reason"] == "reconfigure_successful"
    assert entry.subentries["carport"].data["driver"]["entities"]["paused"] == other.id
    await hass.async_block_till_done()
    publish(entry)
    assert await browser.issues() == []


# A circuit that was deleted


async def test_the_circuit_of_a_charger_was_deleted(hass: HomeAssistant, browser: Browser) -> None:
    entry = await start_house(hass, cellar=True)
    hass.config_entries.async_add_subentry(entry, ConfigSubentry(**circuit("Shed", fuse=[16, 0, 0])))
    await move(hass, entry, "garage", circuit="cellar")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)

    form = await browser.mend("circuit_deleted")
    assert (form["step_id"], filled_in(form)) == ("circuit", {})
    assert (await browser.submit())["errors"] == {"circuit": "circuit_gone"}
    assert (await browser.submit(circuit="shed"))["errors"] == {"circuit": "wiring_not_on_circuit"}
    assert (await browser.submit(circuit="main"))["type"] == "create_entry"
    assert entry.subentries["garage"].data["circuit"] == "main"
    await hass.async_block_till_done()
    publish(entry)
    assert await browser.issues() == []


async def test_the_circuit_above_a_circuit_was_deleted(hass: HomeAssistant, browser: Browser) -> None:
    entry = await start_house(hass, cellar=True)
    for name, above in (("Bench", "cellar"), ("Lathe", "bench")):
        hass.config_entries.async_add_subentry(entry, ConfigSubentry(**circuit(name, parent=above)))
    await move(hass, entry, "garage", circuit="lathe")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)

    await browser.mend("circuit_deleted")
    assert (await browser.submit(circuit="lathe"))["errors"] == {"circuit": "cycle"}
    assert (await browser.submit(circuit="main"))["type"] == "create_entry"
    assert entry.subentries["bench"].data["parent"] == "main"


async def test_what_was_to_be_mended_is_gone(hass: HomeAssistant, browser: Browser) -> None:
    entry = await start_house(hass, cellar=True)
    await move(hass, entry, "garage", circuit="cellar")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)
    await browser.mend("circuit_deleted")
    hass.config_entries.async_remove_subentry(entry, "garage")
    assert (await browser.submit(circuit="main"))["reason"] == "gone"


async def test_the_site_was_turned_off_meanwhile(hass: HomeAssistant, browser: Browser) -> None:
    entry = await start_house(hass, cellar=True)
    await move(hass, entry, "garage", circuit="cellar")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)
    await browser.mend("circuit_deleted")
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await browser.submit(circuit="main"))["reason"] == "gone"


# Another charger at the address


@pytest.fixture
async def swapped(house: VirtualHouse) -> AbbTerraAc:
    """Two chargers of a model, each at the address where the other one was set up; this is the second."""
    other = AbbTerraAc(abb_charger(INSTALLED), time.monotonic, serial=OTHER_SERIAL)
    await other.plug_in()
    house.demo.devices["other"] = other
    house.entry.add_to_hass(house.hass)
    ours = house.entry.subentries[ABB]
    entries = house.hass.config_entries
    entries.async_add_subentry(
        house.entry,
        ConfigSubentry(
            data=ours.data,
            subentry_id="other",
            subentry_type="charger",
            title="Other",
            unique_id=OTHER_UNIQUE_ID,
        ),
    )
    driver = {**ours.data["driver"], "port": other.port}
    entries.async_update_subentry(house.entry, ours, data={**ours.data, "driver": driver})
    await house.set_up()
    await house.pass_time(10)
    assert house.issues().keys() == {"wrong_charger"}
    return other


async def test_a_charger_that_has_moved_is_found(house: VirtualHouse, swapped: AbbTerraAc, browser: Browser) -> None:
    async def mend() -> None:
        menu = await browser.mend("wrong_charger", "ABB")
        assert (menu["type"], menu["menu_options"]) == ("menu", ["search", "address", "replaced"])
        assert (await browser.submit(next_step_id="search"))["type"] == "progress"
        assert (await browser.wait())["type"] == "create_entry"

    with patch(ADAPTERS, return_value=[adapter(("127.0.0.1", 32))]):
        await house.meanwhile(mend())
    assert house.entry.subentries[ABB].data["driver"]["port"] == house.demo.ports[ABB]
    await house.pass_time(10)
    assert house.shows("sensor.abb_state") == "ev_locked"
    assert house.issues() == {"wrong_charger": {"name": "Other", "serial": "0747223104159265"}}


async def test_a_charger_that_is_not_found(house: VirtualHouse, swapped: AbbTerraAc, browser: Browser) -> None:
    async def mend() -> None:
        await house.demo.devices[ABB].unplug()
        await browser.mend("wrong_charger", "ABB")
        assert (await browser.submit(next_step_id="search"))["type"] == "progress"
        result = await browser.wait()
        assert (result["type"], result["reason"]) == ("abort", "not_found")

    with patch(ADAPTERS, return_value=[adapter(("127.0.0.1", 32))]):
        await house.meanwhile(mend())
    assert house.entry.subentries[ABB].data["driver"]["port"] == swapped.port
    assert "wrong_charger" in house.issues()


async def test_the_address_of_a_charger_is_entered(house: VirtualHouse, swapped: AbbTerraAc, browser: Browser) -> None:
    async def mend() -> None:
        await browser.mend("wrong_charger", "ABB")
        result = await browser.submit(next_step_id="address")
        assert (result["type"], result["reason"]) == ("abort", "go_on")
        kind, flow = result["next_flow"]
        assert kind == "config_subentries_flow"
        flows = house.hass.config_entries.subentries
        form = presentable(await flows.async_configure(flow), "charger")
        assert form["step_id"] == "host"
        at = suggested(form) | {"port": house.demo.ports[ABB]}
        result = await flows.async_configure(
            flow, {field: at[field] for field in map(str, form["data_schema"].schema) if field in at}
        )
        assert result["reason"] == "reconfigure_successful"

    await house.meanwhile(mend())
    await house.pass_time(10)
    assert house.shows("sensor.abb_state") == "ev_locked"


async def test_another_charger_on_a_serial_port(hass: HomeAssistant, browser: Browser) -> None:
    """The network has nothing to do with it."""
    async with RtuDevice(FIXTURES["mennekes_compact"]) as box:
        port = {"host": box.path, "port": 0, "framing": "serial"}
        driver = {"kind": "modbus", "profile": "mennekes_compact", **port, "unit": 50, "connector": 1}
        entry = add_site(
            hass,
            charger("Left", driver, "999_1"),
            meter={"kind": "entities", "currents": currents("mains")},
        )
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(hass, lambda: entry.runtime_data.chargers["left"].impostor is not None)
        publish(entry)
        menu = await browser.mend("wrong_charger")
        assert (menu["type"], menu["menu_options"]) == ("menu", ["address", "replaced"])
        assert (await browser.submit(next_step_id="replaced"))["step_id"] == "replaced"
        assert (await browser.submit())["type"] == "create_entry"
        assert entry.subentries["left"].unique_id == "1384202.00157_1"
        await hass.async_block_till_done()
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_search_for_a_charger_passes_over_serial_ports(
    house: VirtualHouse, swapped: AbbTerraAc, browser: Browser
) -> None:
    """One that was behind a gateway is found in the network itself."""
    entry = house.entry
    house.hass.config_entries.async_add_subentry(entry, on_a_serial_port("Wired"))
    await house.pass_time(1)

    async def mend() -> None:
        await browser.mend("wrong_charger", "ABB")
        await browser.submit(next_step_id="search")
        assert (await browser.wait())["type"] == "create_entry"

    with patch(ADAPTERS, return_value=[adapter(("127.0.0.1", 32))]):
        await house.meanwhile(mend())
    assert entry.subentries[ABB].data["driver"]["port"] == house.demo.ports[ABB]


async def test_a_charger_was_replaced(house: VirtualHouse, browser: Browser) -> None:
    await house.set_up_charging()
    await house.demo.devices[ABB].unplug()
    box = abb_charger(INSTALLED)
    new = AbbTerraAc(box, time.monotonic, serial=OTHER_SERIAL, port=house.demo.ports[ABB])
    house.demo.devices[ABB] = new
    await new.plug_in()
    await house.pass_time(10)
    assert box.limit == INSTALLED

    async def mend() -> None:
        await browser.mend("wrong_charger")
        assert (await browser.submit(next_step_id="replaced"))["step_id"] == "replaced"
        await new.unplug()
        assert (await browser.submit())["errors"] == {"base": "cannot_connect"}
        await new.plug_in()
        assert (await browser.submit())["type"] == "create_entry"

    await house.meanwhile(mend())
    assert house.entry.subentries[ABB].unique_id == OTHER_UNIQUE_ID
    assert await house.pass_time(20, lambda: box.limit < INSTALLED), "it is controlled now"
    assert house.issues() == {}
    assert house.shows("sensor.abb_state") == "idle"


async def test_a_charger_of_the_site_replaces_no_other(
    house: VirtualHouse, swapped: AbbTerraAc, browser: Browser
) -> None:
    async def mend() -> None:
        await browser.mend("wrong_charger", "ABB")
        await browser.submit(next_step_id="replaced")
        result = await browser.submit()
        assert (result["reason"], result["description_placeholders"]) == ("already_configured", {"other": "Other"})

    await house.meanwhile(mend())
    assert house.entry.subentries[ABB].unique_id == UNIQUE_IDS[ABB]
