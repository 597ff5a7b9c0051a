"""A picture of a run: what flowed through the main fuse, and what every charger was allowed and drew."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np
import numpy.typing as npt

from custom_components.ev_charger_pool.pool.model import LINES, MAIN, Charger
from custom_components.ev_charger_pool.simulation.record import NO_CAR, Record
from custom_components.ev_charger_pool.simulation.scenario import FaultKind, Scenario

WIDTH = 1400
"""Of the picture, pixels."""

_DPI = 100
_FUSE_HEIGHT, _CHARGER_HEIGHT = 2.1, 1.4
_FRAME_HEIGHT = 1.0
_RED, _BLUE, _GREY, _BLACK, _GREEN = "#b91c1c", "#1d4ed8", "#6b7280", "#111827", "#15803d"
_NO_TARGET = ""
_TICKS = 14
_PACES = (60, 300, 900, 1800, 3600, 7200, 14_400)
"""Seconds between two marks of the time axis; there are at most so many."""
_FAULT, _OUTSIDE = "#c2410c", "#7c3aed"


def plot(record: Record, path: Path) -> None:
    """Write a PNG.

    Raises:
        OSError: Where it cannot be written.
    """
    fuse = record.scenario.site.path(MAIN)[0].fuse
    lines = [line for line in range(LINES) if fuse[line] > 0]
    heights = [_FUSE_HEIGHT] * len(lines) + [_CHARGER_HEIGHT] * len(record.chargers)
    figure = Figure(figsize=(WIDTH / _DPI, sum(heights) + _FRAME_HEIGHT), dpi=_DPI, layout="constrained")
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    times = np.arange(len(record.limits))
    for line, panel in zip(lines, panels[: len(lines)], strict=True):
        _line(panel, record, times, line)
        _shade(panel, record.scenario, {_NO_TARGET, MAIN}, line)
    for index, panel in enumerate(panels[len(lines) :]):
        _charger(panel, record, times, index)
        circuit = _model(record, index).circuit
        above = {step.id for step in record.scenario.site.path(circuit)} - {MAIN}
        _shade(panel, record.scenario, {_NO_TARGET, record.chargers[index]} | above)
    for panel in panels:
        panel.set_ylabel("A")
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.04), frameon=False, fontsize=9)
    panels[-1].set_xticks(*_ticks(record.scenario.start, len(times)))
    panels[-1].set_xlim(0, len(times))
    figure.suptitle(f"{record.scenario.name}: {record.scenario.about}", x=0.01, ha="left", fontsize=12)
    figure.savefig(path, format="png")


def _ticks(start: datetime, seconds: int) -> tuple[list[float], list[str]]:
    """Where the wall clock shows round times, and what it shows there."""
    pace = next((pace for pace in _PACES if seconds <= _TICKS * pace), _PACES[-1])
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -((start - midnight).total_seconds() % -pace)
    places = np.arange(first, seconds + 1, pace).tolist()
    return places, [f"{start + timedelta(seconds=place):%H:%M}" for place in places]


def _line(panel: Axes, record: Record, times: npt.NDArray[np.int_], line: int) -> None:
    """A phase of the main fuse."""
    main = record.circuits.index(MAIN)
    rated = record.scenario.site.path(MAIN)[0].fuse[line]
    mains, house = record.currents[:, main, line], record.house[:, main, line]
    panel.axhline(rated, color=_RED, linewidth=1.2, linestyle="--", label=f"fuse {rated:g} A")
    if house.min() < 0:
        panel.axhline(0, color=_BLACK, linewidth=0.6)
    panel.plot(times, mains, color=_BLUE, linewidth=0.8, label="mains")
    panel.fill_between(times, house, color=_GREY, alpha=0.45, linewidth=0, label="house alone")
    panel.fill_between(times, rated, mains, where=mains > rated, color=_RED, alpha=0.6, linewidth=0)
    panel.set_ylim(min(0.0, float(house.min()), float(mains.min())) * 1.1, max(rated, float(mains.max())) * 1.12)
    panel.set_title(f"Main fuse L{line + 1}", loc="left", fontsize=10, fontweight="bold")


def _model(record: Record, index: int) -> Charger:
    return next(charger for charger in record.scenario.site.chargers if charger.id == record.chargers[index])


def _charger(panel: Axes, record: Record, times: npt.NDArray[np.int_], index: int) -> None:
    """A charger, with its cars named where they stand."""
    key = record.chargers[index]
    charger = _model(record, index)
    drawn, limits = record.drawn[:, index].max(axis=1), record.limits[:, index]
    panel.fill_between(times, drawn, color=_GREEN, alpha=0.45, linewidth=0, label="draw")
    panel.plot(times, limits, color=_BLACK, linewidth=0.9, drawstyle="steps-post", label="limit")
    top = max(float(limits.max()), float(drawn.max()), charger.minimum) * 1.35
    panel.set_ylim(0, top)
    cars = record.cars[:, index]
    bounds = [0, *(np.flatnonzero(np.diff(cars)) + 1).tolist(), len(cars)]
    for begin, end in pairwise(bounds):
        if cars[begin] != NO_CAR:
            name = record.scenario.cars[cars[begin]].name
            panel.hlines(0.93 * top, times[begin], times[end - 1], color=_GREEN, linewidth=2.5)
            panel.text(times[begin], 0.9 * top, f" {name}", color=_GREEN, fontsize=8, va="top", clip_on=True)
    lines = "".join(f" L{line + 1}" for line in sorted(set().union(*record.scenario.chargers[key].wiring)))
    panel.set_title(f"{charger.name} ({lines.strip()})", loc="left", fontsize=10, fontweight="bold")


def _shade(panel: Axes, scenario: Scenario, targets: set[str], line: int | None = None) -> None:
    """Faults and limits from outside that a panel is about, each with its name where it begins."""
    spans = [
        (fault.at, fault.until, fault.kind.replace("_", " "), _FAULT)
        for fault in scenario.faults
        if fault.target in targets and not (fault.kind is FaultKind.PHASE_MISSING and line not in (None, fault.line))
    ]
    spans += [
        (change.at, change.until, f"limit {change.limit.value:g} {change.limit.unit}", _OUTSIDE)
        for change in scenario.limits
        if change.limit.target in targets
    ]
    for place, (since, until, text, color) in enumerate(sorted(spans)):
        panel.axvspan(since, min(until, scenario.seconds), color=color, alpha=0.16, linewidth=0)
        panel.annotate(
            f" {text}",
            (since, 0.03 + 0.13 * (place % 3)),
            xycoords=("data", "axes fraction"),
            color=color,
            fontsize=8,
            fontweight="bold",
            annotation_clip=True,
        )
