"""Recognises the chargers that integrations of Home Assistant already know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..pool.model import Grid
from .entities import Entities
from .entity_finder import NOT_SET_UP, DeviceEntities, devices_of
from .entity_values import EntityValues
from .mapping_model import ChargerMapping, SelectPause, Sources, SwitchPause, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedCharger:
    """A charger of an integration.

    Args:
        mapping: Of the integration.
        device: With all its entities.
        anchor: The entity that stands for the charger.
        sources: Role to registry id of the entities that are there and enabled.
        disabled: Role to entity of those that are turned off in Home Assistant.
        missing: Roles for which there is no entity, as far as it does not work without them.
    """

    mapping: ChargerMapping
    device: DeviceEntities
    anchor: er.RegistryEntry
    sources: Sources
    disabled: Mapping[str, er.RegistryEntry]
    missing: frozenset[str]

    @property
    def key(self) -> str:
        """What tells it from all others, also after it was renamed."""
        return self.anchor.id

    @property
    def label(self) -> str:
        """How a list shows it: name and area of its device, and its integration where the name does not tell."""
        title = self.mapping.title
        label = self.device.label
        return label if title.casefold() in label.casefold() else f"{label}, {title}"

    @property
    def serial(self) -> str | None:
        """The serial number, from the device or the group ``serial`` of the anchor; None where nothing tells."""
        told = self.mapping.entities[self.mapping.anchor].pattern.groups(self.anchor).get("serial")
        device = self.device.device
        return (device.serial_number if isinstance(device, dr.DeviceEntry) else None) or told

    @property
    def currents(self) -> frozenset[str]:
        """The roles that are there for its currents alone."""
        others = {rule.value.role for rule in self.mapping.roles.state}
        return frozenset(value.role for values in self.mapping.roles.currents for value in values) - others

    @property
    def conflicting(self) -> frozenset[str]:
        """The roles that are there for what must not balance beside us alone."""
        pause = self.mapping.roles.pause
        return frozenset(conflict.role for conflict in self.mapping.conflicts) - (
            {pause.role} if isinstance(pause, SwitchPause | SelectPause) else set()
        )

    @property
    def needed(self) -> frozenset[str]:
        """The roles without which it does not work."""
        return frozenset(role for role, wanted in self.mapping.entities.items() if not wanted.optional)

    @property
    def ready(self) -> bool:
        """Whether all is there that it needs; nobody has to choose an entity then."""
        return self.needed <= self.sources.keys()

    @callback
    def in_the_way(self, hass: HomeAssistant) -> list[tuple[er.RegistryEntry, tuple[str, ...]]]:
        """What balances beside us now, and the states in which it would not."""
        found = []
        for conflict in self.mapping.conflicts:
            source = self.sources.get(conflict.role)
            entity_id = er.async_resolve_entity_id(er.async_get(hass), source) if source else None
            state = hass.states.get(entity_id) if entity_id else None
            entity = er.async_get(hass).async_get(entity_id) if entity_id else None
            if entity is None or state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
                continue
            if state.state not in conflict.states:
                found.append((entity, conflict.states))
        return found


@callback
def recognise(hass: HomeAssistant, mappings: Mapping[str, ChargerMapping]) -> list[RecognisedCharger]:
    """The chargers of all known integrations, one for each socket, in a fixed order."""
    return [
        charger
        for integration, device in devices_of(hass, mappings)
        for charger in _chargers(mappings[integration], device)
    ]


def _chargers(mapping: ChargerMapping, device: DeviceEntities) -> Iterator[RecognisedCharger]:
    pattern = mapping.entities[mapping.anchor].pattern
    for anchor in device.find_all(pattern):
        if anchor.disabled_by in NOT_SET_UP:
            continue
        groups = pattern.groups(anchor)
        found = {mapping.anchor: anchor}
        for role, wanted in mapping.entities.items():
            if role != mapping.anchor and (entity := device.find(wanted.pattern.filled(groups))) is not None:
                found[role] = entity
        yield RecognisedCharger(
            mapping=mapping,
            device=device,
            anchor=anchor,
            sources={role: entity.id for role, entity in found.items() if not entity.disabled},
            disabled={role: entity for role, entity in found.items() if entity.disabled},
            missing=frozenset(
                role for role, wanted in mapping.entities.items() if not wanted.optional and role not in found
            ),
        )


@callback
def useful_sources(hass: HomeAssistant, charger: RecognisedCharger, grid: Grid) -> Sources:
    """The entities that a charger is made of on this kind of grid, without those that tell nothing.

    Attributes that hold no current now are taken for missing: some integrations have them for some models only. With
    the currents of some phases turned off, those of the others do not tell how many phases it charges on.
    """
    roles = charger.mapping.roles
    measured = roles.measured(charger.sources)
    values = EntityValues(Entities(hass, charger.sources.values()), charger.sources)
    told = (
        grid in charger.mapping.grids
        and measured == roles.measured(charger.sources.keys() | charger.disabled.keys())
        and all(_may_tell(values, value) for value in measured)
    )
    used = {value.role for value in measured} if told else set()
    idle = (charger.currents - used) | (charger.conflicting - used)
    return {role: source for role, source in charger.sources.items() if role not in idle}


def _may_tell(values: EntityValues, value: Value) -> bool:
    return value.attribute is None or values.amperes(value) is not None
