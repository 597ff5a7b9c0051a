"""How old the values of a meter get, in words, and what can be done where they come too seldom for a fuse."""

from collections.abc import Iterator, Mapping
from itertools import chain

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.loader import async_get_integration

from ..const import CONF_KIND, DOMAIN, KIND_ENTITIES
from ..devices import async_meter_mappings
from ..drivers.meter_mapping import MeterMapping
from ..entry_data import EntityMeterData, MeterData

SLOW = 10.0
"""Seconds above which relief takes noticeably longer; SmartEVSE gives a mains meter up after 11 s (src/main.h)."""

TOO_SLOW = 30.0
"""Seconds above which three values take longer than the 90 s that a meter may be silent at most (R13)."""


async def async_describe_pace(hass: HomeAssistant, meter: MeterData, age: float) -> str:
    """One or two sentences for a form.

    Args:
        hass: Home Assistant.
        meter: The meter asked for.
        age: Seconds since it took the values that it has just told.
    """
    texts = await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})

    def text(key: str, **placeholders: str) -> str:
        return texts.get(f"component.{DOMAIN}.exceptions.{key}.message", key).format(**placeholders)

    usual = list(_usual(hass, meter, await async_meter_mappings(hass))) if meter[CONF_KIND] == KIND_ENTITIES else []
    seconds, mapping = max(usual, key=lambda pace: pace[0], default=(0.0, None))
    seconds = max(seconds, age)
    speed = "too_slow" if seconds > TOO_SLOW else "slow" if seconds > SLOW else "fast"
    sentences = [text(f"meter_pace_{speed}", seconds=f"{max(seconds, 1.0):.0f}")]
    if mapping is not None and speed != "fast":
        integration = await async_get_integration(hass, mapping.integration)
        sentences.append(text(f"meter_pace_{mapping.pace}", name=integration.name))
    return " ".join(sentences)


def _usual(
    hass: HomeAssistant, meter: EntityMeterData, mappings: Mapping[str, MeterMapping]
) -> Iterator[tuple[float, MeterMapping]]:
    """For each sensor of a known integration the seconds between two values, 0 where they are not known."""
    registry = er.async_get(hass)
    listed = (meter.get("currents"), meter.get("powers"), meter.get("exports"), meter.get("voltages"))
    for source in filter(None, chain.from_iterable(filter(None, listed))):
        entity_id = er.async_resolve_entity_id(registry, source)
        sensor = registry.async_get(entity_id) if entity_id else None
        mapping = mappings.get(sensor.platform) if sensor else None
        if sensor is None or mapping is None:
            continue
        entry = hass.config_entries.async_get_entry(sensor.config_entry_id) if sensor.config_entry_id else None
        chosen = entry.options.get(mapping.option) if entry and mapping.option else None
        yield float(chosen if isinstance(chosen, int | float) else mapping.interval or 0.0), mapping
