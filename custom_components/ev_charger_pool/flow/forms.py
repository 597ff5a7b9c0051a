"""What several forms share: fields per line, the selectors of a kind, and how a form is refused."""

from collections.abc import Iterable, Mapping, Sequence
import math
from typing import Any

from homeassistant.const import CONF_NAME, UnitOfElectricCurrent
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_CIRCUIT, CONF_FUSE, LINE_NAMES
from ..pool.model import LINES, MAIN

SECTION_ADVANCED = "advanced"


class FormError(Exception):
    """What was entered cannot be used: key and placeholders of the text, and the field that it belongs to."""

    def __init__(self, key: str, field: str = "base", **placeholders: str) -> None:
        super().__init__(key)
        self.field = field
        self.key = key
        self.placeholders = placeholders

    @property
    def shown(self) -> dict[str, Any]:
        """The arguments that show it in a form."""
        return {"errors": {self.field: self.key}, "description_placeholders": self.placeholders}


def line_field(prefix: str, line: int) -> str:
    """Name of the field of one line (0, 1, 2)."""
    return f"{prefix}_{LINE_NAMES[line].lower()}"


def line_names(lines: Iterable[int]) -> str:
    """The lines as they are printed on a switchboard."""
    return ", ".join(LINE_NAMES[line] for line in lines)


def amperes() -> NumberSelector:
    """A current, checked by the flow itself so that its text can say what is wrong."""
    return NumberSelector(
        NumberSelectorConfig(
            mode=NumberSelectorMode.BOX, step="any", unit_of_measurement=UnitOfElectricCurrent.AMPERE.value
        )
    )


def whole_number(least: int, most: int) -> vol.All[Any]:
    """A whole number within bounds."""
    selector = NumberSelector(NumberSelectorConfig(mode=NumberSelectorMode.BOX, min=least, max=most, step=1))
    return vol.All(selector, vol.Coerce(int))


def choice(options: Iterable[str], translation_key: str, names: Mapping[str, str] | None = None) -> SelectSelector:
    """A choice among options that are translated, except for those that the user has named."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[SelectOptionDict(value=option, label=(names or {}).get(option, option)) for option in options],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=translation_key,
        )
    )


def circuit_choice(
    field: str, circuits: Mapping[str, str], *, is_gone: bool = False
) -> dict[vol.Marker, SelectSelector]:
    """The field for the main fuse or a circuit below it.

    Args:
        field: Its name.
        circuits: Id to name.
        is_gone: Whether the circuit chosen before was deleted. Nothing is preset then, as the main fuse may allow more
            than it did, and a browser presets every required field.
    """
    marker = vol.Optional(field) if is_gone else vol.Required(field, default=MAIN)
    return {marker: choice([MAIN, *circuits], CONF_CIRCUIT, circuits)}


def named_choice(names: Mapping[str, str]) -> SelectSelector:
    """A choice among things with names of their own."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[SelectOptionDict(value=value, label=name) for value, name in names.items()],
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def entity(*domains: str, units: Iterable[str | None] = ()) -> EntitySelector:
    """An entity of one of the domains, with one of the units where some are given."""
    config = EntityWithDeviceFilterSelectorConfig(domain=list(domains))
    if accepted := [unit for unit in units if unit]:
        config["unit_of_measurement"] = sorted(accepted)
    return EntitySelector(EntitySelectorConfig(filter=config))


def per_line(user_input: Mapping[str, Any], prefix: str) -> list[float]:
    """The values of the fields of L1, L2, L3; a field left empty is a line that is not there."""
    return [user_input.get(line_field(prefix, line), 0.0) for line in range(LINES)]


def suggest_lines(prefix: str, values: Sequence[float]) -> dict[str, float]:
    """The fields of the lines that have a value above 0."""
    return {line_field(prefix, line): value for line, value in enumerate(values) if value > 0}


def check_name(user_input: Mapping[str, Any]) -> None:
    """Refuse a name that nobody can see.

    Raises:
        FormError: Where it is empty or blank.
    """
    if not user_input[CONF_NAME].strip():
        raise FormError("name_empty", CONF_NAME)


def check_fuse(user_input: Mapping[str, Any]) -> None:
    """Refuse a fuse that is there but carries nothing: a line that is not there is left empty.

    Raises:
        FormError: With the first field that is 0, negative or no number.
    """
    for line in range(LINES):
        field = line_field(CONF_FUSE, line)
        if field in user_input and not 0 < user_input[field] < math.inf:
            raise FormError("fuse_not_positive", field)
