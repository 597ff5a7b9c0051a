"""Between the entities that a form shows and the registry ids that are saved, so that renamed ones are still found."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from .forms import FormError


@callback
def source_of(hass: HomeAssistant, entity_id: str, field: str) -> str:
    """The registry id of an entity; its entity id where its integration gives it no unique id.

    Raises:
        FormError: With the field, where the entity is one of ours: it would measure what it decides.
    """
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None:
        return entity_id
    if entry.platform == DOMAIN:
        raise FormError("own_entity", field)
    return entry.id


@callback
def entity_of(hass: HomeAssistant, source: str) -> str | None:
    """The present entity id, None where the entity was removed."""
    return er.async_resolve_entity_id(er.async_get(hass), source)
