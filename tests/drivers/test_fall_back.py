"""What a charger does once it hears nothing is set and read back; a fixture with ``arm`` tests a new profile."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import BadAnswer, CannotConnect, FallBack
from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_charger import ModbusCharger
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.pool.model import Capability, Expiry, Feed

from .conftest import CHARGERS, FIXTURES, ChargerOf, hurried
from .raw_server import Mishap, RawServer, Request

ARMABLE = [name for name in CHARGERS if "arm" in FIXTURES[name]]

every_charger = pytest.mark.parametrize("fixture", CHARGERS, indirect=True)
every_armable = pytest.mark.parametrize("fixture", ARMABLE, indirect=True)
keba = pytest.mark.parametrize("fixture", ["keba_p30"], indirect=True)

ARMED = Capability(
    feed=Feed.WRITE,
    timeout=60.0,
    expiry=Expiry.FALL_BACK,
    fall_back=6.0,
    fall_back_settable=True,
    timeout_range=(10.0, 600.0),
)


def wanted(fixture: dict[str, Any]) -> FallBack:
    return FallBack(fixture["arm"]["amperes"], fixture["arm"]["timeout"])


def told(capability: Capability, fixture: dict[str, Any]) -> dict[str, Any]:
    """Of a capability what the fixture tells."""
    return {name: asdict(capability)[name] for name in fixture["arm"]["capability"]}


@every_charger
async def test_it_can_be_set_where_the_device_has_registers_for_it(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    assert driver.capability.fall_back_settable == ("arm" in fixture)


@every_armable
async def test_it_is_set_and_read_back(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    arm = fixture["arm"]
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    assert not wanted(fixture).stands_in(driver.capability)
    server.set(arm["registers"])
    await driver.arm_fall_back(wanted(fixture))
    assert server.writes() == [
        Request(fixture["unit"], code, address, len(words), tuple(words)) for code, address, words in arm["writes"]
    ]
    assert told(driver.capability, fixture) == arm["capability"]
    assert wanted(fixture).stands_in(driver.capability)
    await driver.arm_fall_back(wanted(fixture))
    assert len(server.writes()) == len(arm["writes"]), "what stands is not written again: it may wear out a memory"


@pytest.mark.parametrize("fixture", [name for name in ARMABLE if FIXTURES[name]["arm"]["registers"]], indirect=True)
async def test_who_asks_anew_is_told(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    server.set(fixture["arm"]["registers"])
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    assert told(driver.capability, fixture) == fixture["arm"]["capability"]
    assert wanted(fixture).stands_in(driver.capability)


@every_armable
async def test_a_charger_that_does_not_keep_it_is_not_armed(
    server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    before = driver.capability
    await driver.arm_fall_back(wanted(fixture))
    if fixture["arm"]["registers"]:
        assert driver.capability == before
        assert not wanted(fixture).stands_in(driver.capability)
    else:
        await driver.identify()
        assert driver.capability == before, "what cannot be read is not known of a charger that comes back"


@every_armable
@pytest.mark.parametrize("amperes", [0.0, 5.9, 32.1, float("nan")])
async def test_a_current_that_it_cannot_have(
    server: RawServer, fixture: dict[str, Any], amperes: float, charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    with pytest.raises(ValueError, match="A is not from 6"):
        await driver.arm_fall_back(replace(wanted(fixture), amperes=amperes))
    assert not server.writes()


@every_armable
async def test_a_time_that_it_cannot_have(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    for timeout in (60.0,) if driver.capability.timeout_range is None else (None, 0.5, 70000.0):
        with pytest.raises(ValueError, match=r"cannot be set|s is not from"):
            await driver.arm_fall_back(replace(wanted(fixture), timeout=timeout))
    assert not server.writes()


@pytest.mark.parametrize("fixture", [name for name in CHARGERS if name not in ARMABLE], indirect=True)
async def test_one_that_has_none(server: RawServer, fixture: dict[str, Any], charger_of: ChargerOf) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    with pytest.raises(ValueError, match="cannot be set"):
        await driver.arm_fall_back(FallBack(6.0, 60.0))
    assert not server.writes()


@every_armable
@pytest.mark.parametrize(("mishap", "error"), [(Mishap.BUSY, BadAnswer), (Mishap.SILENCE, CannotConnect)])
async def test_a_refusal_is_told(
    server: RawServer, fixture: dict[str, Any], mishap: Mishap, error: type[Exception], charger_of: ChargerOf
) -> None:
    driver = charger_of(server, fixture["profile"])
    await driver.identify()
    server.mishaps.append(mishap)
    with pytest.raises(error):
        await driver.arm_fall_back(wanted(fixture))
    assert len(server.writes()) == 1, "a time-out is never set before the current that it leads to"


@keba
async def test_both_writes_keep_the_write_interval(server: RawServer, connections: Connections) -> None:
    profile = hurried(charger_profiles()["keba_kecontact"])
    profile = replace(profile, capability=replace(profile.capability, write_interval=0.05))
    driver = ModbusCharger(connections, profile, "127.0.0.1", server.port, 255)
    await driver.arm_fall_back(FallBack(8.0, 60.0))
    await driver.close()
    assert [request.address for request in server.requests[:2]] == [5016, 5018]
    assert server.times[1] - server.times[0] >= 0.05


@pytest.mark.parametrize(
    ("fall_back", "capability", "stands"),
    [
        (FallBack(6.0, 60.0), ARMED, True),
        (FallBack(6.0, None), ARMED, True),
        (FallBack(7.0, 60.0), ARMED, False),
        (FallBack(6.0, 30.0), ARMED, False),
        (FallBack(6.0, 60.0), replace(ARMED, feed=Feed.NOTHING), False),
        (FallBack(6.0, 60.0), replace(ARMED, expiry=Expiry.STOPS), False),
        (FallBack(6.0, 60.0), replace(ARMED, fall_back=None), False),
    ],
)
def test_whether_it_stands(fall_back: FallBack, capability: Capability, stands: bool) -> None:
    assert fall_back.stands_in(capability) is stands
