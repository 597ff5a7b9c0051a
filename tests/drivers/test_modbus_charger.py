"""Every charger's profile against a device made of raw words; a fixture beside the others tests a new profile."""

from dataclasses import asdict, replace
import math
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import (
    BadAnswer,
    CannotConnect,
    ChargerDriver,
    Identity,
    WrongDevice,
)
from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.pool.model import ChargerValues, Expiry, VehicleState
from demo.devices.keba import Keba, keba_charger

from .conftest import CHARGERS, FIXTURES, ChargerOf, hurried
from .raw_server import Mishap, RawServer, Request

every_charger = pytest.mark.parametrize("fixture", CHARGERS, indirect=True)
abl = pytest.mark.parametrize("fixture", ["abl_em4"], indirect=True)
alfen = pytest.mark.parametrize("fixture", ["alfen_eve"], indirect=True)
keba = pytest.mark.parametrize("fixture", ["keba_p30"], indirect=True)
switching = pytest.mark.parametrize("fixture", ["keba_p40_switching"], indirect=True)
bender = pytest.mark.parametrize("fixture", ["bender_cc"], indirect=True)

SELDOM = 4
"""Reads after which everything has been read, also what is read in turns."""


async def read_all(driver: ChargerDriver) -> ChargerValues:
    for _ in range(SELDOM):
        values = await driver.read()
    return values


def expected(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a fixture as the interface has them; what it does not name is not told."""
    if "amperes" in values:
        values = values | {"amperes": tuple(values["amperes"])}
    return asdict(ChargerValues()) | values


def test_every_profile_has_a_device_to_be_tested_with() -> None:
    assert {FIXTURES[name]["profile"] for name in CHARGERS} == set(charger_profiles())


@every_charger
async def test_it_knows_its_device(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    driver = charger_of(server, fixture["profile"])
    assert await driver.identify() == Identity(**fixture["identity"])
    told = asdict(driver.capability) | {"write_interval": fixture["capability"].get("write_interval", 0)}
    assert {name: told[name] for name in fixture["capability"]} == fixture["capability"]


@every_charger
async def test_it_reads_all_values(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    assert asdict(await read_all(driver)) == expected(fixture["values"])


@pytest.mark.parametrize(
    ("fixture", "case"),
    [(name, index) for name in CHARGERS for index in range(len(FIXTURES[name]["states"]))],
    indirect=["fixture"],
)
async def test_it_knows_the_state(server: RawServer, fixture: dict[str, Any], case: int, charger_of: ChargerOf) -> None:
    state = fixture["states"][case]
    server.set(state["registers"])
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    assert (await driver.read()).state == (state["state"] and VehicleState(state["state"]))


@pytest.mark.parametrize(
    ("fixture", "case"),
    [(name, index) for name in CHARGERS for index in range(len(FIXTURES[name]["missing"]))],
    indirect=["fixture"],
)
async def test_what_is_not_available_or_absurd_is_none(
    server: RawServer, fixture: dict[str, Any], case: int, charger_of: ChargerOf
) -> None:
    missing = fixture["missing"][case]
    server.set(missing["registers"])
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    assert asdict(await read_all(driver)) == expected(fixture["values"] | missing["values"])


@pytest.mark.parametrize("fixture", [name for name in CHARGERS if "swapped" in FIXTURES[name]], indirect=True)
async def test_words_in_the_wrong_order_are_no_current(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    server.set([fixture["swapped"]])
    assert (await driver.read()).amperes == (None, None, None)


@every_charger
async def test_it_writes_the_limit_and_pauses(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    for limit in fixture["limits"]:
        before = len(server.writes())
        await driver.write_limit(limit["amperes"])
        assert server.writes()[before:] == [
            Request(fixture["unit"], code, address, len(words), tuple(words))
            for code, address, words in limit["writes"]
        ]


@every_charger
@pytest.mark.parametrize("amperes", [5.9, -1.0, 32.1, 6553.5, math.nan, math.inf])
async def test_it_refuses_a_limit_that_no_charger_can_have(
    server: RawServer, fixture: dict[str, Any], amperes: float, charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    with pytest.raises(ValueError, match="neither 0 nor from 6"):
        await driver.write_limit(amperes)
    assert not server.writes()


@every_charger
async def test_the_installation_may_allow_less(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"], maximum=10.0)
    assert driver.capability.maximum == 10
    await driver.identify()
    assert driver.capability.maximum == 10
    with pytest.raises(ValueError, match="from 6 to 10"):
        await driver.write_limit(11)


@every_charger
async def test_another_device_is_refused(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    server.set(fixture["another"])
    with pytest.raises(WrongDevice):
        await charger_of(server, fixture["profile"]).identify()


@every_charger
async def test_a_busy_device_is_not_another_one(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    server.mishaps.append(Mishap.BUSY)
    with pytest.raises(BadAnswer):
        await driver.identify()
    assert await driver.identify() == Identity(**fixture["identity"])


@every_charger
async def test_no_profile_takes_another_ones_device(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    for name, profile in charger_profiles().items():
        if name != fixture["profile"]:
            with pytest.raises(WrongDevice):
                await charger_of(server, name, unit=profile.transport.unit).identify()


@every_charger
@pytest.mark.parametrize("mishap", [Mishap.SHORT, Mishap.NONSENSE, Mishap.BUSY, Mishap.OTHER_FUNCTION])
async def test_a_bad_answer_is_told_and_the_next_one_is_good(
    server: RawServer, fixture: dict[str, Any], mishap: Mishap, charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    server.mishaps.append(mishap)
    with pytest.raises(BadAnswer):
        await driver.read()
    assert asdict(await read_all(driver)) == expected(fixture["values"])


@every_charger
@pytest.mark.parametrize("mishap", [Mishap.SILENCE, Mishap.CUT, Mishap.LATE])
async def test_a_broken_connection_is_told_and_the_next_one_is_good(
    server: RawServer, fixture: dict[str, Any], mishap: Mishap, charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    server.mishaps.append(mishap)
    with pytest.raises(CannotConnect):
        await driver.read()
    assert asdict(await read_all(driver)) == expected(fixture["values"])


@every_charger
@pytest.mark.parametrize(
    ("mishap", "error"),
    [
        (Mishap.BUSY, BadAnswer),
        (Mishap.OTHER_CONFIRMATION, BadAnswer),
        (Mishap.SILENCE, CannotConnect),
        (Mishap.CUT, CannotConnect),
    ],
)
async def test_a_write_that_is_not_confirmed_is_told(
    server: RawServer, fixture: dict[str, Any], mishap: Mishap, error: type[Exception], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    server.mishaps.append(mishap)
    with pytest.raises(error):
        await driver.write_limit(10)
    await driver.write_limit(10)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("name", CHARGERS)
async def test_nobody_at_home(name: str, charger_of: ChargerOf) -> None:
    async with RawServer(FIXTURES[name]) as server:
        driver = charger_of(server, FIXTURES[name]["profile"])
    for call in (driver.identify, driver.read, lambda: driver.write_limit(6)):
        with pytest.raises(CannotConnect, match="another system"):
            await call()


@alfen
async def test_both_sockets_share_one_connection(server: RawServer, charger_of: ChargerOf) -> None:
    first = charger_of(server, "alfen_eve", unit=1, connector=1)
    second = charger_of(server, "alfen_eve", unit=2, connector=2)
    assert (await first.identify()).serial == (await second.identify()).serial == "ACE0123456"
    assert (await first.read()).state is VehicleState.C
    assert (await second.read()).state is VehicleState.A
    await second.write_limit(6)
    assert server.writes() == [Request(2, 16, 1210, 2, (0x40C0, 0x0000))]
    assert server.accepted == 1


@abl
async def test_the_second_socket_has_registers_of_its_own(server: RawServer, charger_of: ChargerOf) -> None:
    second = charger_of(server, "abl_em4", connector=2)
    await second.identify()
    values = await second.read()
    assert (values.state, values.limit, values.total_wh) == (VehicleState.A, 6, 123450)
    await second.write_limit(16)
    assert server.writes() == [Request(255, 16, 0x3132, 1, (160,))]


@alfen
async def test_a_socket_that_the_device_does_not_have(server: RawServer, charger_of: ChargerOf) -> None:
    server.set([{"unit": 200, "address": 1105, "words": [1]}])
    with pytest.raises(WrongDevice, match="no socket 2"):
        await charger_of(server, "alfen_eve", unit=2, connector=2).identify()


@keba
async def test_keba_is_asked_for_two_words_at_most(server: RawServer, charger_of: ChargerOf) -> None:
    driver = charger_of(server, "keba_kecontact")
    await driver.identify()
    await read_all(driver)
    assert {request.count for request in server.requests} == {2}


@keba
async def test_keba_tells_the_urgent_each_time_and_the_rest_in_turns(server: RawServer, charger_of: ChargerOf) -> None:
    driver = charger_of(server, "keba_kecontact")
    asked = []
    for _ in range(SELDOM + 1):
        server.requests.clear()
        values = await driver.read()
        assert values.amperes == (15.9, 16.0, 15.8)
        asked.append([request.address for request in server.requests])
    urgent = {1000, 1004, 1008, 1010, 1012, 1100}
    assert all(urgent < set(addresses) for addresses in asked)
    assert [(set(addresses) - urgent).pop() for addresses in asked] == [1020, 1502, 1036, 1006, 1020]


@keba
async def test_what_was_read_in_turns_is_forgotten_with_the_connection(
    server: RawServer, charger_of: ChargerOf
) -> None:
    driver = charger_of(server, "keba_kecontact")
    assert (await driver.read()).watts == 11040.192
    server.mishaps.append(Mishap.CUT)
    with pytest.raises(CannotConnect):
        await driver.read()
    assert (await driver.read()).watts is None


@pytest.mark.parametrize(
    ("fixture", "profile", "address", "name"),
    [
        ("mennekes_compact", "mennekes_compact", 0x0E00, "fault"),
        ("keba_p40_switching", "keba_kecontact", 1552, "phases"),
    ],
    indirect=["fixture"],
)
async def test_what_is_no_longer_told_is_not_remembered(
    server: RawServer, charger_of: ChargerOf, profile: str, address: int, name: str
) -> None:
    if name == "fault":
        server.set([{"address": address, "words": [7]}])
    driver = charger_of(server, profile)
    await driver.identify()
    assert getattr(await read_all(driver), name) is not None
    server.words = {cell: word for cell, word in server.words.items() if cell[2] != address}
    assert getattr(await read_all(driver), name) is None


@keba
async def test_a_fall_back_without_a_time_out_is_not_counted_on(server: RawServer, charger_of: ChargerOf) -> None:
    server.words = {cell: word for cell, word in server.words.items() if cell[2] not in (1602, 1603)}
    driver = charger_of(server, "keba_kecontact")
    await driver.identify()
    told = driver.capability
    assert (told.timeout, told.expiry, told.fall_back) == (None, Expiry.KEEPS_LIMIT, None)


@keba
async def test_requests_keep_the_gap_that_the_device_asks_for(server: RawServer, connections: Connections) -> None:
    profile = hurried(charger_profiles()["keba_kecontact"])
    profile = replace(profile, transport=replace(profile.transport, gap=0.02))
    driver = ModbusCharger(connections, profile, "127.0.0.1", server.port, 255)
    await driver.read()
    await driver.write_limit(6)
    await driver.close()
    assert all(later - earlier >= 0.02 for earlier, later in zip(server.times, server.times[1:], strict=False))


@keba
async def test_two_writes_of_a_command_keep_the_write_interval(server: RawServer, connections: Connections) -> None:
    profile = hurried(charger_profiles()["keba_kecontact"])
    profile = replace(profile, capability=replace(profile.capability, write_interval=0.05))
    driver = ModbusCharger(connections, profile, "127.0.0.1", server.port, 255)
    await driver.write_limit(6)
    await driver.close()
    assert [request.address for request in server.writes()] == [5004, 5014]
    assert server.times[1] - server.times[0] >= 0.05


@keba
async def test_a_charging_p30_is_enabled_already(server: RawServer, charger_of: ChargerOf) -> None:
    driver = charger_of(server, "keba_kecontact")
    await driver.read()
    await driver.write_limit(6)
    assert [request.address for request in server.writes()] == [5004]


@keba
async def test_a_pause_that_failed_half_way_is_taken_back(server: RawServer, charger_of: ChargerOf) -> None:
    driver = charger_of(server, "keba_kecontact")
    await driver.write_limit(6)
    server.mishaps.append(Mishap.SILENCE)
    with pytest.raises(CannotConnect):
        await driver.write_limit(0)
    await driver.write_limit(6)
    assert [request.address for request in server.writes()] == [5004, 5014, 5014, 5004, 5014]


@bender
async def test_neighbours_share_a_request_and_no_hole_is_read(server: RawServer, charger_of: ChargerOf) -> None:
    driver = charger_of(server, "bender_cc")
    await driver.read()
    assert sorted((request.address, request.count) for request in server.requests) == [
        (105, 8),
        (122, 1),
        (212, 10),
        (716, 2),
        (1000, 1),
    ]


@switching
@pytest.mark.parametrize(("phases", "trigger"), [(1, 0), (3, 1)])
async def test_phases_are_switched_in_two_writes(
    server: RawServer, charger_of: ChargerOf, phases: int, trigger: int
) -> None:
    driver = charger_of(server, "keba_kecontact")
    await driver.identify()
    await driver.write_phases(phases)
    assert [(request.address, request.words) for request in server.writes()] == [(5050, (3,)), (5052, (trigger,))]


@every_charger
async def test_it_refuses_phases_that_it_cannot_be_switched_to(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    for phases in (2,) if driver.capability.phase_switch else (1, 2, 3):
        with pytest.raises(ValueError, match=f"cannot be switched to {phases} phases"):
            await driver.write_phases(phases)
    assert not server.writes()


@pytest.mark.usefixtures("socket_enabled")
async def test_the_demos_p40_is_switched(connections: Connections) -> None:
    box = keba_charger(16.0)
    device = Keba(box, lambda: 0.0, serial=1, product=4_223_010)
    await device.plug_in()
    driver = ModbusCharger(
        connections, hurried(charger_profiles()["keba_kecontact"]), "127.0.0.1", device.port, unit=255
    )
    await driver.identify()
    assert driver.capability.phase_switch
    assert (await driver.read()).phases == 3
    await driver.write_phases(1)
    assert (box.phases, (await driver.read()).phases) == (1, 1)
    await driver.write_phases(3)
    assert (box.phases, (await driver.read()).phases) == (3, 3)
    await driver.close()
    await device.unplug()
