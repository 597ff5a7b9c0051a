"""Steps of the charger's own flow: its model and address, or the serial port that it hangs on."""

from abc import abstractmethod
from typing import Any

from homeassistant.config_entries import SubentryFlowResult

from ..const import CONF_DRIVER, CONF_MODEL, CONF_PROFILE
from ..devices import async_charger_profiles, known_network_chargers
from ..entry_data import ChargerDriverData, ModbusChargerData
from .address_form import charger_at, charger_schema, is_on_port, rtu_models, suggest_address
from .forms import FormError
from .recognised_steps import RecognisedSteps
from .serial_form import on_port, serial_schema, suggest_serial


class AddressSteps(RecognisedSteps):
    """Ends in ``_async_try`` with the charger that was named."""

    _on_port: ModbusChargerData

    @abstractmethod
    async def _async_try(self, driver: ChargerDriverData) -> SubentryFlowResult:
        """Ask the charger once and go on.

        Raises:
            FormError: Where it cannot be used.
        """

    async def async_step_host(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """A charger whose model and address the user knows."""
        profiles, models = await async_charger_profiles(self.hass), known_network_chargers(self.hass)
        known = self._own.data[CONF_DRIVER] if self._own else None
        errors: dict[str, str] = {}
        placeholders = {"rtu_models": rtu_models(profiles)}
        if user_input is not None:
            try:
                driver = charger_at(profiles, models, user_input, known)
                if is_on_port(driver):
                    self._on_port = driver
                    return await self.async_step_serial()
                return await self._async_try(driver)
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
        suggested = user_input or (suggest_address(known) if known else None)
        return self.async_show_form(
            step_id="host",
            data_schema=self.add_suggested_values_to_schema(charger_schema(profiles, models), suggested),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_serial(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The serial port of this charger."""
        profile = (await async_charger_profiles(self.hass))[self._on_port[CONF_PROFILE]]
        errors: dict[str, str] = {}
        placeholders = {CONF_MODEL: profile.title}
        if user_input is not None:
            try:
                return await self._async_try(on_port(self._on_port, profile, user_input))
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
        suggested = user_input or suggest_serial(profile, self._own.data[CONF_DRIVER] if self._own else None)
        return self.async_show_form(
            step_id="serial",
            data_schema=self.add_suggested_values_to_schema(serial_schema(), suggested),
            errors=errors,
            description_placeholders=placeholders,
        )
