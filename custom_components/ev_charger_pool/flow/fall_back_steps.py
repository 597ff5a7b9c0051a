"""What forms say of a charger that hears nothing any more, and the step that offers to set what it does then (R15)."""

from abc import abstractmethod
import math
from typing import Any

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..charger_facts import async_charger_facts
from ..const import CONF_KIND, DOMAIN, KIND_MAPPING
from ..entry_data import ChargerDriverData, FallBackData
from ..pool.model import Capability, Expiry
from .forms import whole_number

CONF_AMPERES = "amperes"
CONF_ARM = "arm"
CONF_TIMEOUT = "timeout"

USUAL_TIMEOUT = 60.0
"""Seconds that ABB, Alfen and PC Electric come with."""

INTERVALS = 3
"""So many polls or writes have to fail before a charger takes us for gone."""


class FallBackSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Ends in ``_async_fall_back_chosen``, at once for a charger whose fall-back cannot be set."""

    _asked: Capability
    _asked_name: str
    _known_fall_back: FallBackData | None

    @abstractmethod
    async def _async_fall_back_chosen(self, fall_back: FallBackData | None) -> ResultT:
        """Go on with what the user wants, None where nothing."""

    async def _async_ask_fall_back(
        self, capability: Capability, name: str, known: FallBackData | None = None, *, is_new: bool = True
    ) -> ResultT:
        """Ask what the charger shall do.

        Args:
            capability: Of the charger where it hangs.
            name: What the user calls it.
            known: What was chosen before.
            is_new: Whether nothing was chosen yet.
        """
        if not capability.fall_back_settable:
            return await self._async_fall_back_chosen(None)
        self._asked, self._asked_name, self._known_fall_back = capability, name, known
        self._arms = known is not None or (is_new and capability.expiry is Expiry.KEEPS_LIMIT)
        return await self.async_step_fall_back()

    async def async_step_fall_back(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Say what the charger does when it hears nothing, and offer to set it."""
        if user_input is not None:
            return await self._async_fall_back_chosen(_fall_back_data(user_input))
        return self.async_show_form(
            step_id="fall_back",
            data_schema=fall_back_schema(self._asked, self._known_fall_back, arm=self._arms),
            description_placeholders={
                CONF_NAME: self._asked_name,
                "now": await async_if_stopped(self.hass, self._asked),
            },
        )


def fall_back_schema(capability: Capability, known: FallBackData | None, *, arm: bool) -> vol.Schema:
    """The form: whole amperes, as not every charger has finer ones, and seconds where they can be set.

    Args:
        capability: Of the charger where it hangs.
        known: What was chosen before; else what the charger has, else the least current.
        arm: Whether it is suggested to set it.
    """
    least, most = math.ceil(capability.minimum), math.floor(capability.maximum)
    armed = capability.fall_back if capability.expiry is Expiry.FALL_BACK else None
    amperes = known["amperes"] if known else armed or 0.0
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_ARM, default=arm): bool,
        vol.Required(CONF_AMPERES, default=_within(amperes, least, most)): whole_number(least, most),
    }
    if capability.timeout_range is not None:
        shortest, longest = capability.timeout_range
        interval = max(capability.poll_interval, capability.write_interval)
        shortest, longest = math.ceil(max(shortest, INTERVALS * interval)), math.floor(longest)
        timeout = known.get("timeout") if known else capability.timeout
        fields[vol.Required(CONF_TIMEOUT, default=_within(timeout or USUAL_TIMEOUT, shortest, longest))] = whole_number(
            shortest, longest
        )
    return vol.Schema(fields)


def _within(value: float, least: int, most: int) -> int:
    return max(least, min(most, math.floor(value)))


def _fall_back_data(user_input: dict[str, Any]) -> FallBackData | None:
    if not user_input[CONF_ARM]:
        return None
    data = FallBackData(amperes=float(user_input[CONF_AMPERES]))
    if CONF_TIMEOUT in user_input:
        data["timeout"] = float(user_input[CONF_TIMEOUT])
    return data


async def async_if_stopped(hass: HomeAssistant, capability: Capability) -> str:
    """What a charger does when Home Assistant stops, as a sentence."""
    texts = await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})
    key = f"if_stopped_{_end(capability)}"
    return texts.get(f"component.{DOMAIN}.exceptions.{key}.message", key).format(
        amperes=f"{capability.fall_back or 0:g}", timeout=f"{capability.timeout or 0:g}"
    )


def _end(capability: Capability) -> str:
    if capability.expiry is Expiry.FALL_BACK and capability.fall_back is None:
        return "falls_back_somewhere"
    if capability.expiry is Expiry.FALL_BACK and capability.fall_back:
        return "falls_back" if capability.timeout is None else "falls_back_after"
    return "keeps_limit" if capability.expiry is Expiry.KEEPS_LIMIT else "stops"


async def async_about(hass: HomeAssistant, driver: ChargerDriverData, capability: Capability) -> str:
    """An honest word about a charger before it is added: how well it is known, and what has to be seen to.

    What it does when Home Assistant stops has a step of its own where it can be set.
    """
    texts = await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})
    facts = await async_charger_facts(hass, driver)
    keys = [] if facts.confidence is None else [f"charger_confidence_{facts.confidence}"]
    # A mapping's own balancing has been looked at already.
    if facts.balances_itself and driver[CONF_KIND] != KIND_MAPPING:
        keys.append("charger_balances_itself")
    sentences = [texts.get(f"component.{DOMAIN}.exceptions.{key}.message", key) for key in keys]
    if not capability.fall_back_settable:
        sentences.append(await async_if_stopped(hass, capability))
    return "\n\n".join(sentences)
