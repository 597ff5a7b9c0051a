"""What happened in a run, as text for people."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from custom_components.ev_charger_pool.pool.model import AverageLimit
from custom_components.ev_charger_pool.simulation.averages import Window
from custom_components.ev_charger_pool.simulation.energy_share import EnergyShare
from custom_components.ev_charger_pool.simulation.judge import Line
from custom_components.ev_charger_pool.simulation.scenario import CarModel, Scenario
from custom_components.ev_charger_pool.simulation.stays import Stay, per_car_hour

from .trial import Trial

_SENTENCES = 8
"""So many broken rules are written out; all are in the JSON."""

_CARS = ("car", "charger", "arrives", "leaves", "kWh", "wanted", "of oracle", "stops", "changes/h")
_LINES = ("fuse or limit", "bound", "highest", "over", "relief", "may take", "heat")
_AVERAGES = ("average power", "bound", "highest", "from", "windows", "too high", "not judged")


def table(trial: Trial) -> str:
    """Cars, fuses, averages and the verdict of one run."""
    scenario, verdict = trial.record.scenario, trial.verdict
    cars = [
        _car(scenario, car, stay, share)
        for car, stay, share in zip(scenario.cars, verdict.stays, trial.car_shares, strict=True)
    ]
    strategy = scenario.strategy.replace("_", " ")
    parts = [
        [
            f"{scenario.name}: {scenario.about}",
            f"{duration(scenario.seconds)} from {_clock(scenario, 0)}, {strategy}, seed {scenario.seed}",
        ],
        [*columns((_CARS, *cars), left=2), "", _energy(trial)],
        columns((_LINES, *(_line(line) for line in verdict.lines)), left=1),
        *([columns((_AVERAGES, *_averages(trial)), left=1)] if scenario.averages else []),
        sentences(verdict.broken) or ["All rules held."],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def sentences(broken: Sequence[str], *, most: int = _SENTENCES) -> list[str]:
    """The broken rules, the first ``most`` of them written out; nothing where none is broken."""
    if not broken:
        return []
    more = len(broken) - most
    return [
        f"BROKEN: {counted(len(broken), 'rule')}",
        *(f"  {sentence}" for sentence in broken[:most]),
        *([f"  and {more} more"] if more > 0 else []),
    ]


def columns(rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Lines of aligned columns; all but the first ``left`` ones stand to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def percent(share: float | None) -> str:
    """A share of 1, or a dash where there is none."""
    return "-" if share is None else f"{100 * share:.0f} %"


def share_of(energy: EnergyShare | None) -> str:
    """The share of a scenario's energy, or a dash where there is none."""
    return percent(None if energy is None else energy.share)


def counted(number: int, thing: str) -> str:
    """A number of things."""
    return f"{number} {thing}" if number == 1 else f"{number:,} {thing}s"


def duration(seconds: int) -> str:
    """Hours and minutes."""
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count) or f"{seconds} s"


def _clock(scenario: Scenario, seconds: float) -> str:
    return f"{scenario.start + timedelta(seconds=seconds):%H:%M}"


def _car(scenario: Scenario, car: CarModel, stay: Stay, share: float | None) -> tuple[str, ...]:
    changes = per_car_hour(stay.changes, stay.plugged)
    return (
        stay.car,
        stay.charger,
        _clock(scenario, car.arrives),
        _clock(scenario, car.leaves),
        f"{stay.energy / 1000:.1f}",
        f"{car.needs / 1000:.1f}",
        percent(share),
        str(stay.stops),
        "-" if changes is None else f"{changes:.1f}",
    )


def _energy(trial: Trial) -> str:
    """All cars together that compete, if any ever does."""
    energy = trial.energy
    if energy is None:
        return "There is no oracle to compare with: it knows no limit on an average power."
    return (
        f"Where cars compete: {energy.delivered / 1000:.1f} kWh of the {energy.possible / 1000:.1f} kWh that an oracle "
        f"gives, {share_of(energy)} ({share_of(trial.energy_at_once)} of one that raises at once)."
    )


def _line(line: Line) -> tuple[str, ...]:
    worst = line.worst
    return (
        line.place,
        f"{line.value:g} {line.unit}",
        f"{line.peak:.1f} {line.unit}" if line.unit == "A" else f"{line.peak:.0f} {line.unit}",
        f"{line.over_seconds} s",
        "-" if worst is None else f"{worst.relief} s",
        "" if worst is None else f"{worst.bound:g} s",
        "" if line.heat is None else f"{line.heat.percent:.0f} %",
    )


def _averages(trial: Trial) -> Iterator[tuple[str, ...]]:
    """A row per limit on an average."""
    for limit in trial.record.scenario.averages:
        yield _average(trial.record.scenario, limit, [window for window in trial.averages if window.limit == limit])


def _average(scenario: Scenario, limit: AverageLimit, windows: Sequence[Window]) -> tuple[str, ...]:
    highest = max(windows, key=lambda window: window.watts, default=None)
    return (
        f"{limit.circuit} over {duration(limit.minutes * 60)}",
        f"{limit.watts:g} W",
        "-" if highest is None else f"{highest.watts:.0f} W",
        "-" if highest is None else _clock(scenario, highest.at),
        str(len(windows)),
        str(sum(window.watts > window.highest for window in windows)),
        str(sum(not window.judged for window in windows)),
    )
