"""The values that the entities of a charger tell, and the currents that its limit takes."""

from dataclasses import dataclass

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfElectricCurrent
from homeassistant.core import State
from homeassistant.util.unit_conversion import ElectricCurrentConverter

from .entities import Entities, Measured, number_in
from .mapping_model import Limit, Sources, Value


class EntityValues:
    """Looks values up; every method raises EntityMissing where an entity was removed.

    Args:
        entities: Where entities are looked up.
        sources: Which ones they are.
    """

    def __init__(self, entities: Entities, sources: Sources) -> None:
        self._entities = entities
        self._sources = sources

    def told(self, value: Value) -> object | None:
        """What stands there, None where nothing does."""
        state = self._state(value)
        return None if state is None else _text(state, value)

    def amperes(self, value: Value) -> Measured | None:
        """The current that stands there, None where there is none."""
        state = self._state(value)
        if state is None:
            return None
        ampere = UnitOfElectricCurrent.AMPERE
        return number_in(
            _text(state, value), _unit(state, value), state.last_reported, ElectricCurrentConverter, ampere
        )

    def unit(self, value: Value) -> str | None:
        """The unit that a value is in, None where nothing tells."""
        state = self._state(value)
        return None if state is None else _unit(state, value)

    def _state(self, value: Value) -> State | None:
        source = self._sources.get(value.role)
        return self._entities.state(source) if source else None


def _text(state: State, value: Value) -> object | None:
    return state.state if value.attribute is None else state.attributes.get(value.attribute)


def _unit(state: State, value: Value) -> str | None:
    given: str | None = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if value.attribute is None else None
    return given or value.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The currents that a limit takes, A: lowest above 0, highest and step."""

    minimum: float
    maximum: float
    step: float


def span_of(entities: Entities, limit: Limit | None, sources: Sources) -> Span | None:
    """The currents that a limit takes now; None without one, where its entity does not tell them or none is left.

    Raises:
        EntityMissing: Where an entity was removed.
    """
    if limit is None:
        return None
    minimum, maximum, step = limit.minimum, limit.maximum, limit.step
    if isinstance(limit.write, str):
        state = entities.state(sources[limit.write])
        if state is None or ATTR_MAX not in state.attributes:
            return None
        minimum = max(minimum, float(state.attributes.get(ATTR_MIN, 0.0)))
        maximum = min(maximum, float(state.attributes[ATTR_MAX]))
        step = float(state.attributes.get(ATTR_STEP, step))
    if limit.ceiling is not None and (ceiling := EntityValues(entities, sources).amperes(limit.ceiling)) is not None:
        maximum = min(maximum, ceiling.value)
    return Span(minimum=minimum, maximum=maximum, step=step) if minimum <= maximum and 0 < step <= maximum else None
