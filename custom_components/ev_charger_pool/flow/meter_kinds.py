"""The kinds of meters that the forms offer, and what each of them is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)

from ..const import CONF_CURRENTS, CONF_KIND, CONF_POWERS, CONF_VOLTAGES, KIND_ENTITIES
from ..devices import async_meter_mappings
from ..drivers.entity_meter_finder import FoundMeter, find_meters
from ..drivers.meter_mapping import Quantity
from ..entry_data import MeterData
from .existing import measured_elsewhere


class MeterKind(StrEnum):
    """What the forms offer as a meter."""

    KEEP = "keep"
    NONE = "none"
    FOUND = "found"
    MODBUS = "modbus"
    """Any that is asked over the network by its address, also without Modbus."""
    CURRENTS = "currents"
    POWERS_VOLTAGES = "powers_voltages"
    CURRENTS_POWERS = "currents_powers"


METERS = (MeterKind.MODBUS, MeterKind.CURRENTS, MeterKind.POWERS_VOLTAGES, MeterKind.CURRENTS_POWERS)

type Measure = Literal["currents", "powers", "voltages"]

SENSORS: dict[MeterKind, tuple[Measure, ...]] = {
    MeterKind.CURRENTS: (CONF_CURRENTS,),
    MeterKind.POWERS_VOLTAGES: (CONF_POWERS, CONF_VOLTAGES),
    MeterKind.CURRENTS_POWERS: (CONF_CURRENTS, CONF_POWERS),
}
FIELD: dict[Measure, str] = {CONF_CURRENTS: "current", CONF_POWERS: "power", CONF_VOLTAGES: "voltage"}
QUANTITY: dict[Measure, Quantity] = {
    CONF_CURRENTS: Quantity.CURRENT,
    CONF_POWERS: Quantity.POWER,
    CONF_VOLTAGES: Quantity.VOLTAGE,
}
CONVERTER: dict[Measure, type[BaseUnitConverter]] = {
    CONF_CURRENTS: ElectricCurrentConverter,
    CONF_POWERS: PowerConverter,
    CONF_VOLTAGES: ElectricPotentialConverter,
}


def kind_of(meter: MeterData) -> MeterKind:
    """What was chosen when this meter was set up, or for the same sensors could have been."""
    if meter[CONF_KIND] != KIND_ENTITIES:
        return MeterKind.MODBUS
    lists = meter.keys() - {CONF_KIND}
    return next((kind for kind, names in SENSORS.items() if lists == set(names)), MeterKind.FOUND)


async def async_offered_meters(hass: HomeAssistant, own: tuple[str, str | None] | None = None) -> tuple[MeterKind, ...]:
    """What a form offers; meters that Home Assistant already has come first where there are any."""
    return (MeterKind.FOUND, *METERS) if await async_free_meters(hass, own) else METERS


async def async_free_meters(hass: HomeAssistant, own: tuple[str, str | None] | None) -> dict[str, FoundMeter]:
    """By key the meters of known integrations that measure no circuit yet, or this one.

    Args:
        hass: Home Assistant.
        own: Entry id and subentry id (None for the main fuse) of the circuit that is being changed.
    """
    taken = measured_elsewhere(hass, own)
    found = find_meters(hass, await async_meter_mappings(hass))
    return {meter.key: meter for meter in found if not meter.measured_by & taken}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeter:
    """What a circuit that is being changed has.

    Args:
        place: Entry id and subentry id of the circuit, None for the main fuse.
        meter: Its meter, None without one.
        fuse: Rated current per line.
    """

    place: tuple[str, str | None]
    meter: MeterData | None
    fuse: Sequence[float]
