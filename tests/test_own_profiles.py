"""A user adds a charger with one file; a file that is wrong is told and harms nothing."""

from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
import yaml

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger
from custom_components.ev_charger_pool.drivers.modbus_line import Parity, SerialSettings
from custom_components.ev_charger_pool.drivers.profile_library import PROFILES, charger_profiles, library
from tests.common import currents, show_currents, until
from tests.drivers.raw_server import RawServer
from tests.flow.test_charger_subentry import begin, options
from tests.houses import ALFEN, METER, add_site, charger, circuit

BOX: dict[str, Any] = {
    "unit": 7,
    "registers": [
        {"address": 10, "text": "HOME BREW", "length": 5},
        {"address": 20, "words": [2]},
        {"address": 30, "words": [1610, 1590, 1600]},
    ],
    "writes": [{"code": 6, "address": 40, "count": 1}],
}
PROFILE = """
title: Home Brew box
brand: Home Brew
model: One
phases: 3
confidence: single
sources: [its owner]
connection: {unit: 7, word_order: big}
poll_interval: 2
fingerprint:
  - {address: 10, type: text, count: 5, matches: ^HOME BREW$}
values:
  state: {address: 20, type: u16, states: {0: A, 1: B, 2: C}}
  amperes: {address: 30, type: u16, count: 3, scale: 0.01, range: [0, 100]}
limit:
  minimum: 6
  maximum: 16
  step: 1
  set: [{address: 40, type: u16, code: 6}]
  pause: [{address: 40, type: u16, code: 6, value: 0}]
watchdog: {feed: nothing, expiry: keeps_limit}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The user's folder with one charger in it."""
    (tmp_path / "chargers").mkdir()
    (tmp_path / "chargers" / "home_brew.yaml").write_text(PROFILE, encoding="utf-8")
    return tmp_path


async def test_one_file_adds_a_charger(socket_enabled: None, own: Path) -> None:
    profile = library(own).chargers["home_brew"]
    async with RawServer(BOX) as box:
        driver = ModbusCharger(Connections(), profile, "127.0.0.1", box.port, 7)
        identity = await driver.identify()
        values = await driver.read()
        await driver.write_limit(13)
        await driver.close()
        assert (identity.manufacturer, identity.model) == ("Home Brew", "One")
        assert (values.state, values.amperes) == ("C", (16.1, 15.9, 16.0))
        assert [(write.address, write.words) for write in box.writes()] == [(40, (13,))]


async def test_the_folder_in_the_configuration_is_picked_up(hass: HomeAssistant, own: Path) -> None:
    folder = Path(hass.config.path(DOMAIN, "profiles"))
    await hass.async_add_executor_job(shutil.copytree, own, folder)
    try:
        result = await begin(hass, add_site(hass), "host")
        assert "home_brew" in options(result, "profile")
    finally:
        await hass.async_add_executor_job(shutil.rmtree, folder.parent)


async def test_a_file_that_is_wrong_is_told_and_the_others_stay(hass: HomeAssistant, own: Path) -> None:
    (own / "chargers" / "typo.yaml").write_text(PROFILE.replace("poll_interval", "pol_interval"), encoding="utf-8")
    (own / "meters").mkdir()
    (own / "meters" / "half.yaml").write_text("title: [", encoding="utf-8")
    known = library(own)
    assert known.chargers.keys() == {*charger_profiles(), "home_brew"}
    assert known.refused.keys() == {"chargers/typo.yaml", "meters/half.yaml"}
    assert known.refused["chargers/typo.yaml"] == "typo.yaml.poll_interval: is missing"
    folder = Path(hass.config.path(DOMAIN, "profiles"))
    await hass.async_add_executor_job(shutil.copytree, own, folder)
    try:
        await begin(hass, add_site(hass), "host")
        issue = ir.async_get(hass).async_get_issue(DOMAIN, "profile_refused_chargers/typo.yaml")
        assert issue is not None
        assert issue.translation_placeholders == {
            "file": "ev_charger_pool/profiles/chargers/typo.yaml",
            "reason": "typo.yaml.poll_interval: is missing",
        }
    finally:
        await hass.async_add_executor_job(shutil.rmtree, folder.parent)


def test_a_file_of_the_same_name_replaces_one_that_ships(tmp_path: Path) -> None:
    (tmp_path / "chargers").mkdir()
    content = yaml.safe_load((PROFILES / "chargers" / "alfen_eve.yaml").read_text(encoding="utf-8"))
    (tmp_path / "chargers" / "alfen_eve.yaml").write_text(
        yaml.safe_dump(content | {"title": "My Alfen"}), encoding="utf-8"
    )
    assert library(tmp_path).chargers["alfen_eve"].title == "My Alfen"
    assert charger_profiles()["alfen_eve"].title != "My Alfen"


def test_the_examples_of_the_documentation_are_profiles(tmp_path: Path) -> None:
    page = (PROFILES / "README.md").read_text(encoding="utf-8")
    charger, meter = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    for folder, name, example in (("chargers", "acme_box", charger), ("meters", "acme_meter", meter)):
        assert f"`<configuration folder>/ev_charger_pool/profiles/{folder}/`" in page
        assert f"`{name}.yaml`" in page
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(example, encoding="utf-8")
    known = library(tmp_path)
    assert known.refused == {}
    assert known.chargers["acme_box"].transport.serial == SerialSettings(baud=9600, parity=Parity.NONE, stop_bits=1)
    assert known.chargers["acme_box"].watchdog.timeout == 60
    assert known.meters["acme_meter"].amperes.count == 3


async def test_a_site_goes_on_without_a_profile_that_is_gone(hass: HomeAssistant) -> None:
    show_currents(hass, "mains", 1.0, 1.0, 1.0)
    entry = add_site(
        hass,
        circuit("Garage", meter=METER | {"profile": "gone"}),
        charger("Left", ALFEN | {"profile": "home_brew"}, None, circuit="garage"),
        meter={"kind": "entities", "currents": currents("mains")},
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    meter, box = entry.runtime_data.meters["garage"], entry.runtime_data.chargers["left"]
    await until(hass, lambda: all(device.last_exception is not None for device in (meter, box)))
    assert (meter.online, box.online) == (False, False)
    assert "its profile gone is not there" in str(meter.last_exception)
    assert "its profile home_brew is not there" in str(box.last_exception)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    assert await hass.config_entries.async_unload(entry.entry_id)
