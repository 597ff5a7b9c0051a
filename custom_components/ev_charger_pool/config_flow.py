"""Config flow: a site, its meter, and a charger that the network or another integration has brought."""

from collections.abc import Sequence
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryData,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback

from .const import (
    CONF_FUSE,
    CONF_GRID,
    CONF_METER,
    DOMAIN,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
)
from .entry_data import MeterData, SiteData
from .flow.charger_subentry import ChargerSubentryFlow
from .flow.circuit_subentry import CircuitSubentryFlow
from .flow.discovery_steps import DiscoverySteps
from .flow.existing import check_grid, check_lines_free
from .flow.forms import FormError, per_line
from .flow.meter_kinds import KnownMeter, MeterKind, async_offered_meters
from .flow.meter_steps import MeterSteps
from .flow.site_form import check_site, site_data, site_schema, suggest_site
from .pool.model import MAIN, Grid


class PoolConfigFlow(
    MeterSteps[ConfigFlowContext, ConfigFlowResult, str],
    DiscoverySteps,
    domain=DOMAIN,
):
    """Add a site or change one, or put a charger that was discovered into one."""

    VERSION = 1

    _form: dict[str, Any]

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """What can be added to a site."""
        return {SUBENTRY_CHARGER: ChargerSubentryFlow, SUBENTRY_CIRCUIT: CircuitSubentryFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A new site."""
        return await self._async_site_step("user", None, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Another fuse, grid, patience or meter for a site."""
        return await self._async_site_step("reconfigure", self._get_reconfigure_entry(), user_input)

    async def _async_site_step(
        self, step_id: str, entry: ConfigEntry | None, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                check_site(user_input)
                if entry is not None:
                    check_grid(entry, Grid(user_input[CONF_GRID]))
                    check_lines_free(entry, MAIN, per_line(user_input, CONF_FUSE))
            except FormError as err:
                shown = err.shown
            else:
                self._form = user_input
                return await self._async_ask_meter(
                    MeterKind(user_input[CONF_METER]), per_line(user_input, CONF_FUSE), _known_meter(entry)
                )
        meters = await async_offered_meters(self.hass, (entry.entry_id, None) if entry else None)
        schema = site_schema(meters if entry is None else (MeterKind.KEEP, *meters))
        suggested = user_input or (suggest_site(entry) if entry else None)
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, suggested), **shown
        )

    @override
    async def _async_meter_confirmed(self, meter: MeterData) -> ConfigFlowResult:
        data = site_data(self._form, meter)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(self._get_reconfigure_entry(), title=self._form[CONF_NAME], data=data)
        if self._waiting:
            return await self.async_step_details()
        return self.async_create_entry(title=self._form[CONF_NAME], data=data)

    @property
    @override
    def _new_site(self) -> SiteData:
        return site_data(self._form, self._meter)

    @override
    async def _async_create(self, chargers: Sequence[ConfigSubentry]) -> ConfigFlowResult:
        await self.async_set_unique_id(None)
        return self.async_create_entry(
            title=self._form[CONF_NAME],
            data=self._new_site,
            subentries=[
                ConfigSubentryData(
                    subentry_type=charger.subentry_type,
                    title=charger.title,
                    unique_id=charger.unique_id,
                    data=charger.data,
                )
                for charger in chargers
            ],
        )


def _known_meter(entry: ConfigEntry | None) -> KnownMeter | None:
    if entry is None:
        return None
    return KnownMeter(place=(entry.entry_id, None), meter=entry.data[CONF_METER], fuse=entry.data[CONF_FUSE])
