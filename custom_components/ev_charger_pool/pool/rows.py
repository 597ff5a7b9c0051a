"""Every limit there is becomes rows: fuses, circuits, user caps and live limits."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from .model import LINES, MAIN, NO_LINE, Amperes, AverageLimit, Charger, Circuit, Grid, Limit, Row, Site, Source, Unit


def live(limits: Iterable[Limit], wall: datetime) -> tuple[Limit, ...]:
    """The limits that have not expired at a wall-clock time."""
    return tuple(limit for limit in limits if limit.expires is None or wall < limit.expires)


def compile_rows(site: Site, limits: Sequence[Limit] = ()) -> tuple[Row, ...]:
    """The rows of a site and its live limits.

    Disabled chargers are in no row: they are part of the house load.

    Raises:
        ValueError: With the name of the field, where a limit's target does not exist.
    """
    chargers = [charger for charger in site.chargers if charger.enabled]
    members = _members(site)
    rows: list[Row] = []
    for circuit in site.circuits:
        source = Source.FUSE if circuit.id == MAIN else Source.CIRCUIT
        bounds = [fuse - circuit.margin for fuse in circuit.fuse]
        rows += _circuit_rows(site, circuit, members[circuit.id], bounds, source)
    for charger in chargers:
        if charger.user_cap is not None:
            rows += _charger_rows(site, charger, charger.user_cap, Source.USER_CAP)
    for limit in limits:
        rows += _limit_rows(site, limit, members)
    return tuple(rows)


def average_row(site: Site, limit: AverageLimit) -> Row:
    """The row of an average power, with the bound that holds as long as nothing is known of the running window.

    Raises:
        ValueError: With the name of the field, where there is no such circuit, or none with a meter.
    """
    if not any(circuit.id == limit.circuit and circuit.metered for circuit in site.circuits):
        raise ValueError(f"circuit: there is no circuit {limit.circuit} with a meter")
    return _watt_row(site, _members(site)[limit.circuit], limit.watts, Source.PEAK, limit.circuit)


def _members(site: Site) -> dict[str, list[Charger]]:
    """By circuit id the chargers behind its fuse that are no house load."""
    members: dict[str, list[Charger]] = {circuit.id: [] for circuit in site.circuits}
    for charger in site.chargers:
        if charger.enabled:
            for circuit in site.path(charger.circuit):
                members[circuit.id].append(charger)
    return members


def _limit_rows(site: Site, limit: Limit, members: dict[str, list[Charger]]) -> list[Row]:
    bound = max(limit.value, limit.floor)
    circuit = next((circuit for circuit in site.circuits if circuit.id == limit.target), None)
    charger = next((charger for charger in site.chargers if charger.id == limit.target), None)
    if circuit is not None:
        if limit.unit is Unit.WATT:
            return [_watt_row(site, members[circuit.id], bound, limit.kind, circuit.id, limit.id)]
        # The same margin as below a fuse. Not so in watts: 4.2 kW are promised to leave three phases their 6 A.
        bound = max(limit.value - circuit.margin, limit.floor, 0.0)
        return _circuit_rows(site, circuit, members[circuit.id], [bound] * LINES, limit.kind, limit.id)
    if charger is None:
        raise ValueError(f"target: there is no circuit or charger {limit.target}")
    if not charger.enabled:
        return []
    if limit.unit is Unit.WATT:
        return [_watt_row(site, [charger], bound, limit.kind, None, limit.id)]
    return _charger_rows(site, charger, bound, limit.kind, limit.id)


def _circuit_rows(
    site: Site,
    circuit: Circuit,
    chargers: Iterable[Charger],
    bounds: Sequence[float],
    source: Source,
    limit: str | None = None,
) -> list[Row]:
    loads = {charger.id: _load(site, charger) for charger in chargers}
    return [
        Row(
            coefficients={charger: _only(line, load[line]) for charger, load in loads.items() if load[line]},
            bound=bounds[line],
            source=source,
            circuit=circuit.id,
            line=line,
            limit=limit,
        )
        for line in range(LINES)
        if circuit.fuse[line] > 0
    ]


def _charger_rows(site: Site, charger: Charger, bound: float, source: Source, limit: str | None = None) -> list[Row]:
    """A bound on what the charger is set to, the same whatever its phases do on the lines."""
    load = _load(site, charger)
    return [
        Row(coefficients={charger.id: _only(line, 1.0)}, bound=bound, source=source, line=line, limit=limit)
        for line in range(LINES)
        if load[line]
    ]


def _watt_row(
    site: Site,
    chargers: Iterable[Charger],
    bound: float,
    source: Source,
    circuit: str | None,
    limit: str | None = None,
) -> Row:
    return Row(
        coefficients={charger.id: _power(site, charger) for charger in chargers},
        bound=bound,
        unit=Unit.WATT,
        source=source,
        circuit=circuit,
        limit=limit,
    )


def _load(site: Site, charger: Charger) -> Amperes:
    """What one ampere of the charger's limit adds on each line: the number of its phases there.

    Amplitudes are added where several phases share a line (R4). While the wiring is not known it counts on every
    line that reaches it, as the heaviest wiring would: on 230 V IT a line carries two phases of a delta.
    """
    if charger.wiring is not None:
        first, second, third = (float(sum(line in phase for phase in charger.wiring)) for line in range(LINES))
        return first, second, third
    heaviest = 2.0 if site.grid is Grid.IT and charger.capability.phases > 1 else 1.0
    lines = site.lines(charger.circuit)
    first, second, third = (heaviest if line in lines else 0.0 for line in range(LINES))
    return first, second, third


def _power(site: Site, charger: Charger) -> Amperes:
    """Watts per ampere of the charger's limit, shared out to the lines it loads.

    On split phase and IT a phase between two lines is half on each, and one to neutral has half the voltage.
    """
    volts = site.voltage if site.grid is Grid.TN else site.voltage / 2
    first, second, third = _load(site, charger)
    return first * volts, second * volts, third * volts


def _only(line: int, value: float) -> Amperes:
    values = list(NO_LINE)
    values[line] = value
    return values[0], values[1], values[2]
