"""What is known of a kind of charger, whatever its device tells."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant
from homeassistant.loader import IntegrationNotFound, async_get_integration

from .const import CONF_KIND, CONF_MAPPING, CONF_PAUSE, KIND_ENTITIES, KIND_MAPPING, KIND_NETWORK
from .devices import async_charger_mappings, async_charger_profiles, known_network_chargers
from .drivers.profile_model import Confidence, PauseKind
from .entry_data import ChargerDriverData

CLOUD = "cloud_"
"""How the IoT class of an integration begins that goes through the maker's servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerFacts:
    """What is known of a kind of charger.

    Args:
        confidence: How well; None where the user has chosen its entities.
        pause: How it is paused.
        balances_itself: Whether it can share or follow power by itself, which has to be off.
        cloud: Whether its limit goes through the maker's servers; None where that is not known.
    """

    confidence: Confidence | None
    pause: PauseKind
    balances_itself: bool = False
    cloud: bool | None = False


async def async_charger_facts(hass: HomeAssistant, driver: ChargerDriverData) -> ChargerFacts:
    """What is known of a charger that is reached in this way."""
    if driver[CONF_KIND] == KIND_ENTITIES:
        pause = PauseKind.SWITCH if CONF_PAUSE in driver else PauseKind.LIMIT
        return ChargerFacts(confidence=None, pause=pause, cloud=None)
    if driver[CONF_KIND] == KIND_MAPPING:
        mapping = (await async_charger_mappings(hass))[driver[CONF_MAPPING]]
        return ChargerFacts(
            confidence=mapping.confidence,
            pause=mapping.pause_kind,
            balances_itself=bool(mapping.conflicts),
            cloud=await _async_cloud(hass, mapping.integration),
        )
    if driver[CONF_KIND] == KIND_NETWORK:
        model = known_network_chargers(hass)[driver["model"]]
        return ChargerFacts(confidence=model.confidence, pause=model.pause, balances_itself=model.balances_itself)
    profile = (await async_charger_profiles(hass)).get(driver["profile"])
    if profile is None:
        return ChargerFacts(confidence=None, pause=PauseKind.LIMIT)
    return ChargerFacts(
        confidence=profile.confidence, pause=profile.pause_kind, balances_itself=profile.balances_itself
    )


async def _async_cloud(hass: HomeAssistant, integration: str) -> bool | None:
    try:
        iot_class = (await async_get_integration(hass, integration)).iot_class
    except IntegrationNotFound:
        return None
    return None if iot_class is None else iot_class.startswith(CLOUD)
