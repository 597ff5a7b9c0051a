"""The forms of a charger made of entities: which ones, what their words mean and which currents they take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
)
from homeassistant.core import HomeAssistant, State, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode
from homeassistant.util.unit_conversion import ElectricCurrentConverter
import voluptuous as vol

from ..const import (
    CONF_LIMIT,
    CONF_MAXIMUM,
    CONF_MINIMUM,
    CONF_PAUSE,
    CONF_STATE,
    CONF_STEP,
    KIND_ENTITIES,
)
from ..entry_data import EntityChargerData
from ..pool.model import LINES, Capability, VehicleState
from .forms import FormError, amperes, entity, line_field
from .sources import entity_of, source_of
from .state_words import sorted_by_meaning

CURRENT = "current"
STORED = "stored"
LEAST_CURRENT = Capability().minimum
"""A, below which no car charges (IEC 61851-1)."""

MEANINGS = {
    VehicleState.A: "no_car",
    VehicleState.B: "connected",
    VehicleState.C: "charging",
    VehicleState.E: "fault",
}
"""Field of the form for each state that words can stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChoice:
    """The registry ids of the entities of a charger; ``currents`` are in the order of its phases."""

    state: str
    limit: str
    pause: str | None
    currents: tuple[str, ...]


def entities_schema() -> vol.Schema:
    """The form that asks for the entities."""
    return vol.Schema(
        {
            vol.Required(CONF_STATE): entity("sensor", "binary_sensor", "select", "input_select"),
            vol.Required(CONF_LIMIT): entity("number", "input_number", units=[UnitOfElectricCurrent.AMPERE]),
            vol.Optional(CONF_PAUSE): entity("switch", "input_boolean"),
            **{
                vol.Optional(line_field(CURRENT, phase)): entity("sensor", units=ElectricCurrentConverter.VALID_UNITS)
                for phase in range(LINES)
            },
            vol.Required(STORED, default=False): bool,
        }
    )


def choose_entities(hass: HomeAssistant, user_input: Mapping[str, Any]) -> EntityChoice:
    """The entities of a filled in form.

    Raises:
        FormError: Where the limit is stored (R12), not there or not in A, nothing can pause the charger, or a current
            is left out or named twice.
    """
    if user_input[STORED]:
        raise FormError("stored", STORED)
    _available(hass, user_input, CONF_STATE)
    limit = _available(hass, user_input, CONF_LIMIT)
    if limit.attributes.get(ATTR_UNIT_OF_MEASUREMENT) != UnitOfElectricCurrent.AMPERE:
        raise FormError("not_ampere", CONF_LIMIT)
    pause = None
    if CONF_PAUSE in user_input:
        _available(hass, user_input, CONF_PAUSE)
        pause = source_of(hass, user_input[CONF_PAUSE], CONF_PAUSE)
    elif (least := limit.attributes.get(ATTR_MIN, 0)) > 0:
        raise FormError("pause_needed", CONF_PAUSE, minimum=f"{least:g}")
    return EntityChoice(
        state=source_of(hass, user_input[CONF_STATE], CONF_STATE),
        limit=source_of(hass, user_input[CONF_LIMIT], CONF_LIMIT),
        pause=pause,
        currents=_currents(hass, user_input),
    )


def _available(hass: HomeAssistant, user_input: Mapping[str, Any], field: str) -> State:
    state = hass.states.get(user_input[field])
    if state is None or state.state == STATE_UNAVAILABLE:
        raise FormError("entity_unavailable", field)
    return state


def _currents(hass: HomeAssistant, user_input: Mapping[str, Any]) -> tuple[str, ...]:
    currents: list[str] = []
    for phase in range(LINES):
        field = line_field(CURRENT, phase)
        if field not in user_input:
            continue
        if len(currents) < phase:
            raise FormError("phase_skipped", line_field(CURRENT, len(currents)))
        source = source_of(hass, user_input[field], field)
        if source in currents:
            raise FormError("same_sensor", field)
        currents.append(source)
    return tuple(currents)


def suggest_entities(hass: HomeAssistant, driver: EntityChargerData) -> dict[str, str]:
    """The fields of a charger that exists, as far as its entities are still there."""
    sources = {
        CONF_STATE: driver["state"],
        CONF_LIMIT: driver["limit"],
        **({CONF_PAUSE: driver["pause"]} if "pause" in driver else {}),
        **{line_field(CURRENT, phase): source for phase, source in enumerate(driver.get("currents", ()))},
    }
    return {field: entity_id for field, source in sources.items() if (entity_id := entity_of(hass, source)) is not None}


def states_schema(hass: HomeAssistant, chosen: EntityChoice) -> vol.Schema:
    """The form that asks for the meaning of the words and for the currents."""
    words = SelectSelector(
        SelectSelectorConfig(
            options=_words(hass, chosen), multiple=True, custom_value=True, mode=SelectSelectorMode.DROPDOWN
        )
    )
    return vol.Schema(
        {
            **{vol.Optional(field): words for field in MEANINGS.values()},
            vol.Required(CONF_MINIMUM): amperes(),
            vol.Required(CONF_MAXIMUM): amperes(),
            vol.Required(CONF_STEP): amperes(),
        }
    )


def suggest_states(hass: HomeAssistant, chosen: EntityChoice, known: EntityChargerData | None) -> dict[str, Any]:
    """What the words usually mean and the currents that the limit offers; what is known of the charger comes first."""
    if known is not None:
        return {
            **{
                field: [word for word, letter in known["state_map"].items() if letter == state]
                for state, field in MEANINGS.items()
            },
            CONF_MINIMUM: known["minimum"],
            CONF_MAXIMUM: known["maximum"],
            CONF_STEP: known["step"],
        }
    words = sorted_by_meaning(_words(hass, chosen))
    limits = _limits(hass, chosen)
    return {
        **{field: words[state] for state, field in MEANINGS.items()},
        CONF_MINIMUM: max(limits.get(ATTR_MIN, 0.0), LEAST_CURRENT),
        CONF_MAXIMUM: limits.get(ATTR_MAX),
        CONF_STEP: limits.get(ATTR_STEP),
    }


def entity_charger(hass: HomeAssistant, chosen: EntityChoice, user_input: Mapping[str, Any]) -> EntityChargerData:
    """The charger of both forms.

    Raises:
        FormError: Where a word has two meanings, no word stands for charging, or the currents are not possible.
    """
    minimum, maximum, step = (user_input[field] for field in (CONF_MINIMUM, CONF_MAXIMUM, CONF_STEP))
    if not minimum >= LEAST_CURRENT:
        raise FormError("minimum_too_low", CONF_MINIMUM, minimum=f"{LEAST_CURRENT:g}")
    if not maximum >= minimum:
        raise FormError("maximum_below_minimum", CONF_MAXIMUM, minimum=f"{minimum:g}")
    hardware = _limits(hass, chosen).get(ATTR_MAX, maximum)
    if maximum > hardware:
        raise FormError("maximum_above_hardware", CONF_MAXIMUM, hardware=f"{hardware:g}")
    if not 0 < step <= maximum:
        raise FormError("step_not_possible", CONF_STEP)
    data = EntityChargerData(
        kind=KIND_ENTITIES,
        state=chosen.state,
        state_map=_state_map(user_input),
        limit=chosen.limit,
        minimum=minimum,
        maximum=maximum,
        step=step,
    )
    if chosen.pause is not None:
        data["pause"] = chosen.pause
    if chosen.currents:
        data["currents"] = list(chosen.currents)
    return data


def _state_map(user_input: Mapping[str, Any]) -> dict[str, str]:
    letters: dict[str, str] = {}
    for state, field in MEANINGS.items():
        for word in user_input.get(field, ()):
            if word in letters:
                raise FormError("word_twice", field, word=word)
            letters[word] = state.value
    if VehicleState.C not in letters.values():
        raise FormError("charging_word_needed", MEANINGS[VehicleState.C])
    return letters


def entity_charger_name(hass: HomeAssistant, limit: str) -> str:
    """What the charger is called until the user names it: its device's name, else the name of its limit."""
    entity_id = entity_of(hass, limit)
    entry = er.async_get(hass).async_get(entity_id) if entity_id else None
    device = dr.async_get(hass).async_get(entry.device_id) if entry and entry.device_id else None
    if isinstance(device, dr.DeviceEntry) and (name := device.name_by_user or device.name):
        return name
    state = _state(hass, limit)
    return state.name if state else limit


def _state(hass: HomeAssistant, source: str) -> State | None:
    entity_id = entity_of(hass, source)
    return hass.states.get(entity_id) if entity_id else None


def _words(hass: HomeAssistant, chosen: EntityChoice) -> list[str]:
    """The words that the state entity can show, as far as it tells."""
    state = _state(hass, chosen.state)
    if state is None:
        return []
    if split_entity_id(state.entity_id)[0] == "binary_sensor":
        return [STATE_OFF, STATE_ON]
    words: list[str] = list(state.attributes.get("options", ()))
    if state.state not in {*words, STATE_UNAVAILABLE, STATE_UNKNOWN}:
        words.append(state.state)
    return words


def _limits(hass: HomeAssistant, chosen: EntityChoice) -> dict[str, float]:
    """Least, most and step that the limit offers, as far as it tells."""
    state = _state(hass, chosen.limit)
    if state is None:
        return {}
    return {key: state.attributes[key] for key in (ATTR_MIN, ATTR_MAX, ATTR_STEP) if key in state.attributes}
