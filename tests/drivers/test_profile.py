"""Profiles are checked: what is wrong with one is said with file, field and reason."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from custom_components.ev_charger_pool.drivers.fields import ProfileError
from custom_components.ev_charger_pool.drivers.profile import load_charger_profile, load_meter_profile
from custom_components.ev_charger_pool.drivers.profile_library import PROFILES, charger_profiles, meter_profiles
from custom_components.ev_charger_pool.drivers.profile_model import Address, Confidence, of_connector
from custom_components.ev_charger_pool.pool.model import Feed

REMOVED = object()


def altered(source: Path, folder: Path, field: str, value: object) -> Path:
    """A copy of a profile with one field changed or removed; ``a.b.0`` names places."""
    content: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
    *path, last = (int(part) if part.isdigit() else part for part in field.split("."))
    place = content
    for part in path:
        place = place[part]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    copy = folder / source.name
    copy.write_text(yaml.safe_dump(content), encoding="utf-8")
    return copy


def test_what_ships() -> None:
    chargers = charger_profiles()
    assert {"abb_terra_ac", "alfen_eve", "bender_cc", "keba_kecontact"} <= set(chargers)
    assert "eastron_sdm630" in meter_profiles()
    assert all(profile.id == name and profile.sources for name, profile in chargers.items())
    assert chargers["alfen_eve"].confidence is Confidence.MIXED
    assert chargers["keba_kecontact"].capability.feed is Feed.ANY_REQUEST
    assert not any(profile.capability.stored for profile in chargers.values())


def test_sockets_have_addresses() -> None:
    chargers = charger_profiles()
    assert [chargers["alfen_eve"].address(connector) for connector in (1, 2)] == [Address(502, 1), Address(502, 2)]
    assert [chargers["bender_cc"].address(connector) for connector in (1, 2)] == [Address(502, 255), Address(503, 255)]
    with pytest.raises(ValueError, match="no socket 2"):
        chargers["abb_terra_ac"].address(2)


def test_a_variant_differs_only_where_it_says_so() -> None:
    family = charger_profiles()["keba_kecontact"]
    old, switching, new = (variant.profile for variant in family.variants)
    assert (family.model, new.model) == ("KeContact P30", "KeContact P40")
    assert new.limit.set == family.limit.set
    assert new.limit.pause != family.limit.pause
    assert not new.limit.resume
    assert new.registers == family.registers
    assert [profile.capability.phase_switch for profile in (family, old, switching, new)] == [False, False, True, False]
    assert old.registers.total_wh is not None
    assert old.registers.total_wh.scale == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", REMOVED, r"alfen_eve\.yaml\.title: is missing"),
        ("title", 7, "title: 7 is not a text"),
        ("colour", "red", r"colour: there is no such field"),
        ("sources", [], "sources: .* not a list of texts"),
        ("confidence", "certain", "confidence: 'certain' is not one of double, single, mixed"),
        ("connection", "tcp", "connection: 'tcp' is not a mapping"),
        ("connection.unit", 256, "connection.unit: 256 is not between 0 and 255"),
        ("connection.port", 50.5, "connection.port: 50.5 is not a whole number"),
        ("connection.port", True, "connection.port: True is not a number"),
        ("connection.word_order", REMOVED, "connection.word_order: is missing"),
        ("connection.not_available", {"u17": 1}, "not_available.u17: there is no such field"),
        ("connection.words_per_read", 2, "more than one request may ask for"),
        ("poll_interval", 0, "poll_interval: 0 is not between"),
        ("phases", 4, "limit: phases: 4 is not 1, 2 or 3"),
        ("fingerprint", [], "fingerprint: is missing"),
        ("fingerprint", {}, "fingerprint: {} is not a list"),
        ("fingerprint.0.matches", "(", r"fingerprint\[0\]\.matches: is no regular expression"),
        ("fingerprint.0.matches", "a{99999999999999999999}", r"fingerprint\[0\]\.matches: is no regular expression"),
        ("identity.owner", {"address": 1, "type": "u16"}, "identity.owner: there is no such field"),
        ("values.state.states", REMOVED, "state.states: is missing"),
        ("values.state.states.A", "Z", "states.A: 'Z' is not one of A, B, C, E, F"),
        ("values.amperes.type", "f33", "values.amperes.type: 'f33' is not one of u16"),
        ("values.amperes.address", -1, "values.amperes.address: -1 is not between"),
        ("values.amperes.address", 70000, "values.amperes.address: 70000 is not between"),
        ("values.amperes.count", 4, "amperes: 4 values are more than there are phases"),
        ("values.amperes.range", [5, 1], "range: .* is not a pair of numbers"),
        ("values.amperes.table", "file", "table: 'file' is not one of coil, discrete, holding, input"),
        ("values.amperes.table", "coil", "amperes.type: a bit is read as u16"),
        ("values.amperes.stride", 1, "stride: is the distance of numbers, at least their length"),
        ("connection.connector_step", 10, "connector_step: is there for sockets with registers of their own"),
        ("connection.next_connector", "register", "connector_step: is there for sockets"),
        ("connection.framing", "serial", "framing: a serial port is the user's choice"),
        ("connection.serial", {"parity": "N"}, "connection.serial.baud: is missing"),
        ("values.amperes.bits", [1, 2], "bits: a f32 has none"),
        ("values.amperes.optional", "yes", "optional: 'yes' is neither true nor false"),
        ("values.soc", {"address": 1, "type": "u16"}, "values.soc: there is no such field"),
        ("limit.minimum", 40, "limit: minimum: 40 A is not above 0"),
        ("limit.step", 0, "limit: step: 0 A"),
        ("limit.maximum", math.inf, "limit.maximum: inf is not finite"),
        ("limit.pause.0.value", math.inf, "value: inf is not finite"),
        ("limit.resend", 0, "limit.resend: 0 is not between 1 and inf"),
        ("limit.hardware", {"address": 1, "type": "u16"}, "hardware.range: has to begin at the minimum of 6 A"),
        ("limit.set", REMOVED, "limit.set: nothing writes the limit"),
        ("limit.pause", REMOVED, "limit.pause: is missing"),
        ("limit.pause.0.value", REMOVED, "limit.pause: .* fixed value"),
        ("limit.set.0.code", 4, r"limit\.set\[0\]\.code: is 5 for a coil, 6"),
        ("limit.set.0.code", 6, r"limit\.set\[0\]\.code: .* 6 for one word"),
        ("limit.set.0", {"address": 1, "type": "u16", "code": 5}, r"set\[0\]\.value: is 0 or 1 for a coil"),
        ("limit.set.0.type", "text", r"limit\.set\[0\]\.type: a text cannot be written"),
        ("limit.set.0", {"address": 1, "type": "u16", "code": 6}, r"step: 0.1 A is finer than the register's 1 A"),
        ("limit.set.0", {"address": 1, "type": "u16", "code": 6, "scale": 0.0001}, "set: .* does not fit a u16"),
        ("watchdog.feed", REMOVED, "watchdog.feed: is missing"),
        ("watchdog.barks", True, "watchdog.barks: there is no such field"),
        ("variants", [{"model": "Other"}], r"variants\[0\]\.when: is missing"),
        (
            "variants",
            [{"when": [{"address": 1, "type": "u16"}], "limit": {"maximum": "much"}}],
            "limit.maximum: 'much' is not a number",
        ),
    ],
)
def test_a_bad_charger_is_refused(tmp_path: Path, field: str, value: object, message: str) -> None:
    bad = altered(PROFILES / "chargers" / "alfen_eve.yaml", tmp_path, field, value)
    with pytest.raises(ProfileError, match=message) as refused:
        load_charger_profile(bad)
    assert str(refused.value).startswith("alfen_eve.yaml")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("values", {}, "values.amperes.type: is missing"),
        ("values.watts.count", 4, "watts: 4 values are more than there are lines"),
        ("resolution", REMOVED, "resolution: is missing"),
        ("limit", {}, "limit: there is no such field"),
    ],
)
def test_a_bad_meter_is_refused(tmp_path: Path, field: str, value: object, message: str) -> None:
    bad = altered(PROFILES / "meters" / "eastron_sdm630.yaml", tmp_path, field, value)
    with pytest.raises(ProfileError, match=message):
        load_meter_profile(bad)


@pytest.mark.parametrize("text", ["a: [", "just a text", "", "\x00", "a: 2026-13-45"])
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"broken\.yaml: "):
        load_charger_profile(path)


SECONDS = {"address": 1215, "type": "u16", "code": 6}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"watchdog.set_timeout": SECONDS | {"scale": 0.001}}, "watchdog.timeout_range: 600000 does not fit a u16"),
        ({"watchdog.set_timeout": SECONDS, "watchdog.timeout_range": [60, 10]}, "timeout_range: .* the lower first"),
        ({"watchdog.set_timeout": SECONDS | {"value": 60}}, "watchdog.set_timeout: writes what the user wants"),
        ({"watchdog.set_fall_back": SECONDS | {"value": 6}}, "watchdog.set_fall_back: writes what the user wants"),
        ({"watchdog.timeout_range": [10, 60]}, "watchdog.timeout_range: there is no such field"),
        ({"balances_itself": "perhaps"}, "balances_itself: 'perhaps' is neither true nor false"),
    ],
)
def test_a_bad_watchdog_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    source = PROFILES / "chargers" / "alfen_eve.yaml"
    for field, value in changes.items():
        source = altered(source, tmp_path, field, value)
    with pytest.raises(ProfileError, match=message):
        load_charger_profile(source)


WRITES = [{"address": 1215, "type": "u16", "code": 6, "value": 1}]
VARIABLE = {"address": 1215, "type": "u16", "code": 6}
TOLD = {"address": 1215, "type": "u16"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phase_switch": {"one": WRITES, "three": WRITES}}, "phase_switch: nothing tells the phases"),
        ({"values.phases": TOLD, "phase_switch": {"one": WRITES}}, "phase_switch.three: is missing"),
        (
            {"values.phases": TOLD, "phase_switch": {"one": [VARIABLE], "three": WRITES}},
            "phase_switch.one: a switch of phases writes fixed values",
        ),
        (
            {"values.phases": TOLD, "phase_switch": {"one": WRITES, "three": WRITES, "two": WRITES}},
            "phase_switch.two: there is no such field",
        ),
        (
            {"values.phases": TOLD, "phase_switch": {"one": WRITES, "three": WRITES}, "phases": 1},
            "phase_switch: only a charger with three phases that measures them",
        ),
    ],
)
def test_a_bad_switch_of_phases_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    source = PROFILES / "chargers" / "alfen_eve.yaml"
    for field, value in changes.items():
        source = altered(source, tmp_path, field, value)
    with pytest.raises(ProfileError, match=message):
        load_charger_profile(source)


def test_the_second_socket_may_have_registers_of_its_own(tmp_path: Path) -> None:
    content = yaml.safe_load((PROFILES / "chargers" / "abb_terra_ac.yaml").read_text(encoding="utf-8"))
    content["connection"] |= {"connectors": 2, "next_connector": "register", "connector_step": 0x100}
    path = tmp_path / "twin.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    first = load_charger_profile(path)
    second = of_connector(first, 2)
    assert first.address(2) == first.address(1)
    assert [two.address - one.address for one, two in zip(first.registers, second.registers, strict=True)] == [
        0x100
    ] * 7
    assert (second.limit.set[0].address, second.limit.pause[0].address) == (0x4200, 0x4200)
    assert (second.fingerprint, second.identity, second.watchdog) == (first.fingerprint, first.identity, first.watchdog)
    assert of_connector(first, 1) is first
