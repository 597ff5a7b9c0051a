"""Steps of the charger's own flow: pick one of the chargers that Home Assistant already has."""

from abc import abstractmethod
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)
import voluptuous as vol

from ..const import CONF_GRID
from ..drivers.entity_recognition import RecognisedCharger
from ..pool.model import Grid
from .forms import FormError, named_choice
from .recognised import async_obstacles, async_recognised, suggest_roles
from .try_steps import TrySteps

CONF_RECOGNISED = "recognised"


class RecognisedSteps(TrySteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ConfigSubentryFlow):
    """Ends as ``TrySteps`` do, or in the form for the entities of a charger that is recognised only in part."""

    def __init__(self) -> None:
        """Start with nothing chosen."""
        super().__init__()
        self._offered: dict[str, RecognisedCharger] = {}
        self._suggested: dict[str, str] | None = None

    @abstractmethod
    async def async_step_entities(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the entities of a charger."""

    @property
    def _own(self) -> ConfigSubentry | None:
        return self._get_reconfigure_subentry() if self.source == SOURCE_RECONFIGURE else None

    async def _async_any_recognised(self) -> bool:
        return bool(await async_recognised(self.hass, self._own))

    async def async_step_recognised(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Pick one of the chargers of other integrations."""
        chargers = await async_recognised(self.hass, self._own)
        self._offered = {charger.key: charger for charger in chargers if charger.mapping.obstacle is None}
        shown: dict[str, Any] = {}
        if user_input is not None:
            picked = self._offered.get(user_input.get(CONF_RECOGNISED, ""))
            if picked is not None:
                self._picked = picked
                return await self._async_look()
            shown = FormError("charger_gone").shown
        if not chargers:
            return await self.async_step_entities()
        names = {key: charger.label for key, charger in self._offered.items()}
        schema = {vol.Required(CONF_RECOGNISED, default=next(iter(names))): named_choice(names)} if names else {}
        obstacles = await async_obstacles(self.hass, chargers)
        return self.async_show_form(
            step_id="recognised" if names else "not_balanced",
            data_schema=vol.Schema(schema),
            errors=shown.get("errors") if names else None,
            description_placeholders={"obstacles": obstacles},
        )

    async def async_step_not_balanced(self, _: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Nothing but chargers that cannot be balanced: look again."""
        return await self.async_step_recognised()

    @property
    @override
    def _grid(self) -> Grid:
        return Grid(self._get_entry().data[CONF_GRID])

    @override
    async def _async_ask_entities(self) -> SubentryFlowResult:
        self._suggested = suggest_roles(self.hass, self._picked.mapping, self._picked.sources)
        return await self.async_step_entities()
