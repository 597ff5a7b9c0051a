"""The form of a site: its grid, its main fuse and how patient it is with raises."""

from collections.abc import Mapping, Sequence
import math
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode
import voluptuous as vol

from ..const import (
    CONF_AVERAGE,
    CONF_BREAKER,
    CONF_FUSE,
    CONF_GRID,
    CONF_METER,
    CONF_RAISE_HOLD,
    CONF_RAISE_WINDOW,
    CONF_WORST_HOUSE,
)
from ..entry_data import MeterData, SiteData
from ..pool.defaults import RAISE_HOLD, RAISE_WINDOW
from ..pool.model import LINES, Breaker, Grid
from .average_form import average_data, average_fields, check_average, suggest_average
from .forms import (
    SECTION_ADVANCED,
    FormError,
    amperes,
    check_fuse,
    check_name,
    choice,
    line_field,
    per_line,
    suggest_lines,
)
from .meter_kinds import MeterKind


def site_schema(meters: Sequence[MeterKind]) -> vol.Schema:
    """The form; the first of the meters is chosen in advance."""
    return vol.Schema(
        {
            vol.Required(CONF_NAME, default="Home"): str,
            vol.Required(CONF_GRID, default=Grid.TN.value): choice([*Grid], CONF_GRID),
            vol.Required(line_field(CONF_FUSE, 0)): amperes(),
            **{vol.Optional(line_field(CONF_FUSE, line)): amperes() for line in range(1, LINES)},
            vol.Required(CONF_BREAKER, default=Breaker.B.value): choice([*Breaker], CONF_BREAKER),
            vol.Required(CONF_METER, default=meters[0].value): choice(meters, CONF_METER),
            vol.Required(SECTION_ADVANCED): section(_advanced_schema(), {"collapsed": True}),
        }
    )


def _advanced_schema() -> vol.Schema:
    return vol.Schema(
        {
            vol.Optional(CONF_RAISE_HOLD, default=RAISE_HOLD): _seconds(),
            vol.Optional(CONF_RAISE_WINDOW, default=RAISE_WINDOW): _seconds(),
            **{vol.Optional(line_field(CONF_WORST_HOUSE, line)): amperes() for line in range(LINES)},
            **average_fields(),
        }
    )


def _seconds() -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            mode=NumberSelectorMode.BOX, min=0, max=3600, step="any", unit_of_measurement=UnitOfTime.SECONDS
        )
    )


def site_data(user_input: Mapping[str, Any], meter: MeterData) -> SiteData:
    """What is saved of a filled in form that was checked."""
    fuse = per_line(user_input, CONF_FUSE)
    advanced = user_input[SECTION_ADVANCED]
    data = SiteData(
        grid=user_input[CONF_GRID],
        fuse=fuse,
        breaker=user_input[CONF_BREAKER],
        meter=meter,
        worst_house=[advanced.get(line_field(CONF_WORST_HOUSE, line), rated) for line, rated in enumerate(fuse)],
        raise_hold=advanced[CONF_RAISE_HOLD],
        raise_window=advanced[CONF_RAISE_WINDOW],
    )
    average = average_data(advanced)
    if average is not None:
        data["average"] = average
    return data


def check_site(user_input: Mapping[str, Any]) -> None:
    """Refuse a site that cannot be.

    Raises:
        FormError: With the field that is wrong.
    """
    check_name(user_input)
    check_fuse(user_input)
    fuse = per_line(user_input, CONF_FUSE)
    grid = Grid(user_input[CONF_GRID])
    if not fuse[1] > 0 and (fuse[2] > 0 or grid is not Grid.TN):
        raise FormError("line_skipped" if grid is Grid.TN else "two_lines_needed", line_field(CONF_FUSE, 1))
    if grid is Grid.SPLIT_PHASE and fuse[2] > 0:
        raise FormError("no_third_line", line_field(CONF_FUSE, 2))
    advanced = user_input[SECTION_ADVANCED]
    if not advanced[CONF_RAISE_WINDOW] >= advanced[CONF_RAISE_HOLD]:
        raise FormError("window_shorter_than_hold", SECTION_ADVANCED)
    if not all(0 <= value < math.inf for value in per_line(advanced, CONF_WORST_HOUSE)):
        raise FormError("worst_house_negative", SECTION_ADVANCED)
    check_average(advanced, fuse, metered=True)


def suggest_site(entry: ConfigEntry) -> dict[str, Any]:
    """The fields of a site that exists; a worst house that is the whole fuse stays empty, so that it follows it."""
    fuse = entry.data[CONF_FUSE]
    worst_house = entry.data[CONF_WORST_HOUSE]
    return {
        CONF_NAME: entry.title,
        CONF_GRID: entry.data[CONF_GRID],
        CONF_BREAKER: entry.data[CONF_BREAKER],
        **suggest_lines(CONF_FUSE, fuse),
        SECTION_ADVANCED: {
            CONF_RAISE_HOLD: entry.data[CONF_RAISE_HOLD],
            CONF_RAISE_WINDOW: entry.data[CONF_RAISE_WINDOW],
            **{
                line_field(CONF_WORST_HOUSE, line): assumed
                for line, assumed in enumerate(worst_house)
                if assumed != fuse[line]
            },
            **suggest_average(entry.data.get(CONF_AVERAGE)),
        },
    }
