"""The steps that ask for a meter, read it once and show what it reads: the same for a site and a circuit."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from homeassistant.const import CONF_HOST, UnitOfElectricCurrent
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.helpers import entity_registry as er
import voluptuous as vol

from ..const import (
    CONF_CURRENTS,
    CONF_KIND,
    CONF_MODEL,
    CONF_POWERS,
    CONF_PROFILE,
    CONF_VOLTAGES,
    KIND_ENTITIES,
)
from ..devices import async_meter_profiles, known_network_meters
from ..drivers.entity_meter_finder import FoundMeter, Sources
from ..drivers.interface import CannotConnect, MeterValues
from ..drivers.network.model import NetworkMeter
from ..entry_data import EntityMeterData, MeterData, ModbusData
from ..wiring import lines_of
from .address_form import is_on_port, meter_at, meter_schema, rtu_models, suggest_address, to_be_heard
from .existing import check_meter_free, measured_by
from .forms import FormError, entity, line_field, named_choice
from .meter_kinds import (
    CONVERTER,
    FIELD,
    QUANTITY,
    SENSORS,
    KnownMeter,
    MeterKind,
    async_free_meters,
    kind_of,
)
from .meter_pace import async_describe_pace
from .probing import async_probe_meter
from .serial_form import on_port, serial_schema, suggest_serial
from .sources import entity_of, source_of

_NOT_THERE = "-"

CONF_FOUND = "found"

HEAR_SECONDS = 2.0
"""Meters that send to everybody do so each second."""


class MeterSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Ends in ``_async_meter_confirmed`` with a meter that has just been read."""

    _meter: MeterData
    _meter_kind: MeterKind
    _metered_fuse: Sequence[float]
    _known_meter: KnownMeter | None
    _reads: MeterValues
    _picked_meter: FoundMeter
    _on_port: ModbusData
    _suggested_sensors: Mapping[str, str] | None
    _heard_form: dict[str, Any]
    _heard: Mapping[str, str]

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
        self._suggested_sensors = None
        if kind is MeterKind.MODBUS:
            return await self.async_step_meter_modbus()
        if kind is MeterKind.FOUND:
            return await self.async_step_meter_found()
        return await self.async_step_meter_entities()

    async def async_step_meter_found(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """A meter that Home Assistant already has, or where it is gone the form for its sensors."""
        found = await async_free_meters(self.hass, self._place)
        if not found:
            self._meter_kind = MeterKind.CURRENTS
            return await self.async_step_meter_entities()
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                return await self._async_take_found(found, user_input[CONF_FOUND])
            except FormError as err:
                shown = err.shown
        schema = vol.Schema(
            {vol.Required(CONF_FOUND): named_choice({key: meter.label for key, meter in found.items()})}
        )
        known = self._known_meter.meter if self._known_meter else None
        present = measured_by(known) if known else set()
        preset = next((key for key, meter in found.items() if meter.measured_by & present), next(iter(found)))
        return self.async_show_form(
            step_id="meter_found",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {CONF_FOUND: preset}),
            **shown,
        )

    async def async_step_meter_turn_on(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Sensors of the meter that are turned off in Home Assistant."""
        disabled = self._picked_meter.disabled(lines_of(self._metered_fuse))
        if user_input is None:
            names = ", ".join(sensor.name or sensor.original_name or sensor.entity_id for sensor in disabled)
            return self.async_show_form(
                step_id="meter_turn_on",
                data_schema=vol.Schema({}),
                description_placeholders={"meter": self._picked_meter.label, "sensors": names},
            )
        for sensor in disabled:
            er.async_get(self.hass).async_update_entity(sensor.entity_id, disabled_by=None)
        return await self.async_step_meter_turned_on()

    async def async_step_meter_turned_on(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Wait until the sensors that were turned on show values; the user says when to look again."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                return await self._async_take_found(
                    await async_free_meters(self.hass, self._place), self._picked_meter.key
                )
            except FormError as err:
                shown = err.shown
        return self.async_show_form(step_id="meter_turned_on", data_schema=vol.Schema({}), **shown)

    async def async_step_meter_modbus(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """A meter on the network, or on a serial port."""
        profiles, models = await async_meter_profiles(self.hass), known_network_meters(self.hass)
        known = self._known_meter.meter if self._known_meter else None
        errors: dict[str, str] = {}
        placeholders = {"rtu_models": rtu_models(profiles)}
        if user_input is not None:
            try:
                if (model := to_be_heard(models, user_input)) is not None:
                    self._heard_form, self._heard = user_input, await _async_hear(model)
                    return await self.async_step_meter_heard()
                meter = meter_at(profiles, models, user_input, known)
                if is_on_port(meter):
                    self._on_port = meter
                    return await self.async_step_meter_serial()
                return await self._async_try_meter(meter)
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
        suggested = user_input or self._suggested_meter()
        return self.async_show_form(
            step_id="meter_modbus",
            data_schema=self.add_suggested_values_to_schema(meter_schema(profiles, models), suggested),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_meter_serial(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """The serial port of this meter."""
        profile = (await async_meter_profiles(self.hass))[self._on_port[CONF_PROFILE]]
        errors: dict[str, str] = {}
        placeholders = {CONF_MODEL: profile.title}
        if user_input is not None:
            try:
                return await self._async_try_meter(on_port(self._on_port, profile, user_input))
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
        suggested = user_input or suggest_serial(profile, self._known_meter.meter if self._known_meter else None)
        return self.async_show_form(
            step_id="meter_serial",
            data_schema=self.add_suggested_values_to_schema(serial_schema(), suggested),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_meter_heard(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """One of the meters that are heard, by its serial number: it is known by that at any address."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            models = known_network_meters(self.hass)
            try:
                return await self._async_try_meter(meter_at({}, models, self._heard_form | user_input, None))
            except FormError as err:
                shown = err.shown
        schema = vol.Schema({vol.Required(CONF_HOST, default=next(iter(self._heard))): named_choice(self._heard)})
        return self.async_show_form(step_id="meter_heard", data_schema=schema, **shown)

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
                vol.Required(line_field(FIELD[name], line)): entity("sensor", units=CONVERTER[name].VALID_UNITS)
                for line in lines_of(self._metered_fuse)
                for name in SENSORS[self._meter_kind]
            }
        )
        suggested = user_input or self._suggested_sensors or self._suggested_meter()
        return self.async_show_form(
            step_id="meter_entities", data_schema=self.add_suggested_values_to_schema(schema, suggested), **shown
        )

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show what the meter reads before it is saved."""
        if user_input is not None:
            return await self._async_meter_confirmed(self._meter)
        currents = {
            f"l{line + 1}": _NOT_THERE if amperes is None else f"{amperes:.1f} {UnitOfElectricCurrent.AMPERE}"
            for line, amperes in enumerate(self._reads.amperes)
        }
        pace = await async_describe_pace(self.hass, self._meter, self._reads.age)
        return self.async_show_form(
            step_id="confirm", data_schema=vol.Schema({}), description_placeholders={**currents, "pace": pace}
        )

    async def _async_take_found(self, found: Mapping[str, FoundMeter], key: str) -> ResultT:
        """Go on with a meter: to its confirmation, to what is turned off, or to the form where something is missing.

        Raises:
            FormError: Where it is not there any more, or does not answer.
        """
        if key not in found:
            raise FormError("meter_gone")
        self._picked_meter = found[key]
        lines = lines_of(self._metered_fuse)
        if self._picked_meter.disabled(lines):
            return await self.async_step_meter_turn_on()
        sources = self._picked_meter.sources(lines)
        if sources is not None:
            return await self._async_try_meter(_found_data(sources))
        self._meter_kind, self._suggested_sensors = _by_hand(self._picked_meter, lines)
        return await self.async_step_meter_entities()

    async def _async_try_meter(self, meter: MeterData) -> ResultT:
        check_meter_free(self.hass, meter, self._place)
        self._reads = await async_probe_meter(self.hass, meter, self._metered_fuse)
        self._meter = meter
        return await self.async_step_confirm()

    @property
    def _place(self) -> tuple[str, str | None] | None:
        return self._known_meter.place if self._known_meter else None

    def _suggested_meter(self) -> Mapping[str, Any] | None:
        """The fields of the known meter, as far as this form has them and its entities are still there."""
        known = self._known_meter.meter if self._known_meter else None
        if known is None or (known[CONF_KIND] != KIND_ENTITIES) is not (self._meter_kind is MeterKind.MODBUS):
            return None
        if known[CONF_KIND] != KIND_ENTITIES:
            return suggest_address(known)
        return {
            line_field(FIELD[name], line): entity_id
            for name in SENSORS[self._meter_kind]
            for line, source in enumerate(known.get(name, ()))
            if source is not None and (entity_id := entity_of(self.hass, source)) is not None
        }

    def _entity_meter(self, user_input: Mapping[str, Any]) -> EntityMeterData:
        """The meter of a filled in form.

        Raises:
            FormError: Where an entity is one of ours or stands for two lines.
        """
        meter = EntityMeterData(kind=KIND_ENTITIES)
        for name in SENSORS[self._meter_kind]:
            sources: list[str | None] = []
            for line, rated in enumerate(self._metered_fuse):
                field = line_field(FIELD[name], line)
                source = source_of(self.hass, user_input[field], field) if rated > 0 else None
                if source is not None and source in sources and name != CONF_VOLTAGES:
                    raise FormError("same_sensor", field)
                sources.append(source)
            meter[name] = sources
        return meter


async def _async_hear(model: NetworkMeter) -> dict[str, str]:
    """Serial number to label of the meters that are heard.

    Raises:
        FormError: Where none is.
    """
    try:
        heard = await model.hear(HEAR_SECONDS) if model.hear is not None else ()
    except CannotConnect as err:
        raise FormError("nothing_heard", CONF_HOST) from err
    labels = {
        one.identity.serial: f"{one.identity.manufacturer} {one.identity.model}, {one.identity.serial} ({one.host})"
        for one in heard
        if one.identity.serial is not None
    }
    if not labels:
        raise FormError("nothing_heard", CONF_HOST)
    return labels


def _found_data(sources: Sources) -> EntityMeterData:
    meter = EntityMeterData(kind=KIND_ENTITIES)
    if (currents := sources.get("currents")) is not None:
        meter["currents"] = currents
    if (powers := sources.get("powers")) is not None:
        meter["powers"] = powers
    if (exports := sources.get("exports")) is not None:
        meter["exports"] = exports
    if (voltages := sources.get("voltages")) is not None:
        meter["voltages"] = voltages
    return meter


def _by_hand(meter: FoundMeter, lines: Collection[int]) -> tuple[MeterKind, dict[str, str]]:
    """The form for a meter of which a sensor is missing, and what is known of it."""
    known = {name: meter.known(quantity, lines) for name, quantity in QUANTITY.items()}
    if known[CONF_CURRENTS]:
        kind = MeterKind.CURRENTS_POWERS if known[CONF_POWERS] else MeterKind.CURRENTS
    else:
        kind = MeterKind.POWERS_VOLTAGES
    return kind, {
        line_field(FIELD[name], line): entity_id for name in SENSORS[kind] for line, entity_id in known[name].items()
    }
