"""Repairs: what the user has to see to, raised while it lasts and cleared when it is over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
import math
from time import monotonic
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .const import (
    CONF_CIRCUIT,
    CONF_DRIVER,
    CONF_ENTITIES,
    CONF_ENTRY_ID,
    CONF_KIND,
    CONF_METER,
    CONF_PARENT,
    CONF_SUBENTRY_ID,
    DOMAIN,
    KIND_ENTITIES,
    KIND_MAPPING,
    LINE_NAMES,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
)
from .device_registry import device_link
from .fall_back_check import FallBackCheck
from .flow.sources import entity_of
from .lasting import Lasting
from .meter_trouble import silent_lines
from .pool.fall_back import Loss, Shortfall
from .pool.model import MAIN, Notice
from .pool.troubles import TroubleKind
from .runner import PoolConfigEntry
from .site import deleted_circuits

ACCESS_DENIED = "access_denied"
FALL_BACK_TOO_HIGH = "fall_back_too_high"
METER_STALE = "meter_stale"
METER_SOURCE_REMOVED = "meter_source_removed"
CHARGER_SOURCE_REMOVED = "charger_source_removed"
CIRCUIT_DELETED = "circuit_deleted"
OWN_BALANCING = "own_balancing"
WRONG_CHARGER = "wrong_charger"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issue:
    """A problem of the site or of a circuit or charger of it.

    Args:
        key: Of its texts.
        severity: How bad it is.
        subentry: Id of the circuit or charger, None for the site itself.
        placeholders: Of its texts.
        fixable: Whether there is a flow that mends it.
        at_once: Whether it is raised and cleared at once, and not only after a while.
    """

    key: str
    severity: ir.IssueSeverity
    subentry: str | None
    placeholders: dict[str, str] = field(default_factory=dict)
    fixable: bool = True
    at_once: bool = True


@callback
def async_watch_issues(hass: HomeAssistant, entry: PoolConfigEntry) -> CALLBACK_TYPE:
    """Keep the site's issues current.

    Returns:
        A function that ends it and clears them.
    """
    runner = entry.runtime_data
    raised: dict[str, _Issue] = {}
    lasting = Lasting[_Issue]()
    fall_backs = FallBackCheck()

    @callback
    def update(wanted: Mapping[str, _Issue]) -> None:
        for issue_id in raised.keys() - wanted.keys():
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            del raised[issue_id]
        for issue_id, issue in wanted.items():
            # A fix flow that ends deletes its issue, also where it did not help.
            if raised.get(issue_id) != issue or ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None:
                raised[issue_id] = issue
                ir.async_create_issue(
                    hass,
                    DOMAIN,
                    issue_id,
                    data={CONF_ENTRY_ID: entry.entry_id, CONF_SUBENTRY_ID: issue.subentry},
                    is_fixable=issue.fixable,
                    severity=issue.severity,
                    translation_key=issue.key,
                    translation_placeholders=issue.placeholders,
                )

    @callback
    def check() -> None:
        now = monotonic()
        issues = [*_removed_sources(hass, entry), *_denied(entry), *_wrong_chargers(entry), *_lost_circuits(entry)]
        explained = {issue.subentry for issue in issues if issue.key == METER_SOURCE_REMOVED}
        issues += [issue for issue in _silent_meters(entry) if issue.subentry not in explained]
        issues += [
            *_own_balancing(hass, entry),
            *_troubles(hass, entry),
            *_fall_backs(hass, entry, fall_backs.found(runner.state, now)),
        ]
        found = {f"{issue.key}_{issue.subentry or entry.entry_id}": issue for issue in issues}
        at_once = {issue_id: issue for issue_id, issue in found.items() if issue.at_once}
        others = {issue_id: issue for issue_id, issue in found.items() if not issue.at_once}
        update({**at_once, **lasting.after(others, now)})

    unsubscribe = runner.site.async_add_listener(check)
    check()

    @callback
    def end() -> None:
        unsubscribe()
        update({})

    return end


def _silent_meters(entry: PoolConfigEntry) -> Iterator[_Issue]:
    """One per meter with a phase that is not heard; what does not follow the cars has an issue of its own."""
    circuits = {circuit.id: circuit for circuit in entry.runtime_data.state.settings.site.circuits}
    for key, lines in silent_lines(entry.runtime_data).items():
        if silent := set(lines) - entry.runtime_data.state.meters[key].following.lost:
            yield _Issue(
                key=METER_STALE,
                severity=ir.IssueSeverity.ERROR,
                subentry=None if key == MAIN else key,
                placeholders={"circuit": circuits[key].name, "phases": _phases(silent)},
            )


def _troubles(hass: HomeAssistant, entry: PoolConfigEntry) -> Iterator[_Issue]:
    """What the pool has found that does not pass by itself."""
    outcome = entry.runtime_data.site.data
    circuits = {circuit.id: circuit.name for circuit in entry.runtime_data.state.settings.site.circuits}
    for trouble in () if outcome is None else outcome.troubles:
        if trouble.charger is not None and (charger := entry.subentries.get(trouble.charger)) is not None:
            yield _Issue(
                key=trouble.kind.value,
                severity=ir.IssueSeverity.WARNING,
                subentry=trouble.charger,
                placeholders={
                    "name": charger.title,
                    "device": device_link(hass, entry, trouble.charger, charger.title),
                },
                fixable=trouble.kind is TroubleKind.OTHER_MASTER,
                at_once=trouble.kind is TroubleKind.OTHER_MASTER,
            )
        elif trouble.circuit is not None and trouble.circuit in circuits:
            yield _Issue(
                key=trouble.kind.value,
                severity=ir.IssueSeverity.ERROR,
                subentry=None if trouble.circuit == MAIN else trouble.circuit,
                placeholders={"circuit": circuits[trouble.circuit], "phases": _phases(trouble.lines)},
                at_once=False,
            )


def _fall_backs(hass: HomeAssistant, entry: PoolConfigEntry, shortfalls: Iterable[Shortfall]) -> Iterator[_Issue]:
    """One per fuse that chargers would overload if they heard nothing more, for the line where it is worst."""
    if not entry.runtime_data.choices.control:
        return
    circuits = {circuit.id: circuit for circuit in entry.runtime_data.state.settings.site.circuits}
    silent = [each for each in shortfalls if each.loss is Loss.SILENCE]
    for shortfall in sorted(silent, key=lambda each: each.amperes):
        circuit = circuits[shortfall.circuit]
        fuse = circuit.fuse[shortfall.line]
        chargers = [left.charger for left in shortfall.chargers if left.amperes > 0]
        yield _Issue(
            key=FALL_BACK_TOO_HIGH,
            severity=ir.IssueSeverity.WARNING,
            subentry=None if circuit.id == MAIN else circuit.id,
            placeholders={
                "circuit": circuit.name,
                "phase": LINE_NAMES[shortfall.line],
                "fuse": f"{fuse:g}",
                "amperes": f"{math.ceil(shortfall.amperes)}",
                "chargers": ", ".join(
                    device_link(hass, entry, key, entry.subentries[key].title)
                    for key in chargers
                    if key in entry.subentries
                ),
                "room": f"{max(math.floor(fuse - shortfall.house), 0)}",
            },
            fixable=False,
        )


def _phases(lines: Iterable[int]) -> str:
    return ", ".join(LINE_NAMES[line] for line in sorted(lines))


def _denied(entry: PoolConfigEntry) -> Iterator[_Issue]:
    """One for every charger that wants another password; a meter that does is a silent one, which has a flow."""
    for key, charger in entry.runtime_data.chargers.items():
        if charger.denied:
            yield _Issue(
                key=ACCESS_DENIED,
                severity=ir.IssueSeverity.ERROR,
                subentry=key,
                placeholders={"name": charger.name, "site": entry.title},
                fixable=False,
            )


def _wrong_chargers(entry: PoolConfigEntry) -> Iterator[_Issue]:
    for key, charger in entry.runtime_data.chargers.items():
        if charger.impostor is not None:
            yield _Issue(
                key=WRONG_CHARGER,
                severity=ir.IssueSeverity.ERROR,
                subentry=key,
                placeholders={"name": charger.name, "serial": charger.impostor.serial or ""},
            )


def _own_balancing(hass: HomeAssistant, entry: PoolConfigEntry) -> Iterator[_Issue]:
    """One for every charger of ours that says that it shares or follows power by itself."""
    choices = entry.runtime_data.choices
    for key, charger in entry.runtime_data.chargers.items():
        if choices.control and choices.charger(key).enabled and Notice.OWN_BALANCING in charger.notices:
            yield _Issue(
                key=OWN_BALANCING,
                severity=ir.IssueSeverity.WARNING,
                subentry=key,
                placeholders={"name": charger.name, "device": device_link(hass, entry, key, charger.name)},
                fixable=False,
            )


def _lost_circuits(entry: PoolConfigEntry) -> Iterator[_Issue]:
    """One for every charger and circuit that hangs on a circuit that was deleted."""
    deleted = deleted_circuits(entry, entry.runtime_data.choices)
    for part in entry.subentries.values():
        above = part.data.get(CONF_CIRCUIT) or part.data.get(CONF_PARENT)
        if above in deleted:
            yield _Issue(
                key=CIRCUIT_DELETED,
                severity=ir.IssueSeverity.WARNING,
                subentry=part.subentry_id,
                placeholders={"name": part.title, "circuit": deleted[above]},
            )


def _removed_sources(hass: HomeAssistant, entry: PoolConfigEntry) -> Iterator[_Issue]:
    for circuit in (None, *entry.get_subentries_of_type(SUBENTRY_CIRCUIT)):
        metered = entry if circuit is None else circuit
        if gone := _removed(hass, metered.data.get(CONF_METER)):
            yield _Issue(
                key=METER_SOURCE_REMOVED,
                severity=ir.IssueSeverity.ERROR,
                subentry=None if circuit is None else circuit.subentry_id,
                placeholders={"circuit": metered.title, "entities": ", ".join(gone)},
            )
    for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        if gone := _removed(hass, charger.data[CONF_DRIVER]):
            yield _Issue(
                key=CHARGER_SOURCE_REMOVED,
                severity=ir.IssueSeverity.ERROR,
                subentry=charger.subentry_id,
                placeholders={"name": charger.title, "entities": ", ".join(gone)},
            )


def _removed(hass: HomeAssistant, device: Mapping[str, Any] | None) -> list[str]:
    """The entities of a meter or charger that were removed, as they were called."""
    if device is None or device[CONF_KIND] not in (KIND_ENTITIES, KIND_MAPPING):
        return []
    return [_last_name(hass, source) for source in _sources(device) if entity_of(hass, source) is None]


def _sources(data: Mapping[str, Any]) -> list[str]:
    """The registry ids of all entities that a meter or a charger is made of."""
    listed = (data.get(name) for name in ("currents", "powers", "exports", "voltages"))
    single = (data.get("state"), data.get("limit"), data.get("pause"))
    mapped = data.get(CONF_ENTITIES, {}).values()
    return [source for source in (*chain.from_iterable(filter(None, listed)), *single, *mapped) if source]


def _last_name(hass: HomeAssistant, source: str) -> str:
    """The entity id that an entity had before it was removed; its registry id where nobody remembers."""
    removed = er.async_get(hass).deleted_entities.values()
    return next((entity.entity_id for entity in removed if entity.id == source), source)
