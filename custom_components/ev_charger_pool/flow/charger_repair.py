"""Repairs of the way to a charger: an entity of it is gone, or another charger answers at its address."""

import asyncio
from typing import Any

from homeassistant.components.repairs import FlowType, RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.const import CONF_PORT
import voluptuous as vol

from ..addresses import in_network
from ..const import CONF_DRIVER, CONF_KIND, CONF_MODEL, KIND_MAPPING, KIND_NETWORK, SUBENTRY_CHARGER
from ..drivers.network.keba_udp import KEBA_UDP
from .existing import find_charger
from .finding import async_broadcasts, async_own_networks, async_usual_ports, search_targets
from .forms import FormError
from .part_repair import PartRepair
from .probing import async_probe_charger
from .searching import Candidate, async_search


class ChargerRepair(PartRepair):
    """Mends the way to a charger."""

    async def _async_go_on(self, step_id: str) -> RepairsFlowResult:
        """Hand over to a step of the form that changes the charger; the issue ends once that has helped."""
        flows = self.hass.config_entries.subentries
        flow = await flows.async_init(
            (self.entry.entry_id, SUBENTRY_CHARGER),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": self.subentry.subentry_id},
        )
        await flows.async_configure(flow["flow_id"], {"next_step_id": step_id})
        return self.async_abort(reason="go_on", next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"]))


class LostEntitiesRepair(ChargerRepair):
    """Says which entity is gone, then asks for another one."""

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with what has happened."""
        return await self.async_step_lost()

    async def async_step_lost(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say which entity is gone."""
        if user_input is not None:
            mapped = self.saved[CONF_DRIVER][CONF_KIND] == KIND_MAPPING
            return await self._async_go_on("recognised" if mapped else "entities")
        return self.async_show_form(step_id="lost", data_schema=vol.Schema({}))


class WrongChargerRepair(ChargerRepair):
    """Looks for the charger somewhere else on the network, or takes the one that answers instead of it."""

    _search: asyncio.Task[list[Candidate]]

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Choose what has happened."""
        ways = ["address", "replaced"]
        if in_network(self.saved[CONF_DRIVER]):
            ways.insert(0, "search")
        return self.async_show_menu(step_id="init", menu_options=ways)

    async def async_step_search(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Look for the charger in our own networks."""
        drivers = (charger.data[CONF_DRIVER] for charger in self.entry.get_subentries_of_type(SUBENTRY_CHARGER))
        ports = {str(driver[CONF_PORT]) for driver in drivers if in_network(driver)}
        targets = search_targets(
            await async_own_networks(self.hass), ", ".join((await async_usual_ports(self.hass), *ports))
        )
        is_keba = self.saved[CONF_DRIVER].get(CONF_MODEL) == KEBA_UDP.id
        broadcasts = await async_broadcasts(self.hass, targets) if is_keba else ()
        self._search = self.hass.async_create_task(
            async_search(self.hass, targets, self.async_update_progress, broadcasts=broadcasts), eager_start=False
        )
        return await self.async_step_searching()

    async def async_step_searching(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show how far the search is."""
        if not self._search.done():
            return self.async_show_progress(
                step_id="searching", progress_action="searching", progress_task=self._search
            )
        return self.async_show_progress_done(next_step_id="searched")

    async def async_step_searched(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Follow the charger to where it was found, and go on to reach it in the same way as before if that works."""
        wanted, before = self.subentry.unique_id, self.saved[CONF_DRIVER]
        found = [candidate.driver for candidate in self._search.result() if candidate.unique_id == wanted]
        if not found:
            return self.async_abort(reason="not_found")
        driver = next((driver for driver in found if driver[CONF_KIND] == before[CONF_KIND]), found[0])
        keeps = driver[CONF_KIND] == before[CONF_KIND] == KIND_NETWORK
        return self._async_mended(**{CONF_DRIVER: {**before, **driver} if keeps else driver})

    async def async_step_address(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the address that it has now."""
        return await self._async_go_on("host")

    async def async_step_replaced(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Take the charger that answers for the new one in the same place."""
        errors: dict[str, str] = {}
        if user_input is not None:
            driver = self.saved[CONF_DRIVER]
            try:
                identity, _ = await async_probe_charger(self.hass, driver)
            except FormError as err:
                errors["base"] = err.key
            else:
                known = find_charger(self.hass, identity.unique_id, driver)
                if known is not None and known[1].subentry_id != self.subentry_id:
                    return self.async_abort(
                        reason="already_configured", description_placeholders={"other": known[1].title}
                    )
                self.hass.config_entries.async_update_subentry(self.entry, self.subentry, unique_id=identity.unique_id)
                return self.async_create_entry(data={})
        return self.async_show_form(step_id="replaced", data_schema=vol.Schema({}), errors=errors)
