"""The chargers of the catalogue as their makers describe them, and what a driver has to make of each.

Written from the public descriptions of the interfaces, not from the drivers. What is written to a box shows in what it
says next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .http_box import Asked

type Said = dict[str, Any]


@dataclass(kw_only=True)
class Case:
    """A charger of one model.

    Args:
        says: What it knows; changed by what is written.
        answers: What it answers when it is asked, given what it knows.
        identity: Who it says it is.
        capability: What it can do, as far as it is worth a look.
        values: What it measures; all else is not told.
        states: What to change in what it knows, and the state that this is (IEC 61851-1).
        sets: Limit to the requests that set it, from the state that it starts with.
        pauses: The requests that pause it.
        resumes: The requests that set 10 A after that.
        fault: What to change in what it knows, and the fault that this is.
        half: A path and what it says without what makes it this model.
        serial: Where its serial number is, to put another charger in its place.
    """

    says: Said
    answers: Callable[[Said, Asked], Any]
    identity: dict[str, Any]
    capability: dict[str, Any]
    values: dict[str, Any]
    states: list[tuple[Said, str | None]]
    sets: dict[float, list[Asked]]
    pauses: list[Asked]
    resumes: list[Asked]
    fault: tuple[Said, str] | None = None
    serial: str | None = None
    notices: list[tuple[Said, set[str]]] = field(default_factory=list)


def get(path: str, **query: str) -> Asked:
    return Asked("GET", path, query, "")


def put(path: str, content: Any) -> Asked:
    return Asked("PUT", path, {}, content)


def post(path: str, content: Any = "", **query: str) -> Asked:
    return Asked("POST", path, query, content)


def _goe(says: Said, asked: Asked) -> Any:
    if asked.path == "/api/status":
        return {key: says[key] for key in asked.query["filter"].split(",") if key in says}
    if asked.path == "/api/set":
        says |= {key: int(value) for key, value in asked.query.items()}
        return dict.fromkeys(asked.query, True)
    return None


GOE = Case(
    says={
        "sse": "091234",
        "typ": "go-eCharger_V4",
        "fwv": "60.3",
        "var": 22,
        "ama": 25,
        "loe": False,
        "car": 2,
        "amp": 16,
        "frc": 0,
        "nrg": [231, 230, 229, 1, 15.8, 15.9, 0.2, 3650, 3657, 46, 0, 7353, 99, 99, 50, 0],
        "wh": 1234.5,
        "eto": 9876543,
        "err": 0,
        "modelStatus": 15,
    },
    answers=_goe,
    identity={"manufacturer": "go-e", "model": "go-eCharger_V4", "serial": "091234", "firmware": "60.3"},
    capability={"minimum": 6.0, "maximum": 25.0, "step": 1.0, "feed": "nothing", "expiry": "keeps_limit"},
    values={
        "amperes": (15.8, 15.9, 0.2),
        "state": "C",
        "limit": 16.0,
        "watts": 7353.0,
        "session_wh": 1234.5,
        "total_wh": 9876543.0,
    },
    states=[
        ({"car": 0}, None),
        ({"car": 1}, "A"),
        ({"car": 2}, "C"),
        ({"car": 3}, "B"),
        ({"car": 4}, "B"),
        ({"car": 5}, "E"),
        ({"car": None}, None),
        ({"car": 77}, None),
    ],
    sets={10.9: [get("/api/set", amp="10", frc="0")], 16.0: [get("/api/set", amp="16", frc="0")]},
    pauses=[get("/api/set", frc="1")],
    resumes=[get("/api/set", amp="10", frc="0")],
    fault=({"err": 3}, "error 3"),
    serial="sse",
    notices=[
        ({}, set()),
        ({"loe": True}, {"own_balancing"}),
        ({"modelStatus": 12}, {"own_balancing"}),
        ({"modelStatus": 5}, {"held_back"}),
        ({"modelStatus": 4, "frc": 1}, set()),
    ],
)


def _warp(says: Said, asked: Asked) -> Any:
    if asked.method == "PUT":
        says[asked.path] = asked.content
        if asked.path == "/evse/external_current":
            says["/evse/state"] = says["/evse/state"] | {"allowed_charging_current": asked.content["current"]}
        return ""
    return says.get(asked.path)


_WARP_STATE = {
    "iec61851_state": 2,
    "charger_state": 3,
    "contactor_state": 3,
    "contactor_error": 0,
    "allowed_charging_current": 13000,
    "error_state": 0,
    "lock_state": 0,
}

WARP = Case(
    says={
        "/info/name": {
            "name": "warp3-X8A",
            "type": "warp3",
            "display_type": "WARP3 Charger Pro 22kW",
            "uid": "X8A",
        },
        "/info/version": {"firmware": "2.6.1+66558ade", "config": "2.6.1", "config_type": "warp3"},
        "/evse/slots": [
            {"max_current": 32000, "active": True, "clear_on_disconnect": False},
            {"max_current": 20000, "active": True, "clear_on_disconnect": False},
            {"max_current": 6000, "active": True, "clear_on_disconnect": False},
        ],
        "/evse/state": _WARP_STATE,
        "/evse/external_enabled": {"enabled": True},
        "/evse/external_current": {"current": 13000},
        "/meters/0/value_ids": [1, 2, 3, 13, 17, 21, 74, 209],
        "/meters/0/values": [231.0, 230.0, 229.5, 12.75, 12.5, 0.0, 5800.5, 1234.5],
    },
    answers=_warp,
    identity={
        "manufacturer": "Tinkerforge",
        "model": "WARP3 Charger Pro 22kW",
        "serial": "X8A",
        "firmware": "2.6.1+66558ade",
    },
    capability={"minimum": 6.0, "maximum": 20.0, "step": 0.001, "measures": True, "feed": "nothing"},
    values={
        "amperes": (12.75, 12.5, 0.0),
        "state": "C",
        "limit": 13.0,
        "watts": 5800.5,
        "total_wh": 1234500.0,
    },
    states=[
        ({"/evse/state": _WARP_STATE | {"iec61851_state": number}}, letter)
        for number, letter in ((0, "A"), (1, "B"), (2, "C"), (3, "C"), (4, "E"), (9, None))
    ],
    sets={10.9994: [put("/evse/external_current", {"current": 10999})]},
    pauses=[put("/evse/external_current", {"current": 0})],
    resumes=[put("/evse/external_current", {"current": 10000})],
    fault=({"/evse/state": _WARP_STATE | {"error_state": 2}}, "error 2"),
)


def _smartevse(says: Said, asked: Asked) -> Any:
    if asked.path != "/settings":
        return None
    if asked.method == "GET":
        return says
    told: Said = {}
    if "mode" in asked.query:
        told["mode"] = asked.query["mode"]
        says["mode_id"] = int(asked.query["mode"])
        if says["mode_id"] not in (0, 4):
            says["evse"] = says["evse"] | {"mode": says["mode_id"]}
    if "override_current" in asked.query and says["evse"]["mode"] in (1, 3):
        amps = int(asked.query["override_current"])
        told["override_current"] = amps if 60 <= amps <= 160 else "Value not allowed!"
        says["settings"] = says["settings"] | {"override_current": amps}
    return told


_SMARTEVSE_EVSE = {
    "temp": 16,
    "temp_max": 60,
    "connected": True,
    "access": 1,
    "mode": 1,
    "loadbl": 0,
    "pwm": 272,
    "state": "Charging",
    "state_id": 2,
    "error": "None",
    "error_id": 0,
    "nrofphases": 3,
}

SMARTEVSE = Case(
    says={
        "version": "v3.9.0",
        "serialnr": 51446,
        "mode": "NORMAL",
        "mode_id": 1,
        "car_connected": True,
        "evse": _SMARTEVSE_EVSE,
        "settings": {
            "charge_current": 130,
            "override_current": 130,
            "current_min": 6,
            "current_max": 16,
            "current_main": 25,
            "enable_C2": "Always On",
        },
        "ev_meter": {
            "description": "Eastron3P",
            "address": 11,
            "import_active_power": 8900,
            "total_wh": 5670100,
            "charged_wh": 4200,
            "currents": {"TOTAL": 385, "L1": 129, "L2": 128, "L3": 128},
            "import_active_energy": 5670100,
            "export_active_energy": 0,
        },
        "phase_currents": {"TOTAL": 75, "L1": 57, "L2": 6, "L3": 12},
    },
    answers=_smartevse,
    identity={"manufacturer": "SmartEVSE", "model": "SmartEVSE-3", "serial": "51446", "firmware": "v3.9.0"},
    capability={"minimum": 6.0, "maximum": 16.0, "step": 0.1, "measures": True, "feed": "nothing"},
    values={
        "amperes": (12.9, 12.8, 12.8),
        "state": "C",
        "limit": 13.0,
        "watts": 8900.0,
        "session_wh": 4200.0,
        "total_wh": 5670100.0,
    },
    states=[
        ({"evse": _SMARTEVSE_EVSE | {"state_id": number}}, letter) for number, letter in enumerate("ABCCBBCCBBCBBBB")
    ]
    + [({"evse": _SMARTEVSE_EVSE | {"state_id": 99}}, None), ({"car_connected": False}, "A")],
    sets={10.96: [post("/settings", override_current="109")]},
    pauses=[post("/settings", mode="4")],
    resumes=[post("/settings", mode="1", override_current="100")],
    fault=({"evse": _SMARTEVSE_EVSE | {"error": "Temperature High", "error_id": 8}}, "Temperature High"),
    serial="serialnr",
    notices=[
        ({}, set()),
        ({"mode_id": 3}, {"own_balancing"}),
        ({"mode_id": 2}, {"own_balancing"}),
        ({"evse": _SMARTEVSE_EVSE | {"loadbl": 1}}, {"own_balancing"}),
    ],
)


def _salia(says: Said, asked: Asked) -> Any:
    if asked.path == "/api" and asked.method == "GET":
        basic = {
            "grid_current_limit": {"actual": says["limit"]},
            "phase_count": "3",
            "physical_current_limit": "16",
            "offered_current_limit": "6.0",
        }
        return {
            "device": {
                "product": "2310007",
                "modelname": "Salia PLCC Slave",
                "software_version": says["firmware"],
                "serial": says["serial"],
            },
            "secc": {
                "port0": {
                    "ci": {
                        "evse": {"basic": basic, "phase": {"actual": "3"}},
                        "charge": {"cp": {"status": says["cp"]}, "plug": {"status": "locked"}},
                    },
                    "salia": {"chargemode": says["chargemode"], "pausecharging": says["pausecharging"]},
                    "metering": {
                        "meter": {"type": "klefr", "available": says["meter"]},
                        "power": {"active_total": {"actual": "36812"}},
                        "current": {"ac": {"l1": {"actual": "15912"}, "l2": {"actual": "0"}, "l3": {"actual": "250"}}},
                        "energy": {"active_import": {"actual": "7654321"}},
                    },
                }
            },
        }
    where = ("PUT", "/api/secc") if says["firmware"] < "2.3.64" else ("POST", "/save_mqtt.php")
    if (asked.method, asked.path) != where:
        return None
    names = {"grid_current_limit": "limit", "salia/chargemode": "chargemode", "salia/pausecharging": "pausecharging"}
    says |= {names.get(key, key): value for key, value in asked.content.items()}
    return {"result": "ok"}


_ALIVE = {"salia/heartbeat": "alive"}

SALIA = Case(
    says={
        "firmware": "1.52.0",
        "serial": "101249323",
        "limit": "13",
        "cp": "C",
        "chargemode": "eco",
        "pausecharging": "0",
        "meter": "1",
    },
    answers=_salia,
    identity={
        "manufacturer": "echarge Hardy Barth",
        "model": "Salia PLCC Slave",
        "serial": "101249323",
        "firmware": "1.52.0",
    },
    capability={
        "minimum": 6.0,
        "maximum": 16.0,
        "step": 1.0,
        "measures": True,
        "feed": "write",
        "expiry": "fall_back",
        "fall_back": None,
        "resend": 15.0,
    },
    values={
        "amperes": (15.912, 0.0, 0.25),
        "state": "C",
        "limit": 13.0,
        "watts": 3681.2,
        "total_wh": 7654321.0,
        "notices": {"own_balancing"},
    },
    states=[({"cp": letter}, {"D": "C", "X": None}.get(letter, letter)) for letter in "ABCDEFX"],
    sets={
        10.9: [
            put("/api/secc", {"salia/chargemode": "manual"}),
            put("/api/secc", {"grid_current_limit": "10"}),
            put("/api/secc", {"salia/pausecharging": "0"}),
            put("/api/secc", _ALIVE),
        ]
    },
    pauses=[
        put("/api/secc", {"grid_current_limit": "0"}),
        put("/api/secc", {"salia/pausecharging": "1"}),
        put("/api/secc", _ALIVE),
    ],
    resumes=[
        put("/api/secc", {"salia/chargemode": "manual"}),
        put("/api/secc", {"grid_current_limit": "10"}),
        put("/api/secc", {"salia/pausecharging": "0"}),
        put("/api/secc", _ALIVE),
    ],
    fault=({"cp": "F"}, "state F"),
    serial="serial",
    notices=[({}, {"own_balancing"}), ({"chargemode": "manual"}, set())],
)


def _openwb_pro(says: Said, asked: Asked) -> Any:
    if asked.path != "/connect.php":
        return None
    if asked.method == "POST":
        says["offered_current"] = float(asked.content["ampere"])
        return ""
    return says


OPENWB = Case(
    says={
        "date": "2021:12:08-17:59:51",
        "timestamp": 1638986391,
        "powers": [4422.3, 4500.8, 4436],
        "power_all": 13359,
        "currents": [19.415, 19.545, 19.486],
        "imported": 8376,
        "exported": 3,
        "plug_state": True,
        "charge_state": True,
        "phases_actual": 3,
        "phases_target": 3,
        "phases_in_use": 3,
        "offered_current": 20,
        "evse_signaling": "basic iec61851",
        "serial": "387107",
    },
    answers=_openwb_pro,
    identity={"manufacturer": "openWB", "model": "Pro", "serial": "387107", "firmware": None},
    capability={
        "minimum": 6.0,
        "maximum": 32.0,
        "step": 0.1,
        "feed": "any_request",
        "timeout": 30.0,
        "expiry": "stops",
    },
    values={
        "amperes": (19.415, 19.545, 19.486),
        "state": "C",
        "limit": 20.0,
        "watts": 13359.0,
        "total_wh": 8376.0,
        "phases": 3,
    },
    states=[
        ({"plug_state": False, "charge_state": False}, "A"),
        ({"plug_state": True, "charge_state": False}, "B"),
        ({"plug_state": True, "charge_state": True}, "C"),
    ],
    sets={10.96: [post("/connect.php", {"ampere": "10.9"})]},
    pauses=[post("/connect.php", {"ampere": "0.0"})],
    resumes=[post("/connect.php", {"ampere": "10.0"})],
    serial="serial",
)

CASES = {
    "goe_v2": GOE,
    "hardybarth_salia": SALIA,
    "openwb_pro": OPENWB,
    "smartevse_v3": SMARTEVSE,
    "tinkerforge_warp": WARP,
}
"""By the id of the model."""
