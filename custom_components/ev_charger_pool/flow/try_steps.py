"""Steps that take up a charger that Home Assistant already has: turn on what is off, see what it tells, and try it."""

from abc import abstractmethod
import asyncio
from typing import Any

from homeassistant.const import CONF_NAME
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.helpers.event import async_track_state_change_event
import voluptuous as vol

from ..devices import async_charger_mappings
from ..drivers.entity_charger import EntityCharger, mapped_charger
from ..drivers.entity_recognition import RecognisedCharger, recognise
from ..drivers.entity_values import Span
from ..drivers.interface import DriverError
from ..entry_data import MappedChargerData
from ..pool.model import Grid
from .forms import FormError
from .recognised import (
    async_live_values,
    check_conflicts,
    device_name,
    enable,
    entity_names,
    mapped_data,
    mapped_unique_id,
)

CONF_ENABLE = "enable"
CONF_TRY_NOW = "try_now"

ENABLE_TIMEOUT = 90.0
"""Seconds until entities that were turned on show something: Home Assistant waits 30 s before it sets them up."""


class TrySteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Ends in ``_async_accept`` with a charger that has just been read, or in ``_async_ask_entities``."""

    _picked: RecognisedCharger
    _tried: MappedChargerData
    _enabling: asyncio.Task[None]

    @property
    @abstractmethod
    def _grid(self) -> Grid:
        """The kind of grid of the site that it joins."""

    @abstractmethod
    async def _async_accept(self, driver: MappedChargerData, unique_id: str, name: str) -> ResultT:
        """Go on with the charger.

        Raises:
            FormError: Where it does not answer.
            AbortFlow: Where a site has it already.
        """

    @abstractmethod
    async def _async_ask_entities(self) -> ResultT:
        """Go on where something that it needs is missing."""

    async def _async_look(self) -> ResultT:
        """Go on with what has been picked: turn on what is off, ask for what is missing, or show what it tells."""
        if self._picked.disabled:
            return await self.async_step_enable()
        if not self._picked.ready:
            return await self._async_ask_entities()
        return await self.async_step_try()

    async def async_step_enable(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Offer to turn on the entities that are turned off in Home Assistant."""
        if user_input is not None:
            if user_input[CONF_ENABLE]:
                enable(self.hass, self._picked)
                wait = _async_until_told(self.hass, [entity.entity_id for entity in self._picked.disabled.values()])
                self._enabling = self.hass.async_create_task(wait, eager_start=False)
                return await self.async_step_enabling()
            return await (self.async_step_try() if self._picked.ready else self._async_ask_entities())
        return self.async_show_form(
            step_id="enable",
            data_schema=vol.Schema({vol.Required(CONF_ENABLE, default=True): bool}),
            description_placeholders={
                CONF_NAME: device_name(self._picked),
                "entities": entity_names(self._picked.disabled),
            },
        )

    async def async_step_enabling(self, _: dict[str, Any] | None = None) -> ResultT:
        """Wait for the entities."""
        if not self._enabling.done():
            return self.async_show_progress(
                step_id="enabling", progress_action="enabling", progress_task=self._enabling
            )
        return self.async_show_progress_done(next_step_id="enabled")

    async def async_step_enabled(self, _: dict[str, Any] | None = None) -> ResultT:
        """Take the charger as it is now."""
        mappings = await async_charger_mappings(self.hass)
        found = {charger.key: charger for charger in recognise(self.hass, mappings)}
        self._picked = found.get(self._picked.key, self._picked)
        return await (self.async_step_try() if self._picked.ready else self._async_ask_entities())

    async def async_step_try(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show what the charger tells now, and write the limit that stands where the user wants to see it work."""
        charger = self._picked
        errors: dict[str, str] = {}
        placeholders = {CONF_NAME: device_name(charger), "state": "", "currents": "", "limit": "", "span": ""}
        driver = None
        try:
            data = mapped_data(self.hass, charger, self._grid)
            driver = await self._async_driver(data)
            placeholders |= (await async_live_values(self.hass, charger, driver)).placeholders
            if user_input is not None:
                check_conflicts(self.hass, charger)
                self._tried = data
                if user_input.get(CONF_TRY_NOW):
                    limit = await driver.write_again()
                    return self.async_show_form(
                        step_id="tried",
                        data_schema=vol.Schema({}),
                        description_placeholders=placeholders | {"limit": f"{limit:g} A"},
                    )
                return await self.async_step_tried()
        except FormError as err:
            errors[err.field] = err.key
            placeholders |= err.placeholders
        except DriverError as err:
            errors["base"] = "entities_unavailable" if driver is None or user_input is None else "try_failed"
            placeholders["error"] = str(err)
        may_try = driver is not None and driver.can_write_again
        return self.async_show_form(
            step_id="try",
            data_schema=vol.Schema({vol.Required(CONF_TRY_NOW, default=False): bool} if may_try else {}),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_tried(self, _: dict[str, Any] | None = None) -> ResultT:
        """Go on to the charger's place in the house."""
        unique_id = mapped_unique_id(self._tried, self._picked)
        try:
            return await self._async_accept(self._tried, unique_id, device_name(self._picked))
        except FormError:
            return await self.async_step_try()

    async def _async_driver(self, data: MappedChargerData) -> EntityCharger:
        span = Span(minimum=data["minimum"], maximum=data["maximum"], step=data["step"])
        return mapped_charger(self.hass, self._picked.mapping, data["entities"], span)


async def _async_until_told(hass: HomeAssistant, entity_ids: list[str]) -> None:
    """Wait until all entities show something, but not for ever."""
    told = asyncio.Event()

    @callback
    def look(_: Event[EventStateChangedData] | None = None) -> None:
        if all(hass.states.get(entity_id) for entity_id in entity_ids):
            told.set()

    stop = async_track_state_change_event(hass, entity_ids, look)
    look()
    try:
        async with asyncio.timeout(ENABLE_TIMEOUT):
            await told.wait()
    except TimeoutError:
        pass
    finally:
        stop()
