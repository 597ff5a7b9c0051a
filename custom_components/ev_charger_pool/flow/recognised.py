"""Chargers that Home Assistant already has: which ones no site has yet, and what a form shows of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_STATE, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations, async_translate_state

from ..const import (
    CONF_DRIVER,
    CONF_KIND,
    CONF_LIMIT,
    CONF_PAUSE,
    DOMAIN,
    KIND_ENTITIES,
    KIND_MAPPING,
    LINE_NAMES,
    SUBENTRY_CHARGER,
)
from ..devices import async_charger_mappings
from ..drivers.entities import Entities
from ..drivers.entity_charger import EntityCharger
from ..drivers.entity_recognition import RecognisedCharger, recognise, useful_sources
from ..drivers.entity_values import span_of
from ..drivers.mapping_model import ChargerMapping, Sources, SwitchPause
from ..entry_data import ChargerDriverData, MappedChargerData
from ..pool.model import Grid
from .entity_charger_form import CURRENT
from .forms import FormError, line_field
from .marks import async_saved_marks, recognised_marks
from .sources import entity_of


class RecognisedInfo(dict[str, str]):
    """What starts a flow for a charger that another integration has brought: its key."""

    def __init__(self, key: str) -> None:
        super().__init__(key=key)


NOT_TOLD = "–"  # noqa: RUF001 - a dash for a value that is not there


async def async_recognised(hass: HomeAssistant, own: ConfigSubentry | None = None) -> list[RecognisedCharger]:
    """The chargers that no site has yet.

    Args:
        hass: Home Assistant.
        own: A charger that is being changed: it does not count as one that a site has.
    """
    chargers = recognise(hass, await async_charger_mappings(hass))
    marks = recognised_marks(hass, chargers)
    saved = await async_saved_marks(hass, own)
    taken, serials = _taken(hass, own)
    return [
        charger
        for charger in chargers
        if charger.serial not in serials
        and taken.isdisjoint((charger.key, charger.sources.get(_written(charger))))
        and not any(one.same(marks[charger.key]) for one in saved)
    ]


def _taken(hass: HomeAssistant, own: ConfigSubentry | None) -> tuple[set[str | None], set[str | None]]:
    """The registry ids and the serial numbers of the chargers of all sites."""
    sources: set[str | None] = set()
    serials: set[str | None] = set()
    for entry in hass.config_entries.async_entries(DOMAIN):
        for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
            if own is not None and charger.subentry_id == own.subentry_id:
                continue
            driver: ChargerDriverData = charger.data[CONF_DRIVER]
            if driver[CONF_KIND] == KIND_MAPPING:
                sources |= set(driver["entities"].values())
            elif driver[CONF_KIND] == KIND_ENTITIES:
                sources |= {driver["state"], driver["limit"]}
            elif charger.unique_id is not None:
                serials.add(charger.unique_id.rpartition("_")[0])
    return sources - {None}, serials - {None}


def _written(charger: RecognisedCharger) -> str:
    """The role of the entity that takes the limit; that of the anchor where an action does."""
    limit = charger.mapping.roles.limit
    return limit.write if limit is not None and isinstance(limit.write, str) else charger.mapping.anchor


def mapped_unique_id(driver: MappedChargerData, charger: RecognisedCharger) -> str:
    """What tells a charger from every other one: the entity that takes its limit, as for chosen entities."""
    return driver["entities"][_written(charger)]


def mapped_data(hass: HomeAssistant, charger: RecognisedCharger, grid: Grid) -> MappedChargerData:
    """What is saved of a charger that is ready.

    Raises:
        FormError: Where it has no limit, or that does not tell which currents it takes.
    """
    sources = useful_sources(hass, charger, grid)
    span = span_of(Entities(hass, sources.values()), charger.mapping.roles.limit, sources)
    if span is None:
        raise FormError("entities_unavailable")
    return MappedChargerData(
        kind=KIND_MAPPING,
        mapping=charger.mapping.integration,
        entities=dict(sources),
        minimum=span.minimum,
        maximum=span.maximum,
        step=span.step,
    )


def check_conflicts(hass: HomeAssistant, charger: RecognisedCharger) -> None:
    """Refuse a charger that balances by itself.

    Raises:
        FormError: With what has to be changed first, and to what.
    """
    for entity, states in charger.in_the_way(hass):
        wanted = ", ".join(_translated(hass, entity, state) for state in states)
        raise FormError("conflict", entity=_name(hass, entity.entity_id), wanted=wanted)


def suggest_roles(hass: HomeAssistant, mapping: ChargerMapping, sources: Sources) -> dict[str, str]:
    """The fields of the form for entities, as far as the entities of a charger fit into them."""
    roles = mapping.roles
    fitting = {CONF_STATE: mapping.anchor}
    if roles.limit is not None and isinstance(roles.limit.write, str):
        fitting[CONF_LIMIT] = roles.limit.write
    if isinstance(roles.pause, SwitchPause) and roles.pause.on_runs:
        fitting[CONF_PAUSE] = roles.pause.role
    for phase, value in enumerate(roles.measured(sources)):
        if value.attribute is None:
            fitting[line_field(CURRENT, phase)] = value.role
    found = {field: sources.get(role) for field, role in fitting.items()}
    return {
        field: entity_id
        for field, source in found.items()
        if source is not None and (entity_id := entity_of(hass, source)) is not None
    }


@dataclass(frozen=True, slots=True)
class LiveValues:
    """What a charger tells now, as a form shows it."""

    state: str
    currents: str
    limit: str
    span: str

    @property
    def placeholders(self) -> dict[str, str]:
        """For the text of a form."""
        return {"state": self.state, "currents": self.currents, "limit": self.limit, "span": self.span}


async def async_live_values(hass: HomeAssistant, charger: RecognisedCharger, driver: EntityCharger) -> LiveValues:
    """Read a charger once.

    Raises:
        DriverError: Where it does not answer.
    """
    values = await driver.read()
    capability = driver.capability
    told = [value for value in values.amperes if value is not None]
    state = hass.states.get(charger.anchor.entity_id)
    return LiveValues(
        state=_translated(hass, charger.anchor, state.state) if state else NOT_TOLD,
        currents=", ".join(f"{name} {value:.1f} A" for name, value in zip(LINE_NAMES, told, strict=False)) or NOT_TOLD,
        limit=NOT_TOLD if driver.standing_limit is None else f"{driver.standing_limit:g} A",
        span=f"{capability.minimum:g} A – {capability.maximum:g} A",  # noqa: RUF001 - a range
    )


async def async_obstacles(hass: HomeAssistant, chargers: Iterable[RecognisedCharger]) -> str:
    """The chargers that cannot be balanced, each with its reason, as lines of a text."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    options = f"component.{DOMAIN}.selector.obstacle.options"
    return "\n".join(
        f"- {charger.label} {texts.get(f'{options}.{obstacle.value}', obstacle.value)}"
        for charger in chargers
        if (obstacle := charger.mapping.obstacle) is not None
    )


@callback
def entity_names(entities: Mapping[str, er.RegistryEntry]) -> str:
    """The names of entities that are turned off."""
    return ", ".join(sorted({entity.name or entity.original_name or entity.entity_id for entity in entities.values()}))


@callback
def enable(hass: HomeAssistant, charger: RecognisedCharger) -> None:
    """Turn on what is turned off of a charger; Home Assistant sets its integration up anew."""
    for entity in charger.disabled.values():
        er.async_get(hass).async_update_entity(entity.entity_id, disabled_by=None)


def _name(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    return state.name if state and state.state != STATE_UNAVAILABLE else entity_id


def _translated(hass: HomeAssistant, entity: er.RegistryEntry, state: str) -> str:
    return async_translate_state(
        hass, state, entity.domain, entity.platform, entity.translation_key, entity.original_device_class
    )


def device_name(charger: RecognisedCharger) -> str:
    """What a charger is called until the user names it."""
    device = charger.device.device
    return charger.device.name if isinstance(device, dr.BaseDeviceEntry) else charger.mapping.title
