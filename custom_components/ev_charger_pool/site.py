"""From what is saved and chosen to the site that the pool balances."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from .choices import Choices, RememberedCircuit
from .const import (
    CONF_AVERAGE,
    CONF_BREAKER,
    CONF_CAR_MINIMUM,
    CONF_CIRCUIT,
    CONF_FUSE,
    CONF_GRID,
    CONF_MAXIMUM,
    CONF_METER,
    CONF_PARENT,
    CONF_PHASE_SWITCHING,
    CONF_RAISE_HOLD,
    CONF_RAISE_WINDOW,
    CONF_RESERVE,
    CONF_WIRING,
    CONF_WORST_HOUSE,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
)
from .entry_data import AverageData, CircuitData
from .pool.model import MAIN, Amperes, AverageLimit, Breaker, Capability, Charger, Circuit, Grid, Limit, Site, Source
from .pool.state import Settings
from .wiring import WIRINGS

USER_FUSE_LIMIT = "user_fuse_limit"
"""Id of the limit that the site's number entity sets."""


def settings_of(entry: ConfigEntry, choices: Choices, capabilities: Mapping[str, Capability]) -> Settings:
    """The controller's settings.

    Args:
        entry: The site.
        choices: What the user chose while it runs.
        capabilities: By charger id, as far as chargers have told; chargers without one are left out.
    """
    data = entry.data
    limits = choices.limits
    if choices.fuse_limit is not None:
        user_fuse = Limit(
            id=USER_FUSE_LIMIT, source="user", target=MAIN, value=choices.fuse_limit, kind=Source.USER_FUSE
        )
        limits = (*limits, user_fuse)
    site = _site(entry, choices, capabilities)
    known = {circuit.id for circuit in site.circuits} | {charger.id for charger in site.chargers}
    return Settings(
        site=site,
        strategy=choices.strategy,
        limits=tuple(limit for limit in limits if limit.target in known),
        control=choices.control,
        hold=data[CONF_RAISE_HOLD],
        window=data[CONF_RAISE_WINDOW],
        worst_house=_amperes(data[CONF_WORST_HOUSE]),
        averages=tuple(_averages(entry, site)),
    )


def _averages(entry: ConfigEntry, site: Site) -> Iterator[AverageLimit]:
    for circuit in site.circuits:
        if circuit.metered:
            data = entry.data if circuit.id == MAIN else entry.subentries[circuit.id].data
            average: AverageData | None = data.get(CONF_AVERAGE)
            if average is not None:
                yield AverageLimit(circuit=circuit.id, watts=average["watts"], minutes=average["minutes"])


def circuit_ids(entry: ConfigEntry) -> tuple[str, ...]:
    """Ids of all circuits, the main fuse first."""
    return (MAIN, *(circuit.subentry_id for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)))


def remembered_circuits(entry: ConfigEntry, choices: Choices) -> dict[str, RememberedCircuit]:
    """The circuits of the entry, and deleted ones that a charger still hangs on, directly or through another."""
    present = {
        circuit.subentry_id: RememberedCircuit(title=circuit.title, data=cast("CircuitData", dict(circuit.data)))
        for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)
    }
    circuits = dict(present)
    todo = [charger.data[CONF_CIRCUIT] for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER)]
    todo += [circuit["data"][CONF_PARENT] for circuit in present.values()]
    while todo:
        key = todo.pop()
        if key not in circuits and (deleted := choices.circuits.get(key)) is not None:
            circuits[key] = deleted
            todo.append(deleted["data"][CONF_PARENT])
    return circuits


def deleted_circuits(entry: ConfigEntry, choices: Choices) -> dict[str, str]:
    """Id and name of circuits that were deleted while something hangs on them."""
    circuits = remembered_circuits(entry, choices)
    return {key: circuit["title"] for key, circuit in circuits.items() if key not in entry.subentries}


def pruned(choices: Choices, entry: ConfigEntry) -> Choices:
    """The choices without those for chargers and circuits that are gone, and with the circuits as they are now."""
    circuits = remembered_circuits(entry, choices)
    targets = {MAIN, *circuits, *entry.subentries}
    return replace(
        choices,
        limits=tuple(limit for limit in choices.limits if limit.target in targets),
        chargers={key: charger for key, charger in choices.chargers.items() if key in entry.subentries},
        circuits=circuits,
        uncompared=choices.uncompared & {MAIN, *entry.subentries},
    )


def _site(entry: ConfigEntry, choices: Choices, capabilities: Mapping[str, Capability]) -> Site:
    """The site as it is saved; what does not fit together any more is counted where it certainly hangs.

    Whatever is saved, the guard of the main fuse goes on.
    """
    main = Circuit(
        id=MAIN,
        name=entry.title,
        parent=None,
        fuse=_amperes(entry.data[CONF_FUSE]),
        breaker=Breaker(entry.data[CONF_BREAKER]),
        metered=True,
        compared=MAIN not in choices.uncompared,
    )
    circuits = {MAIN: main}
    saved = remembered_circuits(entry, choices)
    while saved:
        placeable = [key for key, circuit in saved.items() if circuit["data"][CONF_PARENT] not in saved]
        for key in placeable or list(saved):
            circuit = _circuit(entry, choices, key, saved.pop(key), circuits)
            if any(circuit.fuse):
                circuits[key] = circuit
    return Site(
        grid=Grid(entry.data[CONF_GRID]),
        circuits=tuple(circuits.values()),
        chargers=tuple(
            _charger(entry, charger, choices, capabilities[charger.subentry_id], circuits)
            for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER)
            if charger.subentry_id in capabilities
        ),
    )


def _circuit(
    entry: ConfigEntry,
    choices: Choices,
    key: str,
    circuit: RememberedCircuit,
    circuits: Mapping[str, Circuit],
) -> Circuit:
    data = circuit["data"]
    parent = circuits.get(data[CONF_PARENT], circuits[MAIN])
    first, second, third = (
        rated if above > 0 else 0.0 for rated, above in zip(data[CONF_FUSE], parent.fuse, strict=True)
    )
    return Circuit(
        id=key,
        name=circuit["title"],
        parent=parent.id,
        fuse=(first, second, third),
        breaker=Breaker(data[CONF_BREAKER]),
        metered=CONF_METER in data and key in entry.subentries,
        reserve=_amperes(data[CONF_RESERVE]),
        compared=key not in choices.uncompared,
    )


def _charger(
    entry: ConfigEntry,
    subentry: ConfigSubentry,
    choices: Choices,
    capability: Capability,
    circuits: Mapping[str, Circuit],
) -> Charger:
    data = subentry.data
    chosen = choices.charger(subentry.subentry_id)
    circuit = circuits.get(data[CONF_CIRCUIT], circuits[MAIN])
    wired = WIRINGS[Grid(entry.data[CONF_GRID])].get(data[CONF_WIRING])
    if wired is not None and any(circuit.fuse[line] <= 0 for phase in wired for line in phase):
        wired = None
    charger = Charger(
        id=subentry.subentry_id,
        name=subentry.title,
        circuit=circuit.id,
        wiring=wired,
        capability=installed(capability, data),
        priority=chosen.priority,
        enabled=chosen.enabled,
        car_minimum=data.get(CONF_CAR_MINIMUM),
        phase_switching=data.get(CONF_PHASE_SWITCHING, False),
    )
    if chosen.user_cap is None:
        return charger
    return replace(charger, user_cap=max(chosen.user_cap, charger.minimum))


def installed(capability: Capability, data: Mapping[str, Any]) -> Capability:
    """What a charger can do where it hangs: cable and installation may allow less than its hardware."""
    return replace(capability, maximum=max(min(capability.maximum, data[CONF_MAXIMUM]), capability.minimum))


def _amperes(values: list[float]) -> Amperes:
    first, second, third = values
    return first, second, third
