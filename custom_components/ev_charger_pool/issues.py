"""Repairs: what the user has to see to, raised while it lasts and cleared when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_CIRCUIT, CONF_DRIVER, CONF_KIND, CONF_METER, CONF_PARENT, DOMAIN, KIND_ENTITIES, LINE_NAMES
from .flow.sources import entity_of
from .meter_trouble import silent_lines
from .runner import PoolConfigEntry
from .site import deleted_circuits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issue:
    key: str
    severity: ir.IssueSeverity
    placeholders: dict[str, str] = field(default_factory=dict)


@callback
def async_watch_issues(hass: HomeAssistant, entry: PoolConfigEntry) -> CALLBACK_TYPE:
    """Keep the site's issues current.

    Returns:
        A function that ends it and clears them.
    """
    raised: dict[str, _Issue] = {}

    @callback
    def update(wanted: dict[str, _Issue]) -> None:
        for issue_id in raised.keys() - wanted.keys():
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            del raised[issue_id]
        for issue_id, issue in wanted.items():
            if raised.get(issue_id) != issue:
                raised[issue_id] = issue
                ir.async_create_issue(
                    hass,
                    DOMAIN,
                    issue_id,
                    is_fixable=False,
                    severity=issue.severity,
                    translation_key=issue.key,
                    translation_placeholders=issue.placeholders,
                )

    @callback
    def check() -> None:
        update(
            {
                **_silent_meters(entry),
                **_wrong_chargers(entry),
                **_lost_circuits(entry),
                **_removed_sources(hass, entry),
            }
        )

    unsubscribe = entry.runtime_data.site.async_add_listener(check)
    check()

    @callback
    def end() -> None:
        unsubscribe()
        update({})

    return end


def _silent_meters(entry: PoolConfigEntry) -> dict[str, _Issue]:
    circuits = {circuit.id: circuit for circuit in entry.runtime_data.state.settings.site.circuits}
    return {
        f"meter_stale_{entry.entry_id}_{key}": _Issue(
            key="meter_stale",
            severity=ir.IssueSeverity.ERROR,
            placeholders={"circuit": circuits[key].name, "lines": ", ".join(LINE_NAMES[line] for line in lines)},
        )
        for key, lines in silent_lines(entry.runtime_data).items()
    }


def _wrong_chargers(entry: PoolConfigEntry) -> dict[str, _Issue]:
    return {
        f"wrong_charger_{key}": _Issue(
            key="wrong_charger",
            severity=ir.IssueSeverity.ERROR,
            placeholders={"name": charger.name, "serial": charger.impostor.serial or ""},
        )
        for key, charger in entry.runtime_data.chargers.items()
        if charger.impostor is not None
    }


def _lost_circuits(entry: PoolConfigEntry) -> dict[str, _Issue]:
    """One for every charger and circuit that hangs on a circuit that was deleted."""
    deleted = deleted_circuits(entry, entry.runtime_data.choices)
    return {
        f"circuit_deleted_{subentry.subentry_id}": _Issue(
            key="circuit_deleted",
            severity=ir.IssueSeverity.WARNING,
            placeholders={"name": subentry.title, "circuit": deleted[above]},
        )
        for subentry in entry.subentries.values()
        if (above := subentry.data.get(CONF_CIRCUIT) or subentry.data.get(CONF_PARENT)) in deleted
    }


def _removed_sources(hass: HomeAssistant, entry: PoolConfigEntry) -> dict[str, _Issue]:
    parts = [
        (entry.entry_id, entry.title, entry.data[CONF_METER]),
        *(
            (subentry.subentry_id, subentry.title, data)
            for subentry in entry.subentries.values()
            if (data := subentry.data.get(CONF_METER) or subentry.data.get(CONF_DRIVER)) is not None
        ),
    ]
    return {
        f"source_removed_{key}": _Issue(
            key="source_removed", severity=ir.IssueSeverity.ERROR, placeholders={"name": title}
        )
        for key, title, data in parts
        if data[CONF_KIND] == KIND_ENTITIES and any(entity_of(hass, source) is None for source in _sources(data))
    }


def _sources(data: Mapping[str, Any]) -> list[str]:
    """The registry ids of all entities that a meter or a charger is made of."""
    listed = (data.get("currents"), data.get("powers"), data.get("voltages"))
    single = (data.get("state"), data.get("limit"), data.get("pause"))
    return [source for source in (*chain.from_iterable(filter(None, listed)), *single) if source]
