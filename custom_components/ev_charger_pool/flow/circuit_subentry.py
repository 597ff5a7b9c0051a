"""Subentry flow: a circuit with a fuse of its own below the main fuse."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.data_entry_flow import section
import voluptuous as vol

from ..const import CONF_AVERAGE, CONF_BREAKER, CONF_FUSE, CONF_METER, CONF_PARENT, CONF_RESERVE
from ..entry_data import CircuitData, MeterData
from ..pool.model import Breaker
from ..wiring import lines_of
from .average_form import average_data, average_fields, check_average, suggest_average
from .existing import check_lines_free, check_place, circuit_names, is_gone
from .forms import (
    SECTION_ADVANCED,
    FormError,
    amperes,
    check_fuse,
    check_name,
    choice,
    circuit_choice,
    line_field,
    per_line,
    suggest_lines,
)
from .meter_kinds import KnownMeter, MeterKind, async_offered_meters
from .meter_steps import MeterSteps


class CircuitSubentryFlow(MeterSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ConfigSubentryFlow):
    """Add a circuit or change one."""

    _form: dict[str, Any]

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """A new circuit."""
        return await self._async_circuit_step("user", None, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Another place, fuse or meter for a circuit."""
        return await self._async_circuit_step("reconfigure", self._get_reconfigure_subentry(), user_input)

    async def _async_circuit_step(
        self, step_id: str, circuit: ConfigSubentry | None, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        entry = self._get_entry()
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                _check_circuit(entry, circuit, user_input)
            except FormError as err:
                shown = err.shown
            else:
                self._form = user_input
                return await self._async_choose_meter(circuit)
        offered = await async_offered_meters(self.hass, (entry.entry_id, circuit.subentry_id) if circuit else None)
        schema = _circuit_schema(entry, circuit, offered)
        suggested = user_input or (_suggest_circuit(entry, circuit) if circuit else None)
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, suggested), **shown
        )

    async def _async_choose_meter(self, circuit: ConfigSubentry | None) -> SubentryFlowResult:
        kind = MeterKind(self._form[CONF_METER])
        if kind is MeterKind.NONE:
            return self._save(None)
        fuse = per_line(self._form, CONF_FUSE)
        if circuit is None:
            return await self._async_ask_meter(kind, fuse)
        return await self._async_ask_meter(
            kind,
            fuse,
            KnownMeter(
                place=(self._entry_id, circuit.subentry_id),
                meter=circuit.data.get(CONF_METER),
                fuse=circuit.data[CONF_FUSE],
            ),
        )

    @override
    async def _async_meter_confirmed(self, meter: MeterData) -> SubentryFlowResult:
        return self._save(meter)

    def _save(self, meter: MeterData | None) -> SubentryFlowResult:
        data = CircuitData(
            parent=self._form[CONF_PARENT],
            fuse=per_line(self._form, CONF_FUSE),
            breaker=self._form[CONF_BREAKER],
            reserve=per_line(self._form, CONF_RESERVE),
        )
        if meter is not None:
            data["meter"] = meter
        average = average_data(self._form[SECTION_ADVANCED])
        if average is not None:
            data["average"] = average
        title = self._form[CONF_NAME]
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), title=title, data=data
            )
        return self.async_create_entry(title=title, data=data)


def _circuit_schema(entry: ConfigEntry, circuit: ConfigSubentry | None, offered: tuple[MeterKind, ...]) -> vol.Schema:
    lines = lines_of(entry.data[CONF_FUSE])
    parents = circuit_names(entry)
    meters = [MeterKind.NONE, *offered]
    parent_is_gone = False
    if circuit is not None:
        parents.pop(circuit.subentry_id)
        parent_is_gone = is_gone(entry, circuit.data[CONF_PARENT])
        if CONF_METER in circuit.data:
            meters.insert(0, MeterKind.KEEP)
    return vol.Schema(
        {
            vol.Required(CONF_NAME): str,
            **circuit_choice(CONF_PARENT, parents, is_gone=parent_is_gone),
            **{vol.Optional(line_field(CONF_FUSE, line)): amperes() for line in lines},
            vol.Required(CONF_BREAKER, default=Breaker.B.value): choice([*Breaker], CONF_BREAKER),
            vol.Required(CONF_METER, default=meters[0].value): choice(meters, CONF_METER),
            **{vol.Optional(line_field(CONF_RESERVE, line)): amperes() for line in lines},
            vol.Required(SECTION_ADVANCED): section(vol.Schema(average_fields()), {"collapsed": True}),
        }
    )


def _suggest_circuit(entry: ConfigEntry, circuit: ConfigSubentry) -> dict[str, Any]:
    parent = circuit.data[CONF_PARENT]
    return {
        CONF_NAME: circuit.title,
        **({} if is_gone(entry, parent) else {CONF_PARENT: parent}),
        CONF_BREAKER: circuit.data[CONF_BREAKER],
        **suggest_lines(CONF_FUSE, circuit.data[CONF_FUSE]),
        **suggest_lines(CONF_RESERVE, circuit.data[CONF_RESERVE]),
        SECTION_ADVANCED: suggest_average(circuit.data.get(CONF_AVERAGE)),
    }


def _check_circuit(entry: ConfigEntry, circuit: ConfigSubentry | None, user_input: Mapping[str, Any]) -> None:
    """Refuse a circuit that cannot be.

    Raises:
        FormError: With the field that is wrong.
    """
    check_name(user_input)
    check_fuse(user_input)
    fuse = per_line(user_input, CONF_FUSE)
    if not any(fuse):
        raise FormError("fuse_not_positive", line_field(CONF_FUSE, lines_of(entry.data[CONF_FUSE])[0]))
    circuit_id = None if circuit is None else circuit.subentry_id
    check_place(entry, circuit_id, user_input.get(CONF_PARENT), fuse)
    if circuit_id is not None:
        check_lines_free(entry, circuit_id, fuse)
    for line, kept_free in enumerate(per_line(user_input, CONF_RESERVE)):
        if not 0 <= kept_free <= fuse[line]:
            raise FormError("reserve_not_possible", line_field(CONF_RESERVE, line))
    check_average(user_input[SECTION_ADVANCED], fuse, metered=user_input[CONF_METER] != MeterKind.NONE)
