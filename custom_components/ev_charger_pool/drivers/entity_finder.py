"""Finds entities of known integrations in Home Assistant's registries, never by their names or entity ids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
import re

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er

from .fields import Fields

NOT_SET_UP = frozenset({er.RegistryEntryDisabler.CONFIG_ENTRY, er.RegistryEntryDisabler.DEVICE})
"""Why entities are disabled that cannot be turned on one by one: their device or their integration is off."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPattern:
    """What tells one entity from all others of its device.

    Args:
        domain: ``sensor``, ``number``, ``switch``...
        translation_key: As the integration gives it; None where it gives none or it does not matter.
        unique_id: Has to match the whole unique id; None where it does not matter. ``{name}`` in it stands for what
            the named group of another pattern has matched.
    """

    domain: str
    translation_key: str | None = None
    unique_id: re.Pattern[str] | None = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The groups of another pattern that are filled in."""
        return tuple(_PLACEHOLDER.findall(self.unique_id.pattern)) if self.unique_id else ()

    def filled(self, groups: Mapping[str, str | None]) -> EntityPattern:
        """The same pattern with what the groups have matched."""
        if self.unique_id is None or not self.placeholders:
            return self
        text = _PLACEHOLDER.sub(lambda name: re.escape(groups[name[1]] or ""), self.unique_id.pattern)
        return replace(self, unique_id=re.compile(text))

    def groups(self, entity: er.RegistryEntry) -> Mapping[str, str | None]:
        """What its named groups match in the unique id of an entity."""
        match = self.unique_id.fullmatch(entity.unique_id) if self.unique_id else None
        return match.groupdict() if match else {}

    def matches(self, entity: er.RegistryEntry) -> bool:
        """Whether an entity is one of this kind."""
        return (
            entity.domain == self.domain
            and self.translation_key in (None, entity.translation_key)
            and (self.unique_id is None or self.unique_id.fullmatch(entity.unique_id) is not None)
        )


def entity_pattern(fields: Fields, domain: str | None = None) -> EntityPattern:
    """Take ``domain``, ``translation_key`` and ``unique_id`` from a data file; other fields are left.

    Args:
        fields: Where they are.
        domain: The domain where the file does not say it.

    Raises:
        ProfileError: Where neither key nor unique id is there, or a field is not usable.
    """
    if "translation_key" not in fields and "unique_id" not in fields:
        raise fields.refuse("translation_key", "is missing, and so is unique_id")
    if domain is None or "domain" in fields:
        domain = fields.text("domain")
    return EntityPattern(
        domain=domain,
        translation_key=fields.text("translation_key") if "translation_key" in fields else None,
        unique_id=fields.pattern("unique_id") if "unique_id" in fields else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEntities:
    """The entities that one integration has made for one device.

    Args:
        device: None for entities that belong to no device, such as those of an integration set up in YAML.
        name: What the device is called.
        area: The name of the area that it is in, None where it is in none.
        entities: All of them, disabled ones as well.
    """

    device: dr.AnyDeviceEntry | None
    name: str
    area: str | None
    entities: tuple[er.RegistryEntry, ...]

    @property
    def label(self) -> str:
        """The device's name, with its area where the name does not hold it."""
        if self.area is None or self.area.casefold() in self.name.casefold():
            return self.name
        return f"{self.name} ({self.area})"

    def find_all(self, pattern: EntityPattern) -> list[er.RegistryEntry]:
        """All entities that match."""
        return [entity for entity in self.entities if pattern.matches(entity)]

    def find(self, pattern: EntityPattern) -> er.RegistryEntry | None:
        """The entity that matches; None where there is none, or several so that nobody knows which."""
        match self.find_all(pattern):
            case [entity]:
                return entity
        return None


@callback
def devices_of(hass: HomeAssistant, integrations: Iterable[str]) -> list[tuple[str, DeviceEntities]]:
    """Integration and entities of every device that one of the integrations has made entities for, in a fixed order."""
    wanted = frozenset(integrations)
    found: dict[tuple[str, str | None], list[er.RegistryEntry]] = {}
    for entity in er.async_get(hass).entities.values():
        if entity.platform in wanted:
            found.setdefault((entity.platform, entity.device_id), []).append(entity)
    return sorted(
        ((integration, _device(hass, integration, device_id, found)) for integration, device_id in found),
        key=lambda pair: (pair[1].label.casefold(), pair[0], pair[1].device.id if pair[1].device else ""),
    )


def _device(
    hass: HomeAssistant,
    integration: str,
    device_id: str | None,
    found: Mapping[tuple[str, str | None], list[er.RegistryEntry]],
) -> DeviceEntities:
    device = dr.async_get(hass).async_get(device_id) if device_id else None
    area_id = dr.async_get_effective_area_id(hass, device) if device else None
    area = ar.async_get(hass).async_get_area(area_id) if area_id else None
    return DeviceEntities(
        device=device,
        name=(device and (device.name_by_user or device.name)) or integration,
        area=area.name if area else None,
        entities=tuple(sorted(found[integration, device_id], key=lambda entity: entity.unique_id)),
    )
