"""Base classes of the entities, and how those of chargers are added while the site runs."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator

from .choices import ChargerChoices
from .const import DOMAIN, LINE_NAMES
from .coordinator import ChargerCoordinator
from .device_registry import site_device_id
from .pool.model import MAIN, Decision
from .runner import PoolConfigEntry, PoolRunner, new_device_signal
from .site_coordinator import SiteCoordinator


@callback
def async_add_per_charger(
    hass: HomeAssistant,
    entry: PoolConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[str], Iterable[Entity]],
) -> None:
    """Add entities for every charger there is, and for those that come while the site runs.

    Args:
        hass: Home Assistant.
        entry: The site.
        async_add_entities: Of the platform.
        make: From the id of a charger to its entities.
    """
    known: set[str] = set()

    @callback
    def add(key: str) -> None:
        if key not in known and key in entry.runtime_data.chargers:
            known.add(key)
            async_add_entities(make(key), config_subentry_id=key)

    for key in tuple(entry.runtime_data.chargers):
        add(key)
    entry.async_on_unload(async_dispatcher_connect(hass, new_device_signal(entry.entry_id), add))


def owner_of(entry: PoolConfigEntry, circuit: str) -> str:
    """Id of the entry or subentry whose device shows a circuit: the main fuse is shown by the site."""
    return entry.entry_id if circuit == MAIN else circuit


def unique_id(owner: str, key: str, line: int | None = None) -> str:
    """The unique id of an entity.

    Args:
        owner: Id of the entry or subentry whose device it belongs to.
        key: Of its description.
        line: Where there is one entity for each.
    """
    return f"{owner}_{key}" if line is None else f"{owner}_{key}_{LINE_NAMES[line].lower()}"


class PoolEntity[CoordinatorT: DataUpdateCoordinator[Any]](CoordinatorEntity[CoordinatorT]):
    """An entity that the pool keeps current.

    Args:
        entry: The site.
        coordinator: What tells of news.
        owner: Id of the entry or subentry whose device it belongs to.
        description: What it is.
        line: A line of the site or a phase of the charger, where there is one entity for each.
    """

    _attr_has_entity_name = True

    def __init__(
        self,
        entry: PoolConfigEntry,
        coordinator: CoordinatorT,
        owner: str,
        description: EntityDescription,
        line: int | None = None,
    ) -> None:
        super().__init__(coordinator)
        self.entry = entry
        self.entity_description = description
        self._attr_unique_id = unique_id(owner, description.key, line)
        if line is not None:
            self._attr_translation_placeholders = {"line": LINE_NAMES[line]}

    @property
    def runner(self) -> PoolRunner:
        """The running site."""
        return self.entry.runtime_data

    @override
    async def async_update(self) -> None:
        """Values come by themselves, there is nothing to ask for."""


class SiteEntity(PoolEntity[SiteCoordinator]):
    """An entity of the site's device."""

    def __init__(self, entry: PoolConfigEntry, description: EntityDescription, line: int | None = None) -> None:
        super().__init__(entry, entry.runtime_data.site, entry.entry_id, description, line)
        self._attr_device_info = _site_device(entry)


class SiteChoiceEntity(SiteEntity):
    """An entity that keeps a choice of the user for the site: there also while nothing can be decided."""

    @property
    @override
    def available(self) -> bool:
        """Always, as nothing else knows the choice."""
        return True

    async def async_choose(self, **changes: Any) -> None:
        """Keep and follow a choice."""
        await self.runner.async_choose(replace(self.runner.choices, **changes))
        self.async_write_ha_state()


class CircuitEntity(PoolEntity[SiteCoordinator]):
    """An entity of a fuse with a meter; that of the main fuse is the site's."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PoolConfigEntry,
        circuit: str,
        description: EntityDescription,
        line: int | None = None,
    ) -> None:
        super().__init__(entry, entry.runtime_data.site, owner_of(entry, circuit), description, line)
        self.circuit = circuit
        self._attr_device_info = _site_device(entry) if circuit == MAIN else _subentry_device(hass, entry, circuit)


class ChargerEntity(PoolEntity[ChargerCoordinator]):
    """An entity that shows what a charger says; unavailable while it does not answer."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PoolConfigEntry,
        charger: str,
        description: EntityDescription,
        line: int | None = None,
    ) -> None:
        super().__init__(entry, entry.runtime_data.chargers[charger], charger, description, line)
        self._attr_device_info = _subentry_device(hass, entry, charger)

    @property
    @override
    def available(self) -> bool:
        """Whether the charger has answered its last poll."""
        return self.coordinator.heard is not None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the charger, also when it is reached in another way later on."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, new_device_signal(self.entry.entry_id), self._device_replaced)
        )

    @callback
    def _device_replaced(self, key: str) -> None:
        coordinator = self.runner.chargers.get(key)
        if key == self.coordinator.source and coordinator is not None and coordinator is not self.coordinator:
            self.coordinator = coordinator
            self.async_on_remove(coordinator.async_add_listener(self._handle_coordinator_update))
            self._handle_coordinator_update()


class ChargerChoiceEntity(ChargerEntity):
    """An entity that keeps a choice of the user for a charger: there also while the charger does not answer."""

    @property
    @override
    def available(self) -> bool:
        """The choice is the pool's, not the charger's."""
        return True

    @property
    def chosen(self) -> ChargerChoices:
        """What the user chose for the charger."""
        return self.runner.choices.charger(self.coordinator.source)

    async def async_choose(self, **changes: Any) -> None:
        """Keep and follow a choice."""
        await self.runner.async_choose(self.runner.choices.with_charger(self.coordinator.source, **changes))
        self.async_write_ha_state()


class ChargerDecisionEntity(PoolEntity[SiteCoordinator]):
    """An entity of a charger's device that shows what the pool decided, also while the charger does not answer."""

    def __init__(
        self, hass: HomeAssistant, entry: PoolConfigEntry, charger: str, description: EntityDescription
    ) -> None:
        super().__init__(entry, entry.runtime_data.site, charger, description)
        self.charger_id = charger
        self._attr_device_info = _subentry_device(hass, entry, charger)

    @property
    def decision(self) -> Decision | None:
        """The last decision, None before the first."""
        outcome = self.coordinator.data
        return None if outcome is None else outcome.decisions.get(self.charger_id)


def _site_device(entry: PoolConfigEntry) -> DeviceInfo:
    return DeviceInfo(identifiers={(DOMAIN, entry.entry_id)}, entry_type=DeviceEntryType.SERVICE, name=entry.title)


@callback
def _subentry_device(hass: HomeAssistant, entry: PoolConfigEntry, subentry_id: str) -> DeviceInfo:
    """The device of a charger or circuit; what a charger tells of itself is added once it has answered."""
    return DeviceInfo(
        identifiers={(DOMAIN, subentry_id)},
        name=entry.subentries[subentry_id].title,
        via_device_id=site_device_id(hass, entry),
    )


def names(entry: PoolConfigEntry, charger_ids: Iterable[str]) -> list[str]:
    """What the user calls these chargers."""
    return [entry.subentries[key].title for key in charger_ids if key in entry.subentries]
