"""Steps for a charger that the network or another integration has brought: into which site, how, and where there."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentry,
)
from homeassistant.const import CONF_HOST, CONF_NAME
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import voluptuous as vol

from ..addresses import async_follow
from ..const import CONF_CIRCUIT, CONF_CONNECTOR, CONF_DRIVER, CONF_FRAMING, CONF_FUSE, CONF_GRID, SUBENTRY_CHARGER
from ..devices import async_charger_mappings
from ..drivers.entity_recognition import RecognisedCharger, recognise
from ..entry_data import ChargerDriverData, FallBackData, MappedChargerData, SiteData
from ..pool.model import Capability, Grid
from ..site import installed
from .boxes import Box, async_boxes
from .charger_form import charger_data, charger_name, check_details, details_schema
from .existing import circuit_fuse, circuit_names, find_charger, online_devices
from .fall_back_steps import FallBackSteps, async_about
from .finding import async_usual_targets
from .forms import FormError, choice, named_choice
from .marks import recognised_marks
from .probing import async_probe_charger
from .recognised import RecognisedInfo, async_recognised
from .searching import Candidate, async_search
from .way_steps import WaySteps

CONF_SITE = "site"
NEW_SITE = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A charger that waits for its place."""

    driver: ChargerDriverData
    unique_id: str | None
    name: str
    capability: Capability


class DiscoverySteps(
    WaySteps[ConfigFlowContext, ConfigFlowResult, str],
    FallBackSteps[ConfigFlowContext, ConfigFlowResult, str],
    ConfigFlow,
):
    """Ends with the charger in a site that is there, or in ``_async_create`` with those for a new one."""

    _label: str
    _details: dict[str, Any]

    def __init__(self) -> None:
        """Start without a discovered charger."""
        super().__init__()
        self._joined: ConfigEntry | None = None
        self._boxes: list[Box] = []
        self._waiting: list[_Found] = []
        self._placed: list[ConfigSubentry] = []

    @property
    @abstractmethod
    def _new_site(self) -> SiteData:
        """The site that is being added."""

    @abstractmethod
    async def _async_create(self, chargers: Sequence[ConfigSubentry]) -> ConfigFlowResult:
        """Add the new site with its first chargers."""

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """A charger has announced itself; one that is in use is not disturbed."""
        names = {discovery_info.host, discovery_info.hostname.removesuffix(".").lower()}
        if any(device["host"].lower() in names for device, _ in online_devices(self.hass) if CONF_CONNECTOR in device):
            return self.async_abort(reason="already_configured")
        found = await async_search(self.hass, await async_usual_targets(self.hass, discovery_info.host))
        serial = next((one.identity.serial for one in found if one.identity.serial is not None), None)
        if serial is None:
            return self.async_abort(reason="not_supported")
        await self.async_set_unique_id(serial)
        self._abort_if_unique_id_configured()
        self._boxes = await async_boxes(self.hass, [one for one in found if not self._moved(one)])
        if not self._boxes:
            return self.async_abort(reason="already_configured")
        self._waiting = [usable for box in self._boxes if (usable := await self._async_best(box)) is not None]
        if not self._waiting:
            return self.async_abort(reason="not_supported")
        self._end_others()
        self._label = ", ".join(box.label for box in self._boxes)
        self.context["title_placeholders"] = {CONF_NAME: self._boxes[0].label, CONF_HOST: discovery_info.host}
        return await self.async_step_zeroconf_confirm()

    async def _async_best(self, box: Box) -> _Found | None:
        """A charger on the network by the best of the ways that work."""
        for way in box.ways:
            if isinstance(way.to, Candidate):
                with suppress(FormError):
                    return await self._async_found(way.to)
        return None

    async def _async_found(self, candidate: Candidate) -> _Found:
        _, capability = await async_probe_charger(self.hass, candidate.driver)
        return _Found(
            driver=candidate.driver,
            unique_id=candidate.unique_id,
            name=charger_name(candidate.identity),
            capability=capability,
        )

    def _end_others(self) -> None:
        """End the flows that offer the same charger through its integration: this one has that way as well."""
        keys = {way.to.key for box in self._boxes for way in box.ways}
        flows = self.hass.config_entries.flow
        for flow in flows.async_progress_by_init_data_type(RecognisedInfo, lambda info: info["key"] in keys):
            flows.async_abort(flow["flow_id"])

    def _moved(self, candidate: Candidate) -> bool:
        """Note where a charger that a site has already can be reached now; whether there is one.

        One behind a gateway or on a serial port stays there.
        """
        known = find_charger(self.hass, candidate.unique_id, candidate.driver)
        if known is None:
            return False
        entry, charger = known
        if CONF_FRAMING in charger.data[CONF_DRIVER]:
            return True
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
                if len(self._boxes) == 1 and len(self._boxes[0].ways) > 1:
                    return await self._async_choose_way(self._boxes[0])
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
    async def async_step_dhcp(self, discovery_info: DhcpServiceInfo) -> ConfigFlowResult:
        """A device of a site has another IP address now: all that is reached there goes with it.

        Whether it is the same device is told by its serial number once it answers.
        """
        async_follow(self.hass, format_mac(discovery_info.macaddress), discovery_info.ip)
        return self.async_abort(reason="already_configured")

    @override
    async def async_step_integration_discovery(self, discovery_info: dict[str, str]) -> ConfigFlowResult:
        """Another integration has brought a charger."""
        found = {charger.key: charger for charger in await async_recognised(self.hass)}
        charger = found.get(discovery_info["key"])
        if charger is None:
            return self.async_abort(reason="already_configured")
        if await self._async_announced(charger):
            return self.async_abort(reason="already_in_progress")
        self._picked = charger
        await self.async_set_unique_id(charger.serial or charger.key)
        self._abort_if_unique_id_configured()
        self.context["title_placeholders"] = {CONF_NAME: charger.label}
        return await self.async_step_recognised_confirm()

    async def _async_announced(self, charger: RecognisedCharger) -> bool:
        """Whether the charger has announced itself and is offered for that."""
        marks = recognised_marks(self.hass, recognise(self.hass, await async_charger_mappings(self.hass)))
        return any(
            flow["context"].get("title_placeholders", {}).get(CONF_HOST) in marks[charger.key].places
            for flow in self._async_in_progress(match_context={"source": SOURCE_ZEROCONF})
        )

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
    def _site(self) -> Mapping[str, Any]:
        """The site that the charger joins, or the new one."""
        return self._joined.data if self._joined else self._new_site

    @property
    @override
    def _grid(self) -> Grid:
        return Grid(self._site[CONF_GRID])

    @override
    async def _async_ask_entities(self) -> ConfigFlowResult:
        return self.async_abort(reason="entities_missing")

    @override
    async def _async_reach(self, candidate: Candidate) -> ConfigFlowResult:
        self._waiting = [await self._async_found(candidate)]
        return await self.async_step_details()

    @override
    async def _async_accept(self, driver: MappedChargerData, unique_id: str, name: str) -> ConfigFlowResult:
        _, capability = await async_probe_charger(self.hass, driver)
        self._waiting = [_Found(driver=driver, unique_id=unique_id, name=name, capability=capability)]
        return await self.async_step_details()

    async def async_step_details(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The place of each socket of the discovered charger in the house."""
        found = self._waiting[0]
        site, grid = self._site, self._grid
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
            return await self._async_create(placed)
        if self.hass.config_entries.async_get_entry(self._joined.entry_id) is None:
            return self.async_abort(reason="site_gone")
        for charger in placed:
            self.hass.config_entries.async_add_subentry(self._joined, charger)
        return self.async_abort(reason="charger_added")
