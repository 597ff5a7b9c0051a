"""The step that asks how a charger shall be reached, where there are several ways."""

from abc import abstractmethod
from typing import Any

from homeassistant.const import CONF_NAME
from homeassistant.data_entry_flow import FlowContext, FlowResult
import voluptuous as vol

from ..drivers.entity_recognition import RecognisedCharger
from .boxes import Box, Way, async_describe_ways
from .forms import FormError, named_choice
from .searching import Candidate
from .try_steps import TrySteps

CONF_WAY = "way"


class WaySteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](TrySteps[ContextT, ResultT, HandlerT]):
    """Ends in ``_async_reach`` with a charger on the network, or as ``TrySteps`` do with one of an integration."""

    _box: Box

    @abstractmethod
    async def _async_reach(self, candidate: Candidate) -> ResultT:
        """Go on with a charger on the network.

        Raises:
            FormError: Where it does not answer or cannot be used.
        """

    async def _async_choose_way(self, box: Box) -> ResultT:
        """Ask for the way, unless there is only one.

        Raises:
            FormError: As ``_async_reach``.
        """
        self._box = box
        return await (self._async_go(box.ways[0]) if len(box.ways) == 1 else self.async_step_way())

    async def async_step_way(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Choose one of the ways to a charger."""
        ways = {way.to.key: way for way in self._box.ways}
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._async_go(ways[user_input[CONF_WAY]])
            except FormError as err:
                errors[CONF_WAY] = err.key
        names = {key: way.name for key, way in ways.items()}
        return self.async_show_form(
            step_id="way",
            data_schema=vol.Schema({vol.Required(CONF_WAY, default=next(iter(names))): named_choice(names)}),
            errors=errors,
            description_placeholders={
                CONF_NAME: self._box.label,
                "ways": await async_describe_ways(self.hass, self._box),
            },
        )

    async def _async_go(self, way: Way) -> ResultT:
        match way.to:
            case RecognisedCharger():
                self._picked = way.to
                return await self._async_look()
            case Candidate():
                return await self._async_reach(way.to)
