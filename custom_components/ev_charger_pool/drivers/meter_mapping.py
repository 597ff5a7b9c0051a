"""Mappings: files that say which sensors of an integration are a mains meter. ``mappings/README.md`` has the fields.

Loading reads files: call it from an executor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from ..pool.model import LINES
from .entity_finder import EntityPattern, entity_pattern
from .fields import Fields, content
from .profile_model import Confidence

MAPPINGS = Path(__file__).parents[1] / "mappings" / "meters"

_LINE = "{line}"
"""Stands for the name of the line in a key or unique id."""


class Quantity(StrEnum):
    """What a sensor of one line measures."""

    CURRENT = "current"
    """Magnitude, or signed."""
    POWER = "power"
    """Active power, positive into the site."""
    IMPORT = "power_import"
    """Active power into the site where there is a second sensor for the other direction."""
    EXPORT = "power_export"
    """Active power out of the site; the only one where a signed sensor is positive out of the site."""
    VOLTAGE = "voltage"
    """To neutral, on IT and delta grids between lines."""


class Pace(StrEnum):
    """What decides how often the values come, and so what can be done where that is too seldom."""

    SETTING = "setting"
    """An option of the integration that the user can change."""
    INTEGRATION = "integration"
    """The integration asks at a fixed interval."""
    METER = "meter"
    """The meter sends when it likes."""
    CLOUD = "cloud"
    """They come through the maker's cloud."""


type PatternsPerLine = tuple[EntityPattern, EntityPattern, EntityPattern]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterVariant:
    """One kind of meter of an integration.

    Args:
        sensors: For each quantity what tells the sensor of each line.
        all_lines: Whether a device with fewer lines is something else.
        grid_sensor: Tells where the meter is built in; None where nothing tells.
        grid_states: What it shows at the grid connection.
    """

    sensors: Mapping[Quantity, PatternsPerLine]
    all_lines: bool
    grid_sensor: EntityPattern | None
    grid_states: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMapping:
    """The mains meters of one integration.

    Args:
        integration: Its domain, the name of the file.
        title: Shown in lists.
        confidence: How well the facts are known.
        sources: Where they come from.
        interval: Usual seconds between two values; None where it is not known.
        pace: What decides that.
        option: Option of the integration's entry that holds the interval in s where the user has changed it.
        whole_amperes: Whether the currents have no decimals.
        variants: The kinds of meters that it knows.
    """

    integration: str
    title: str
    confidence: Confidence
    sources: tuple[str, ...]
    interval: float | None
    pace: Pace
    option: str | None
    whole_amperes: bool
    variants: tuple[MeterVariant, ...]


def meter_mappings() -> dict[str, MeterMapping]:
    """The mappings that ship with the integration, by domain."""
    return {path.stem: load_meter_mapping(path) for path in sorted(MAPPINGS.glob("*.yaml"))}


def load_meter_mapping(path: Path) -> MeterMapping:
    """Load and check a file.

    Raises:
        ProfileError: With file, field and reason.
    """
    fields = Fields(content(path), path.name)
    pace = fields.choice("pace", Pace)
    if (pace is Pace.SETTING) is not ("option" in fields):
        raise fields.refuse("option", f"is there with the pace {Pace.SETTING}, and only then")
    mapping = MeterMapping(
        integration=path.stem,
        title=fields.text("title"),
        confidence=fields.choice("confidence", Confidence),
        sources=fields.texts("sources"),
        interval=fields.number("interval", least=0.1) if "interval" in fields else None,
        pace=pace,
        option=fields.text("option") if "option" in fields else None,
        whole_amperes=fields.flag("whole_amperes", default=False),
        variants=tuple(_variant(variant) for variant in fields.each("variants")),
    )
    if not mapping.variants:
        raise fields.refuse("variants", "there is none")
    fields.finish()
    return mapping


def _variant(fields: Fields) -> MeterVariant:
    lines = _lines(fields, "lines")
    sensors = {quantity: _patterns(fields, quantity, lines) for quantity in Quantity if quantity in fields}
    if Quantity.CURRENT not in sensors and not {Quantity.POWER, Quantity.VOLTAGE} <= sensors.keys():
        raise fields.refuse(Quantity.CURRENT, "is missing, and so is power or voltage")
    if Quantity.POWER in sensors and {Quantity.IMPORT, Quantity.EXPORT} & sensors.keys():
        raise fields.refuse(Quantity.POWER, "is signed, so there is no power_import nor power_export")
    if Quantity.IMPORT in sensors and Quantity.EXPORT not in sensors:
        raise fields.refuse(Quantity.EXPORT, "is missing beside power_import")
    grid = fields.fields("grid") if "grid" in fields else None
    variant = MeterVariant(
        sensors=MappingProxyType(sensors),
        all_lines=fields.flag("all_lines", default=False),
        grid_sensor=entity_pattern(grid, "sensor") if grid else None,
        grid_states=grid.texts("states") if grid else (),
    )
    if grid:
        grid.finish()
    fields.finish()
    return variant


def _patterns(fields: Fields, quantity: Quantity, lines: tuple[str, ...]) -> PatternsPerLine:
    """What tells the sensors of a quantity, with its own names of the lines where it has some."""
    own = fields.fields(quantity)
    names = _lines(own, "lines") if "lines" in own else lines
    written = own.rest()
    if not any(_LINE in str(value) for value in written.values()):
        raise fields.refuse(quantity, f"{_LINE} is missing, so that all lines would have the same sensor")
    first, second, third = (_pattern(fields, quantity, written, name) for name in names)
    return first, second, third


def _pattern(fields: Fields, quantity: Quantity, written: Mapping[str, object], line: str) -> EntityPattern:
    named = {name: value.replace(_LINE, line) if isinstance(value, str) else value for name, value in written.items()}
    own = fields.within(quantity, named)
    pattern = entity_pattern(own, "sensor")
    own.finish()
    return pattern


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    """The names of the three lines, as keys and unique ids have them."""
    names = fields.texts(name)
    if len(names) != LINES or len(set(names)) != LINES:
        raise fields.refuse(name, f"{list(names)} are not the names of {LINES} lines")
    return names
