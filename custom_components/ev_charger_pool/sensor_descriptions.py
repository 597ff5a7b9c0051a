"""What all currents, powers and energies have in common."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower


@dataclass(frozen=True, kw_only=True)
class ValueDescription[SourceT, ValueT](SensorEntityDescription):
    """A sensor with the way to its value.

    Args:
        value_fn: From what the sensor looks at to the value, in the native unit.
    """

    value_fn: Callable[[SourceT], ValueT]
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT


@dataclass(frozen=True, kw_only=True)
class CurrentDescription[SourceT, ValueT](ValueDescription[SourceT, ValueT]):
    """A current, A."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.CURRENT
    native_unit_of_measurement: str | None = UnitOfElectricCurrent.AMPERE
    suggested_display_precision: int | None = 1


@dataclass(frozen=True, kw_only=True)
class PowerDescription[SourceT, ValueT](ValueDescription[SourceT, ValueT]):
    """A power, W."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.POWER
    native_unit_of_measurement: str | None = UnitOfPower.WATT
    suggested_display_precision: int | None = 0


@dataclass(frozen=True, kw_only=True)
class EnergyDescription[SourceT, ValueT](ValueDescription[SourceT, ValueT]):
    """An energy that only rises, Wh, shown in kWh."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.ENERGY
    state_class: SensorStateClass | None = SensorStateClass.TOTAL_INCREASING
    native_unit_of_measurement: str | None = UnitOfEnergy.WATT_HOUR
    suggested_unit_of_measurement: str | None = UnitOfEnergy.KILO_WATT_HOUR
    suggested_display_precision: int | None = 2
