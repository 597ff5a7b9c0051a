"""Config flow: a site, its meter, and a charger that the network or another integration has brought."""

from dataclasses import dataclass
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
from homeassistant.data_entry_flow import AbortFlow
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
from .entry_data import ChargerDriverData, FallBackData, MappedChargerData, MeterData
from .flow.charger_form import charger_data, charger_name, check_details, details_schema
from .flow.charger_subentry import ChargerSubentryFlow
from .flow.circuit_subentry import CircuitSubentryFlow
from .flow.existing import check_grid, check_lines_free, circuit_fuse, circuit_names, find_charger, online_devices
from .flow.fall_back_steps import FallBackSteps, async_about
from .flow.finding import Candidate, async_chargers_at
from .flow.forms import FormError, choice, named_choice, per_line
from .flow.meter_kinds import KnownMeter, MeterKind, async_offered_meters
from .flow.meter_steps import MeterSteps
from .flow.probing import async_probe_charger
from .flow.recognised import async_recognised
from .flow.site_form import check_site, site_data, site_schema, suggest_site
from .flow.try_steps import TrySteps
from .pool.model import MAIN, Capability, Grid
from .site import installed

CONF_SITE = "site"
NEW_SITE = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A charger that waits for its place."""

    driver: ChargerDriverData
    unique_id: str | None
    name: str
    capability: Capability


class PoolConfigFlow(
    MeterSteps[ConfigFlowContext, ConfigFlowResult, str],
    TrySteps[ConfigFlowContext, ConfigFlowResult, str],
    FallBackSteps[ConfigFlowContext, ConfigFlowResult, str],
    ConfigFlow,
    domain=DOMAIN,
):
    """Add a site or change one, or put a charger that was discovered into one."""

    VERSION = 1

    _form: dict[str, Any]
    _label: str
    _details: dict[str, Any]

    def __init__(self) -> None:
        """Start without a discovered charger."""
        super().__init__()
        self._joined: ConfigEntry | None = None
        self._waiting: list[_Found] = []
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
        new = [(candidate, capability) for candidate, capability in found if not self._moved(candidate)]
        if not new:
            return self.async_abort(reason="already_configured")
        self._waiting = [
            _Found(
                driver=candidate.driver,
                unique_id=candidate.unique_id,
                name=charger_name(candidate.identity),
                capability=capability,
            )
            for candidate, capability in new
        ]
        self._label = ", ".join(candidate.label for candidate, _ in new)
        self.context["title_placeholders"] = {CONF_NAME: new[0][0].label}
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
            description_placeholders={CONF_NAME: self._label},
        )

    @override
    async def async_step_integration_discovery(self, discovery_info: dict[str, str]) -> ConfigFlowResult:
        """Another integration has brought a charger."""
        found = {charger.key: charger for charger in await async_recognised(self.hass)}
        charger = found.get(discovery_info["key"])
        if charger is None:
            return self.async_abort(reason="already_configured")
        self._picked = charger
        await self.async_set_unique_id(charger.serial or charger.key)
        self._abort_if_unique_id_configured()
        self.context["title_placeholders"] = {CONF_NAME: charger.label}
        return await self.async_step_recognised_confirm()

    async def async_step_recognised_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the site that the charger joins."""
        sites = {entry.entry_id: entry for entry in self._async_current_entries(include_ignore=False)}
        if not sites:
            return self.async_abort(reason="site_gone")
        if user_input is not None:
            self._joined = sites.get(user_input[CONF_SITE])
            if self._joined is not None:
                return await self._async_look()
        names = {entry_id: entry.title for entry_id, entry in sites.items()}
        return self.async_show_form(
            step_id="recognised_confirm",
            data_schema=vol.Schema({vol.Required(CONF_SITE, default=next(iter(sites))): named_choice(names)}),
            description_placeholders={CONF_NAME: self._picked.label},
        )

    @property
    @override
    def _grid(self) -> Grid:
        if self._joined is None:
            raise AbortFlow("site_gone")
        return Grid(self._joined.data[CONF_GRID])

    @override
    async def _async_ask_entities(self) -> ConfigFlowResult:
        return self.async_abort(reason="entities_missing")

    @override
    async def _async_accept(self, driver: MappedChargerData, unique_id: str, name: str) -> ConfigFlowResult:
        _, capability = await async_probe_charger(self.hass, driver)
        self._waiting = [_Found(driver=driver, unique_id=unique_id, name=name, capability=capability)]
        return await self.async_step_details()

    async def async_step_details(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The place of each socket of the discovered charger in the house."""
        found = self._waiting[0]
        site = self._joined.data if self._joined else site_data(self._form, self._meter)
        grid = Grid(site[CONF_GRID])
        errors: dict[str, str] = {}
        about = await async_about(self.hass, found.driver, found.capability)
        placeholders = {CONF_NAME: found.name, "about": about}
        if user_input is not None:
            try:
                fuse = (
                    circuit_fuse(self._joined, user_input[CONF_CIRCUIT], CONF_CIRCUIT)
                    if self._joined
                    else site[CONF_FUSE]
                )
                check_details(user_input, grid, fuse, found.capability)
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
            else:
                self._details = user_input
                return await self._async_ask_fall_back(installed(found.capability, user_input), user_input[CONF_NAME])
        schema = details_schema(
            grid,
            site[CONF_FUSE],
            circuit_names(self._joined) if self._joined else {},
            found.capability,
            found.name,
            phase_switching=found.capability.phase_switch,
        )
        return self.async_show_form(
            step_id="details",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders=placeholders,
        )

    @override
    async def _async_fall_back_chosen(self, fall_back: FallBackData | None) -> ConfigFlowResult:
        found = self._waiting.pop(0)
        self._placed.append(
            ConfigSubentry(
                subentry_type=SUBENTRY_CHARGER,
                title=self._details[CONF_NAME],
                unique_id=found.unique_id,
                data=MappingProxyType(charger_data(self._details, found.driver, fall_back)),
            )
        )
        return await (self.async_step_details() if self._waiting else self._async_add_placed())

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
