"""The fields of an average power over a quarter-hour or an hour: the same for a site and a circuit."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.const import UnitOfPower
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode
import voluptuous as vol

from ..entry_data import AverageData
from .forms import SECTION_ADVANCED, FormError, choice

AVERAGE_POWER = "average_power"
AVERAGE_MINUTES = "average_minutes"
_MINUTES = ("15", "60")
_VOLTS = 240.0
"""The most there is on any grid; only to tell watts from kilowatts."""


def average_fields() -> dict[vol.Marker, Any]:
    """Power and time; a power left empty is no limit."""
    return {
        vol.Optional(AVERAGE_POWER): NumberSelector(
            NumberSelectorConfig(
                mode=NumberSelectorMode.BOX, step="any", unit_of_measurement=UnitOfPower.KILO_WATT.value
            )
        ),
        vol.Required(AVERAGE_MINUTES, default=_MINUTES[0]): choice(_MINUTES, AVERAGE_MINUTES),
    }


def average_data(fields: Mapping[str, Any]) -> AverageData | None:
    """What is saved of filled in fields that were checked, None without a limit."""
    if AVERAGE_POWER not in fields:
        return None
    return AverageData(watts=fields[AVERAGE_POWER] * 1000, minutes=int(fields[AVERAGE_MINUTES]))


def suggest_average(average: AverageData | None) -> dict[str, Any]:
    """The fields of an average that is saved."""
    if average is None:
        return {}
    return {AVERAGE_POWER: average["watts"] / 1000, AVERAGE_MINUTES: str(average["minutes"])}


def check_average(fields: Mapping[str, Any], fuse: Sequence[float], *, metered: bool) -> None:
    """Refuse an average that nobody can keep or measure.

    Args:
        fields: The filled in section.
        fuse: Rated current per line of the circuit.
        metered: Whether the circuit has a meter.

    Raises:
        FormError: Where there is no meter, the power is not above 0, or no average can ever exceed it.
    """
    if AVERAGE_POWER not in fields:
        return
    if not metered:
        raise FormError("average_needs_meter", SECTION_ADVANCED)
    most = sum(fuse) * _VOLTS / 1000
    if not 0 < fields[AVERAGE_POWER] <= most:
        raise FormError("average_not_possible", SECTION_ADVANCED, most=f"{most:.1f}")
