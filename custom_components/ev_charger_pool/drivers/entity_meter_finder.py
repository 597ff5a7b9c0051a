"""Finds the mains meters that Home Assistant already has."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..pool.model import LINES
from .entity_finder import NOT_SET_UP, DeviceEntities, EntityPattern, devices_of
from .meter_mapping import MeterMapping, MeterVariant, Quantity

type SensorPerLine = tuple[er.RegistryEntry | None, ...]
type Sources = dict[str, list[str | None]]
"""Registry ids per line, by argument of ``EntityMeter``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMeter:
    """A meter of a known integration.

    Args:
        key: Tells it from the others, also when they are looked for again.
        name: What its device is called.
        mapping: Of its integration.
        sensors: For each quantity that such a meter can have the sensor per line, disabled ones as well; None on a line
            without one.
    """

    key: str
    name: str
    mapping: MeterMapping
    sensors: Mapping[Quantity, SensorPerLine]

    @property
    def label(self) -> str:
        """How a list shows it."""
        return f"{self.mapping.title} ({self.name})"

    @property
    def measured_by(self) -> set[str]:
        """The registry ids of its sensors; voltages may be shared between meters."""
        telling = (listed for quantity, listed in self.sensors.items() if quantity is not Quantity.VOLTAGE)
        return {sensor.id for listed in telling for sensor in listed if sensor}

    def sources(self, lines: Collection[int]) -> Sources | None:
        """What a meter on these lines is made of, None where the sensors do not suffice.

        The power gives the direction, and with the voltage what currents in whole amperes hide.
        """
        powers = self._powers(lines)
        voltages = self._ids(Quantity.VOLTAGE, lines, "voltages") if powers else {}
        if currents := self._ids(Quantity.CURRENT, lines, "currents"):
            return currents | powers | (voltages if self.mapping.whole_amperes else {})
        return powers | voltages if voltages else None

    def disabled(self, lines: Collection[int]) -> list[er.RegistryEntry]:
        """The sensors that it needs and that are turned off in Home Assistant."""
        needed = {source for listed in (self.sources(lines) or {}).values() for source in listed}
        sensors = [sensor for listed in self.sensors.values() for sensor in listed if sensor and sensor.id in needed]
        return [sensor for sensor in sensors if sensor.disabled]

    def known(self, quantity: Quantity, lines: Collection[int]) -> dict[int, str]:
        """Line to entity id of the sensors that are there and not disabled."""
        return {
            line: sensor.entity_id
            for line, sensor in enumerate(self.sensors.get(quantity, ()))
            if line in lines and sensor and not sensor.disabled
        }

    def _powers(self, lines: Collection[int]) -> Sources:
        """Sensors of the power on every line; without one for the way out, current out of the site counts as load."""
        if Quantity.IMPORT not in self.sensors:
            return self._ids(Quantity.POWER, lines, "powers") or self._ids(Quantity.EXPORT, lines, "exports")
        imports = self._ids(Quantity.IMPORT, lines, "powers")
        return imports | self._ids(Quantity.EXPORT, lines, "exports") if imports else {}

    def _ids(self, quantity: Quantity, lines: Collection[int], name: str) -> Sources:
        """The sensors of a quantity under a name; nothing where a line has none."""
        sensors = self.sensors.get(quantity)
        if sensors is None or not all(sensors[line] for line in lines):
            return {}
        return {name: [sensor.id if sensor and line in lines else None for line, sensor in enumerate(sensors)]}


@callback
def find_meters(hass: HomeAssistant, mappings: Mapping[str, MeterMapping]) -> list[FoundMeter]:
    """The meters of all known integrations that have a sensor of the current or power of a line, in a fixed order."""
    found: list[FoundMeter] = []
    for (integration, entry_id), owned in _by_entry(hass, mappings).items():
        for number, variant in enumerate(mappings[integration].variants):
            found += [
                FoundMeter(
                    key=f"{integration}/{entry_id}/{number}/{meter}",
                    name=_name(hass, sensors, owned, entry_id) or meter or integration,
                    mapping=mappings[integration],
                    sensors=sensors,
                )
                for meter, sensors in _sensors(variant, owned).items()
                if _is_meter(sensors, variant) and _at_grid(hass, meter, variant, owned)
            ]
    return sorted(found, key=lambda meter: (meter.label.casefold(), meter.key))


type _Owned = list[tuple[er.RegistryEntry, DeviceEntities]]
"""The entities that one entry of an integration has made, with their devices."""


def _by_entry(hass: HomeAssistant, integrations: Iterable[str]) -> dict[tuple[str, str | None], _Owned]:
    """By integration and the id of its entry, None for what is set up in YAML; nothing of a device that is off."""
    owned: dict[tuple[str, str | None], _Owned] = {}
    for integration, device in devices_of(hass, integrations):
        for entity in device.entities:
            if entity.disabled_by not in NOT_SET_UP:
                owned.setdefault((integration, entity.config_entry_id), []).append((entity, device))
    return owned


def _sensors(variant: MeterVariant, owned: _Owned) -> dict[str, dict[Quantity, SensorPerLine]]:
    """By meter what each quantity has on each line; a sensor that cannot be told from another is none."""
    matching: dict[str, dict[tuple[Quantity, int], list[er.RegistryEntry]]] = {}
    for entity, _ in owned:
        for quantity, patterns in variant.sensors.items():
            for line, pattern in enumerate(patterns):
                if (meter := _meter_of(pattern, entity)) is not None:
                    matching.setdefault(meter, {}).setdefault((quantity, line), []).append(entity)
    return {
        meter: {
            quantity: tuple(_only(sensors.get((quantity, line), ())) for line in range(LINES))
            for quantity in variant.sensors
        }
        for meter, sensors in matching.items()
    }


def _meter_of(pattern: EntityPattern, entity: er.RegistryEntry) -> str | None:
    """What the unique id of a sensor says of its meter, None for another entity."""
    if not pattern.matches(entity):
        return None
    told = pattern.unique_id and pattern.unique_id.fullmatch(entity.unique_id)
    return told.groupdict().get("meter", "") if told else ""


def _only(sensors: Sequence[er.RegistryEntry]) -> er.RegistryEntry | None:
    return sensors[0] if len(sensors) == 1 else None


def _is_meter(sensors: Mapping[Quantity, SensorPerLine], variant: MeterVariant) -> bool:
    """Whether there is a current or power on a line, or on all lines where a device with fewer is something else."""
    telling = [sensors[quantity] for quantity in sensors if quantity is not Quantity.VOLTAGE]
    enough = all if variant.all_lines else any
    return any(enough(per_line) for per_line in telling)


def _at_grid(hass: HomeAssistant, meter: str, variant: MeterVariant, owned: _Owned) -> bool:
    """Whether it measures at the grid connection, as far as there is a sensor that tells."""
    if variant.grid_sensor is None:
        return True
    telling = [entity for entity, _ in owned if _meter_of(variant.grid_sensor, entity) == meter]
    states = [hass.states.get(entity.entity_id) for entity in telling]
    return any(state.state in variant.grid_states for state in states if state)


def _name(
    hass: HomeAssistant, sensors: Mapping[Quantity, SensorPerLine], owned: _Owned, entry_id: str | None
) -> str | None:
    """The name of the device, or where each line is one of its own of the device that they hang on."""
    chosen = {sensor.id for per_line in sensors.values() for sensor in per_line if sensor}
    devices = {
        entities.device.id if entities.device else None: entities for entity, entities in owned if entity.id in chosen
    }
    first, *others = devices.values()
    if others and first.device is not None:
        above = dr.async_get(hass).async_get(_above(first.device) or "")
        return (above and (above.name_by_user or above.name)) or first.name
    if first.device is not None:
        return first.name if first.label == first.name else f"{first.name}, {first.area}"
    entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
    return entry.title if entry else None


def _above(device: dr.AnyDeviceEntry) -> str | None:
    """The id of the device that a device is a part of or is reached through."""
    return device.parent_device_id if isinstance(device, dr.ChildDeviceEntry) else device.via_device_id
