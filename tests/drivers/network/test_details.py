"""What only one of the chargers does."""

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import BadAnswer, WrongDevice

from .boxes import get, post, put
from .conftest import Charger

goe = pytest.mark.parametrize("charger", ["goe_v2"], indirect=True)
warp = pytest.mark.parametrize("charger", ["tinkerforge_warp"], indirect=True)
smartevse = pytest.mark.parametrize("charger", ["smartevse_v3"], indirect=True)
salia = pytest.mark.parametrize("charger", ["hardybarth_salia"], indirect=True)

ALIVE = {"salia/heartbeat": "alive"}
NOT_TOLD = (None, None, None)


@goe
async def test_goe_never_asks_for_more_keys_than_old_firmware_takes(
    charger: Charger, session: aiohttp.ClientSession
) -> None:
    driver = charger.driver(session)
    await driver.identify()
    await driver.read()
    assert all(len(asked.query["filter"].split(",")) <= 10 for asked in charger.box.asked)


@goe
async def test_goe_a_current_that_stands_is_not_set_again(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    for limit in (10, 0, 10):
        await driver.write_limit(limit)
        await driver.read()
    charger.says["amp"] = 32
    await driver.read()
    await driver.write_limit(10)
    assert charger.box.writes() == [
        get("/api/set", amp="10", frc="0"),
        get("/api/set", frc="1"),
        get("/api/set", frc="0"),
        get("/api/set", amp="10", frc="0"),
    ]


@goe
async def test_goe_a_key_that_is_refused(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.box.answers = lambda _: {"amp": "not allowed", "frc": True}
    with pytest.raises(BadAnswer, match="/api/set: amp: "):
        await driver.write_limit(10)


@goe
async def test_goe_with_11_kw_has_16_a(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says |= {"var": 11, "ama": 32}
    driver = charger.driver(session)
    await driver.identify()
    assert driver.capability.maximum == 16


@goe
async def test_goe_a_value_that_is_not_told_is_not_zero(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says |= {"nrg": None, "wh": None, "eto": None}
    driver = charger.driver(session)
    await driver.identify()
    values = await driver.read()
    assert (values.amperes, values.watts, values.session_wh, values.total_wh) == (NOT_TOLD, None, None, None)


@goe
async def test_goe_without_a_limit_is_no_reading(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.says["amp"] = None
    with pytest.raises(BadAnswer, match="/api/status: amp: is missing"):
        await driver.read()


@warp
async def test_warp_is_opened_for_limits_once(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["/evse/external_enabled"] = {"enabled": False}
    driver = charger.driver(session)
    await driver.identify()
    assert (await driver.read()).limit is None
    await driver.write_limit(10)
    await driver.write_limit(6)
    assert charger.box.writes() == [
        put("/evse/external_enabled", {"enabled": True}),
        put("/evse/external_current", {"current": 10000}),
        put("/evse/external_current", {"current": 6000}),
    ]
    assert (await driver.read()).limit == 6


@warp
async def test_warp_that_is_closed_for_limits_again(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    assert (await driver.read()).limit == 13
    charger.says["/evse/external_enabled"] = {"enabled": False}
    charger.says["/evse/state"] = charger.says["/evse/state"] | {"allowed_charging_current": 20000}
    await driver.read()
    assert (await driver.read()).limit is None


@pytest.mark.parametrize("ids", [[], None, [74, 209]])
@warp
async def test_warp_without_currents(charger: Charger, session: aiohttp.ClientSession, ids: list[int] | None) -> None:
    charger.says |= {"/meters/0/value_ids": ids, "/meters/0/values": [2300.0, 12.0][: len(ids or [])]}
    driver = charger.driver(session)
    await driver.identify()
    assert not driver.capability.measures
    values = await driver.read()
    assert (values.amperes, values.watts) == (NOT_TOLD, 2300.0 if ids else None)


@warp
async def test_warp_energy_manager_is_no_charger(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["/info/name"] = {"name": "wem-AbC", "type": "wem", "uid": "AbC"}
    with pytest.raises(WrongDevice, match="'wem' is no charger"):
        await charger.driver(session).identify()


@smartevse
@pytest.mark.parametrize(
    ("mode", "goes_on", "asked"),
    [
        (1, 1, post("/settings", override_current="100")),
        (3, 3, post("/settings", override_current="100")),
        (2, 2, post("/settings", mode="1", override_current="100")),
        (4, 1, post("/settings", mode="1", override_current="100")),
        (4, 3, post("/settings", mode="3", override_current="100")),
        (0, 2, post("/settings", mode="1", override_current="100")),
    ],
)
async def test_smartevse_charges_on_in_its_mode(
    charger: Charger, session: aiohttp.ClientSession, mode: int, goes_on: int, asked: object
) -> None:
    charger.says |= {"mode_id": mode, "evse": charger.says["evse"] | {"mode": goes_on}}
    driver = charger.driver(session)
    await driver.identify()
    await driver.write_limit(10)
    assert charger.box.writes() == [asked]


@smartevse
async def test_smartevse_a_limit_that_is_refused(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.box.answers = lambda _: {"override_current": "Value not allowed!"}
    with pytest.raises(BadAnswer, match="/settings: override_current: 'Value not allowed!'"):
        await driver.write_limit(10)


@smartevse
async def test_smartevse_a_limit_that_is_ignored(charger: Charger, session: aiohttp.ClientSession) -> None:
    """As in solar mode."""
    driver = charger.driver(session)
    await driver.identify()
    charger.box.answers = lambda _: {}
    with pytest.raises(BadAnswer, match="/settings: override_current: None instead of 100"):
        await driver.write_limit(10)


@smartevse
@pytest.mark.parametrize(("mode", "override", "limit"), [(1, 0, 16), (2, 0, 16), (3, 80, 8), (0, 80, 0), (4, 80, 0)])
async def test_smartevse_the_limit_that_stands(
    charger: Charger, session: aiohttp.ClientSession, mode: int, override: int, limit: float
) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.says |= {"mode_id": mode, "settings": charger.says["settings"] | {"override_current": override}}
    assert (await driver.read()).limit == limit


@smartevse
async def test_smartevse_without_a_meter(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["ev_meter"] = charger.says["ev_meter"] | {"description": "Disabled"}
    driver = charger.driver(session)
    await driver.identify()
    assert not driver.capability.measures
    values = await driver.read()
    assert (values.amperes, values.watts, values.total_wh) == (NOT_TOLD, None, None)


@smartevse
async def test_smartevse_old_firmware_counts_in_kwh(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["ev_meter"] = {
        "description": "Eastron3P",
        "import_active_power": 8.9,
        "total_kwh": 5670.1,
        "charged_kwh": 4.2,
        "currents": {"L1": 10, "L2": 0, "L3": 0},
    }
    driver = charger.driver(session)
    await driver.identify()
    values = await driver.read()
    assert (values.watts, values.session_wh, values.total_wh) == (None, 4200, pytest.approx(5670100))


@salia
async def test_salia_only_tells_that_we_are_alive_while_nothing_changes(
    charger: Charger, session: aiohttp.ClientSession
) -> None:
    driver = charger.driver(session)
    await driver.identify()
    await driver.write_limit(10)
    await driver.read()
    charger.box.asked.clear()
    await driver.write_limit(10)
    assert charger.box.writes() == [put("/api/secc", ALIVE)]
    # Somebody else has set another limit meanwhile.
    charger.says["limit"] = "16"
    await driver.read()
    charger.box.asked.clear()
    await driver.write_limit(10)
    assert charger.box.writes() == [put("/api/secc", {"grid_current_limit": "10"}), put("/api/secc", ALIVE)]


@salia
async def test_salia_a_cut_is_written_whatever_was_read_last(charger: Charger, session: aiohttp.ClientSession) -> None:
    """What is read may be older than what was written."""
    driver = charger.driver(session)
    await driver.identify()
    await driver.write_limit(10)
    await driver.read()
    await driver.write_limit(16)
    charger.box.asked.clear()
    await driver.write_limit(10)
    assert put("/api/secc", {"grid_current_limit": "10"}) in charger.box.writes()


@salia
async def test_salia_new_firmware_is_written_to_elsewhere(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["firmware"] = "2.3.81"
    driver = charger.driver(session)
    await driver.identify()
    await driver.write_limit(10)
    assert {(asked.method, asked.path) for asked in charger.box.writes()} == {("POST", "/save_mqtt.php")}
    assert charger.says["limit"] == "10"


@salia
async def test_salia_old_firmware_is_paused_by_its_limit(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["pausecharging"] = None
    driver = charger.driver(session)
    await driver.identify()
    await driver.write_limit(0)
    assert charger.box.writes() == [put("/api/secc", {"grid_current_limit": "0"}), put("/api/secc", ALIVE)]
    assert (await driver.read()).limit == 0


@salia
async def test_salia_a_setting_that_is_refused(charger: Charger, session: aiohttp.ClientSession) -> None:
    driver = charger.driver(session)
    await driver.identify()
    charger.box.answers = lambda _: {"result": "error"}
    with pytest.raises(BadAnswer, match="/api/secc: salia/chargemode: 'error' instead of 'ok'"):
        await driver.write_limit(10)


@salia
async def test_salia_without_a_meter(charger: Charger, session: aiohttp.ClientSession) -> None:
    charger.says["meter"] = "0"
    driver = charger.driver(session)
    await driver.identify()
    assert not driver.capability.measures
    assert (await driver.read()).amperes == NOT_TOLD
