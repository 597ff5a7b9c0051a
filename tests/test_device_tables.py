"""The devices that README.md promises are those there are, and so many."""

import pytest

from custom_components.ev_charger_pool.drivers.mapping import charger_mappings
from custom_components.ev_charger_pool.drivers.meter_mapping import meter_mappings
from custom_components.ev_charger_pool.drivers.network.models import network_chargers, network_meters
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles, meter_profiles
from script.device_tables import README, rewritten

TEXT = README.read_text(encoding="utf-8")


def test_the_tables_are_current() -> None:
    assert rewritten(TEXT) == TEXT, "run script/devices"


@pytest.mark.parametrize(
    ("devices", "least"),
    [
        (charger_profiles(), 30),
        (meter_profiles(), 8),
        (network_chargers(), 6),
        (network_meters(), 3),
        (charger_mappings(), 27),
        (meter_mappings(), 14),
    ],
    ids=[
        "Modbus chargers",
        "Modbus meters",
        "network chargers",
        "network meters",
        "charger mappings",
        "meter mappings",
    ],
)
def test_there_are_so_many(devices: dict[str, object], least: int) -> None:
    assert len(devices) >= least


def test_everyone_is_in_a_table() -> None:
    known = (charger_profiles(), meter_profiles(), network_chargers(), network_meters(), charger_mappings())
    titles = [device.title for devices in (*known, meter_mappings()) for device in devices.values()]
    rows = [line.split(" | ")[0] for line in TEXT.splitlines()]
    assert {title: rows.count(f"| {title}") for title in titles} == {title: titles.count(title) for title in titles}


@pytest.mark.parametrize(
    "row",
    [
        "| Alfen Eve and Twin | Modbus TCP | yes | a current of its own | two in part |",
        "| Heidelberg Energy Control | Modbus RTU | yes | a current of its own unless turned off | two |",
        "| KEBA KeContact P30 and P40 | Modbus TCP | yes | where it is turned on | two in part |",
        "| Phoenix Contact CHARX SEC | Modbus TCP | some models | none | one |",
        "| openWB Pro, Pro+ (HTTP) | HTTP | yes | pauses | two |",
        "| Easee | integration `easee` from [HACS](https://github.com/nordicopen/easee_hass) | yes | not told | two |",
        "| Ohme | integration `ohme` | it can only be started and stopped |",
        "| Eastron SDM630 and SDM72D-M V2 | Modbus RTU | yes | two |",
    ],
)
def test_what_a_row_says(row: str) -> None:
    assert row in TEXT.splitlines()


def test_a_marker_that_was_lost_is_named() -> None:
    with pytest.raises(ValueError, match="end of meters"):
        rewritten(TEXT.replace("<!-- end of meters -->", ""))
