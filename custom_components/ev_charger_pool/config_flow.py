"""Config flow: a site, its meter, and a charger that the network has announced."""

from types import MappingProxyType
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryData,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_HOST, CONF_NAME
from homeassistant.core import callback
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import voluptuous as vol

from .const import (
    CONF_CIRCUIT,
    CONF_CONNECTOR,
    CONF_DRIVER,
    CONF_FUSE,
    CONF_GRID,
    CONF_METER,
    DOMAIN,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
)
from .entry_data import MeterData
from .flow.charger_form import charger_data, charger_name, check_details, details_schema
from .flow.charger_subentry import ChargerSubentryFlow
from .flow.circuit_subentry import CircuitSubentryFlow
from .flow.existing import check_grid, check_lines_free, circuit_fuse, circuit_names, find_charger, online_devices
from .flow.finding import Candidate, async_chargers_at
from .flow.forms import FormError, choice, per_line
from .flow.meter_steps import METERS, KnownMeter, MeterKind, MeterSteps
from .flow.site_form import check_site, site_data, site_schema, suggest_site
from .pool.model import MAIN, Capability, Grid

CONF_SITE = "site"
NEW_SITE = "new"


class PoolConfigFlow(MeterSteps[ConfigFlowContext, ConfigFlowResult, str], ConfigFlow, domain=DOMAIN):
    """Add a site or change one, or put a charger that announced itself into one."""

    VERSION = 1

    _form: dict[str, Any]

    def __init__(self) -> None:
        """Start without a discovered charger."""
        super().__init__()
        self._joined: ConfigEntry | None = None
        self._waiting: list[tuple[Candidate, Capability]] = []
        self._placed: list[ConfigSubentry] = []

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
        schema = site_schema(METERS if entry is None else (MeterKind.KEEP, *METERS))
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

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """A charger has announced itself; one that is in use is not disturbed."""
        names = {discovery_info.host, discovery_info.hostname.removesuffix(".").lower()}
        if any(device["host"].lower() in names for device, _ in online_devices(self.hass) if CONF_CONNECTOR in device):
            return self.async_abort(reason="already_configured")
        found = await async_chargers_at(self.hass, discovery_info.host)
        serial = found[0][0].identity.serial if found else None
        if serial is None:
            return self.async_abort(reason="not_supported")
        await self.async_set_unique_id(serial)
        self._abort_if_unique_id_configured()
        self._waiting = [(candidate, capability) for candidate, capability in found if not self._moved(candidate)]
        if not self._waiting:
            return self.async_abort(reason="already_configured")
        self.context["title_placeholders"] = {CONF_NAME: self._waiting[0][0].label}
        return await self.async_step_zeroconf_confirm()

    def _moved(self, candidate: Candidate) -> bool:
        """Note where a charger that a site has already can be reached now; whether there is one."""
        known = find_charger(self.hass, candidate.unique_id, candidate.driver)
        if known is None:
            return False
        entry, charger = known
        driver = {**charger.data[CONF_DRIVER], CONF_HOST: candidate.driver["host"]}
        self.hass.config_entries.async_update_subentry(entry, charger, data={**charger.data, CONF_DRIVER: driver})
        return True

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the site that the charger joins, or start with a new one."""
        sites = {entry.entry_id: entry for entry in self._async_current_entries(include_ignore=False)}
        if user_input is not None:
            chosen = user_input.get(CONF_SITE, "")
            self._joined = sites.get(chosen)
            if self._joined is not None:
                return await self.async_step_details()
            if chosen == NEW_SITE or not sites:
                return await self.async_step_user()
        names = {entry_id: entry.title for entry_id, entry in sites.items()}
        selector = choice([*sites, NEW_SITE], CONF_SITE, names)
        return self.async_show_form(
            step_id="zeroconf_confirm",
            data_schema=vol.Schema({vol.Required(CONF_SITE, default=next(iter(sites))): selector} if sites else {}),
            description_placeholders={CONF_NAME: ", ".join(candidate.label for candidate, _ in self._waiting)},
        )

    async def async_step_details(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The place of each socket of the discovered charger in the house."""
        candidate, capability = self._waiting[0]
        site = self._joined.data if self._joined else site_data(self._form, self._meter)
        grid = Grid(site[CONF_GRID])
        name = charger_name(candidate.identity)
        errors: dict[str, str] = {}
        placeholders = {CONF_NAME: name}
        if user_input is not None:
            try:
                fuse = (
                    circuit_fuse(self._joined, user_input[CONF_CIRCUIT], CONF_CIRCUIT)
                    if self._joined
                    else site[CONF_FUSE]
                )
                check_details(user_input, grid, fuse, capability)
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
            else:
                self._placed.append(
                    ConfigSubentry(
                        subentry_type=SUBENTRY_CHARGER,
                        title=user_input[CONF_NAME],
                        unique_id=candidate.unique_id,
                        data=MappingProxyType(charger_data(user_input, candidate.driver)),
                    )
                )
                self._waiting.pop(0)
                return await (self.async_step_details() if self._waiting else self._async_add_placed())
        schema = details_schema(
            grid,
            site[CONF_FUSE],
            circuit_names(self._joined) if self._joined else {},
            capability,
            name,
            phase_switching=capability.phase_switch,
        )
        return self.async_show_form(
            step_id="details",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _async_add_placed(self) -> ConfigFlowResult:
        placed = [
            charger
            for charger in self._placed
            if find_charger(self.hass, charger.unique_id, charger.data[CONF_DRIVER]) is None
        ]
        if self._joined is None:
            await self.async_set_unique_id(None)
            return self.async_create_entry(
                title=self._form[CONF_NAME],
                data=site_data(self._form, self._meter),
                subentries=[
                    ConfigSubentryData(
                        subentry_type=charger.subentry_type,
                        title=charger.title,
                        unique_id=charger.unique_id,
                        data=charger.data,
                    )
                    for charger in placed
                ],
            )
        if self.hass.config_entries.async_get_entry(self._joined.entry_id) is None:
            return self.async_abort(reason="site_gone")
        for charger in placed:
            self.hass.config_entries.async_add_subentry(self._joined, charger)
        return self.async_abort(reason="charger_added")


def _known_meter(entry: ConfigEntry | None) -> KnownMeter | None:
    if entry is None:
        return None
    return KnownMeter(place=(entry.entry_id, None), meter=entry.data[CONF_METER], fuse=entry.data[CONF_FUSE])
