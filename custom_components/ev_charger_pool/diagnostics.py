"""Diagnostics of a site: everything that a decision came from, without what identifies the house."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
import math
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_UNIQUE_ID, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .coordinator import ChargerCoordinator, MeterCoordinator
from .explanation import details, explain
from .fall_back_check import shortfalls
from .pool.control import Outcome
from .runner import PoolConfigEntry, PoolRunner

TO_REDACT = {CONF_HOST, CONF_PASSWORD, CONF_UNIQUE_ID, CONF_USERNAME, "serial"}
"""Who owns the devices and where they are in the network."""

_LEFT_OUT = {"peaks", "week"}
"""An hour and a week of house loads that nobody reads as text."""


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: PoolConfigEntry) -> dict[str, Any]:
    """What the site is, what was chosen, what is known and what was decided."""
    runner, outcome = entry.runtime_data, entry.runtime_data.site.data
    found: dict[str, Any] = async_redact_data(
        {
            "site": dict(entry.data),
            "subentries": [dict(subentry.as_dict()) for subentry in entry.subentries.values()],
            "choices": plain(runner.choices),
            "controller": {
                "ready": runner.state.ready is not None,
                "ignored": runner.state.ignored,
                "limits": plain(runner.state.limits),
                "turns": plain(runner.state.turns),
                "guards": plain(runner.state.guards),
                "meters": plain(runner.state.meters),
                "outlets": plain(runner.state.outlets),
            },
            "devices": _devices(runner),
            "circuits": plain({} if outcome is None else outcome.circuits),
            "averages": plain({} if outcome is None else outcome.averages),
            "troubles": plain(() if outcome is None else outcome.troubles),
            "heartbeats": {key: plain(charger.heartbeat) for key, charger in runner.chargers.items()},
            "shortfalls": plain(shortfalls(runner.state)),
            "decisions": _decisions(hass, runner, outcome),
        },
        TO_REDACT,
    )
    return found


def _devices(runner: PoolRunner) -> dict[str, Any]:
    chargers = {
        key: {**_device(charger), "notices": plain(charger.notices), "facts": plain(charger.facts)}
        for key, charger in runner.chargers.items()
    }
    return {key: _device(meter) for key, meter in runner.meters.items()} | chargers


def _device(device: MeterCoordinator | ChargerCoordinator) -> dict[str, Any]:
    return {
        "name": device.name,
        "online": device.online,
        "error": type(device.last_exception).__name__ if device.last_exception else None,
        "identity": plain(device.identity),
        "line": str(line) if (line := getattr(device.driver, "line", None)) is not None else None,
    }


def _decisions(hass: HomeAssistant, runner: PoolRunner, outcome: Outcome | None) -> dict[str, Any]:
    return {
        key: {
            **plain(decision),
            "reason": {"why": decision.reason.why.value, **details(runner, decision)},
            "sentence": explain(hass, runner, decision),
        }
        for key, decision in (outcome.decisions if outcome else {}).items()
    }


def plain(value: Any) -> Any:
    """The pool's records as JSON can hold them; a number that JSON has no word for becomes a text."""
    match value:
        case Enum():
            return value.value
        case float() if not math.isfinite(value):
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case list() | tuple():
            return [plain(item) for item in value]
        case _ if is_dataclass(value):
            return {
                field.name: plain(getattr(value, field.name)) for field in fields(value) if field.name not in _LEFT_OUT
            }
        case _:
            return value
