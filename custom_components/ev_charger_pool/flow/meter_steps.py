"""The steps that ask for a meter, read it once and show what it reads: the same for a site and a circuit."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)
import voluptuous as vol

from ..const import (
    CONF_CURRENTS,
    CONF_KIND,
    CONF_POWERS,
    CONF_VOLTAGES,
    KIND_ENTITIES,
)
from ..devices import async_meter_profiles, known_network_meters
from ..entry_data import EntityMeterData, MeterData
from ..pool.model import PerLine
from ..wiring import lines_of
from .address_form import meter_at, meter_schema, suggest_address
from .existing import check_meter_free
from .forms import FormError, entity, line_field
from .probing import async_probe_meter
from .sources import entity_of, source_of

_NOT_THERE = "-"


class MeterKind(StrEnum):
    """What the forms offer as a meter."""

    KEEP = "keep"
    NONE = "none"
    MODBUS = "modbus"
    """Any that is asked over the network by its address, also without Modbus."""
    CURRENTS = "currents"
    POWERS_VOLTAGES = "powers_voltages"
    CURRENTS_POWERS = "currents_powers"


METERS = (MeterKind.MODBUS, MeterKind.CURRENTS, MeterKind.POWERS_VOLTAGES, MeterKind.CURRENTS_POWERS)

type Measure = Literal["currents", "powers", "voltages"]

_SENSORS: dict[MeterKind, tuple[Measure, ...]] = {
    MeterKind.CURRENTS: (CONF_CURRENTS,),
    MeterKind.POWERS_VOLTAGES: (CONF_POWERS, CONF_VOLTAGES),
    MeterKind.CURRENTS_POWERS: (CONF_CURRENTS, CONF_POWERS),
}
_FIELD: dict[Measure, str] = {CONF_CURRENTS: "current", CONF_POWERS: "power", CONF_VOLTAGES: "voltage"}
_CONVERTER: dict[Measure, type[BaseUnitConverter]] = {
    CONF_CURRENTS: ElectricCurrentConverter,
    CONF_POWERS: PowerConverter,
    CONF_VOLTAGES: ElectricPotentialConverter,
}


def kind_of(meter: MeterData) -> MeterKind:
    """What was chosen when this meter was set up."""
    if meter[CONF_KIND] != KIND_ENTITIES:
        return MeterKind.MODBUS
    return next(kind for kind, lists in _SENSORS.items() if meter.keys() - {CONF_KIND} == set(lists))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeter:
    """What a circuit that is being changed has.

    Args:
        place: Entry id and subentry id of the circuit, None for the main fuse.
        meter: Its meter, None without one.
        fuse: Rated current per line.
    """

    place: tuple[str, str | None]
    meter: MeterData | None
    fuse: Sequence[float]

    def of_kind(self, kind: MeterKind) -> MeterData | None:
        """The meter, if it is of this kind."""
        return self.meter if self.meter is not None and kind_of(self.meter) is kind else None


class MeterSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Ends in ``_async_meter_confirmed`` with a meter that has just been read."""

    _meter: MeterData
    _meter_kind: MeterKind
    _metered_fuse: Sequence[float]
    _known_meter: KnownMeter | None
    _reads: PerLine

    @abstractmethod
    async def _async_meter_confirmed(self, meter: MeterData) -> ResultT:
        """Go on once the user has seen what the meter reads."""

    async def _async_ask_meter(
        self, kind: MeterKind, fuse: Sequence[float], known: KnownMeter | None = None
    ) -> ResultT:
        """Start the steps; a meter that is kept is only asked again where it has to measure other lines than before.

        Args:
            kind: What the user chose.
            fuse: Rated current per line of the circuit that it measures.
            known: What the circuit has now, where it exists already.
        """
        if kind is MeterKind.KEEP and known is not None and known.meter is not None:
            if lines_of(fuse) == lines_of(known.fuse):
                return await self._async_meter_confirmed(known.meter)
            kind = kind_of(known.meter)
        self._meter_kind = kind
        self._metered_fuse = fuse
        self._known_meter = known
        if kind is MeterKind.MODBUS:
            return await self.async_step_meter_modbus()
        return await self.async_step_meter_entities()

    async def async_step_meter_modbus(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """A meter on the network."""
        profiles, models = await async_meter_profiles(self.hass), known_network_meters(self.hass)
        known = self._known_meter.meter if self._known_meter else None
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                return await self._async_try_meter(meter_at(profiles, models, user_input, known))
            except FormError as err:
                shown = err.shown
        suggested = user_input or self._suggested_meter()
        schema = self.add_suggested_values_to_schema(meter_schema(profiles, models), suggested)
        return self.async_show_form(step_id="meter_modbus", data_schema=schema, **shown)

    async def async_step_meter_entities(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Sensors that Home Assistant has already."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                return await self._async_try_meter(self._entity_meter(user_input))
            except FormError as err:
                shown = err.shown
        schema = vol.Schema(
            {
                vol.Required(line_field(_FIELD[name], line)): entity("sensor", units=_CONVERTER[name].VALID_UNITS)
                for line in lines_of(self._metered_fuse)
                for name in _SENSORS[self._meter_kind]
            }
        )
        suggested = user_input or self._suggested_meter()
        return self.async_show_form(
            step_id="meter_entities", data_schema=self.add_suggested_values_to_schema(schema, suggested), **shown
        )

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show what the meter reads before it is saved."""
        if user_input is not None:
            return await self._async_meter_confirmed(self._meter)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                f"l{line + 1}": _NOT_THERE if amperes is None else f"{amperes:.1f} {UnitOfElectricCurrent.AMPERE}"
                for line, amperes in enumerate(self._reads)
            },
        )

    async def _async_try_meter(self, meter: MeterData) -> ResultT:
        check_meter_free(self.hass, meter, self._known_meter.place if self._known_meter else None)
        self._reads = await async_probe_meter(self.hass, meter, self._metered_fuse)
        self._meter = meter
        return await self.async_step_confirm()

    def _suggested_meter(self) -> Mapping[str, Any] | None:
        known = self._known_meter.of_kind(self._meter_kind) if self._known_meter else None
        if known is None:
            return None
        return _suggest(self.hass, known) if known[CONF_KIND] == KIND_ENTITIES else suggest_address(known)

    def _entity_meter(self, user_input: Mapping[str, Any]) -> EntityMeterData:
        """The meter of a filled in form.

        Raises:
            FormError: Where an entity is one of ours or stands for two lines.
        """
        meter = EntityMeterData(kind=KIND_ENTITIES)
        for name in _SENSORS[self._meter_kind]:
            sources: list[str | None] = []
            for line, rated in enumerate(self._metered_fuse):
                field = line_field(_FIELD[name], line)
                source = source_of(self.hass, user_input[field], field) if rated > 0 else None
                if source is not None and source in sources and name != CONF_VOLTAGES:
                    raise FormError("same_sensor", field)
                sources.append(source)
            meter[name] = sources
        return meter


def _suggest(hass: HomeAssistant, meter: EntityMeterData) -> dict[str, str]:
    """The fields of a known meter, as far as its entities are still there."""
    return {
        line_field(_FIELD[name], line): entity_id
        for name in _SENSORS[kind_of(meter)]
        for line, source in enumerate(meter[name])
        if source is not None and (entity_id := entity_of(hass, source)) is not None
    }
