"""Steps of the charger's own flow: search the network, show what is found as it comes, and pick a charger."""

from abc import abstractmethod
import asyncio
from contextlib import suppress
from typing import Any, override

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowContext, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.data_entry_flow import UnknownFlow
import voluptuous as vol

from ..entry_data import ChargerDriverData
from .boxes import Box, async_boxes
from .finding import async_broadcasts, async_own_networks, async_usual_ports, search_targets
from .forms import FormError, named_choice
from .searching import Candidate, async_search
from .way_steps import WaySteps

CONF_ADDRESSES = "addresses"
CONF_PORTS = "ports"
CONF_FOUND = "found"


class SearchSteps(WaySteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ConfigSubentryFlow):
    """Ends in ``_async_try``, or as ``TrySteps`` do where a charger shall be reached through its integration."""

    _search: asyncio.Task[list[Candidate]]

    def __init__(self) -> None:
        """Start without a search."""
        super().__init__()
        self._searched = False
        self._search_form: dict[str, Any] | None = None
        self._seen: list[str] = []
        self._found: dict[str, Box] = {}

    @abstractmethod
    async def _async_try(self, driver: ChargerDriverData) -> SubentryFlowResult:
        """Go on with a charger.

        Raises:
            FormError: Where it does not answer or cannot be used.
        """

    async def async_step_search(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Where to look."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            self._search_form = user_input
            try:
                targets = search_targets(user_input[CONF_ADDRESSES], user_input[CONF_PORTS])
            except FormError as err:
                shown = err.shown
            else:
                self._seen.clear()
                looking = async_search(
                    self.hass,
                    targets,
                    self.async_update_progress,
                    self._show_found,
                    await async_broadcasts(self.hass, targets),
                )
                self._search = self.hass.async_create_task(looking, eager_start=False)
                return await self.async_step_searching()
        elif self._searched:
            shown = FormError("nothing_found").shown
        schema = vol.Schema({vol.Required(CONF_ADDRESSES): str, vol.Required(CONF_PORTS): str})
        suggested = self._search_form or {
            CONF_ADDRESSES: await async_own_networks(self.hass),
            CONF_PORTS: await async_usual_ports(self.hass),
        }
        return self.async_show_form(
            step_id="search", data_schema=self.add_suggested_values_to_schema(schema, suggested), **shown
        )

    async def async_step_searching(self, _: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show how far the search is and what it has found."""
        if not self._search.done():
            return self.async_show_progress(
                step_id="searching",
                progress_action="finding" if self._seen else "searching",
                progress_task=self._search,
                description_placeholders={"found": "\n".join(f"- {label}" for label in self._seen)},
            )
        self._searched = True
        self._found = {box.key: box for box in await async_boxes(self.hass, self._search.result())}
        return self.async_show_progress_done(next_step_id="found" if self._found else "search")

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Pick one of the chargers that were found."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                return await self._async_choose_way(self._found[user_input[CONF_FOUND]])
            except FormError as err:
                shown = FormError(err.key, CONF_FOUND).shown
        names = {key: box.label for key, box in self._found.items()}
        return self.async_show_form(
            step_id="found",
            data_schema=vol.Schema({vol.Required(CONF_FOUND, default=next(iter(names))): named_choice(names)}),
            **shown,
        )

    @override
    async def _async_reach(self, candidate: Candidate) -> SubentryFlowResult:
        return await self._async_try(candidate.driver)

    @callback
    def _show_found(self, candidate: Candidate) -> None:
        """Have Home Assistant show the step again, with one line more."""
        self._seen.append(candidate.label)
        self.hass.async_create_task(self._async_show_again())

    async def _async_show_again(self) -> None:
        with suppress(UnknownFlow):
            await self.hass.config_entries.subentries.async_configure(self.flow_id)
