"""What is known of a kind of charger is told, whichever way it is reached."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.charger_facts import ChargerFacts, async_charger_facts
from custom_components.ev_charger_pool.drivers.profile_model import Confidence, PauseKind
from tests.common import entity_charger
from tests.houses import ALFEN

ON_THE_NETWORK: dict[str, Any] = {"kind": "network", "host": "192.168.9.7", "port": 80, "connector": 1}
MAPPED: dict[str, Any] = {"kind": "mapping", "entities": {}, "minimum": 6, "maximum": 16, "step": 1}
LIMIT, SWITCH, COMMAND = PauseKind
DOUBLE, SINGLE, MIXED = Confidence.DOUBLE, Confidence.SINGLE, Confidence.MIXED


@pytest.mark.parametrize(
    ("driver", "facts"),
    [
        (ALFEN, ChargerFacts(confidence=MIXED, pause=LIMIT)),
        (ALFEN | {"profile": "kathrein"}, ChargerFacts(confidence=SINGLE, pause=LIMIT)),
        (ALFEN | {"profile": "keba_kecontact"}, ChargerFacts(confidence=MIXED, pause=SWITCH)),
        (ALFEN | {"profile": "vestel_evc04"}, ChargerFacts(confidence=DOUBLE, pause=LIMIT)),
        (ALFEN | {"profile": "peblar_modbus"}, ChargerFacts(confidence=SINGLE, pause=LIMIT, balances_itself=True)),
        (ON_THE_NETWORK | {"model": "keba_udp"}, ChargerFacts(confidence=DOUBLE, pause=SWITCH)),
        (ON_THE_NETWORK | {"model": "goe_v2"}, ChargerFacts(confidence=DOUBLE, pause=SWITCH, balances_itself=True)),
        (MAPPED | {"mapping": "peblar"}, ChargerFacts(confidence=DOUBLE, pause=SWITCH, balances_itself=True)),
        (
            MAPPED | {"mapping": "wallbox"},
            ChargerFacts(confidence=DOUBLE, pause=SWITCH, balances_itself=True, cloud=True),
        ),
        (MAPPED | {"mapping": "keba"}, ChargerFacts(confidence=DOUBLE, pause=COMMAND)),
        # Of HACS, and not installed here.
        (MAPPED | {"mapping": "zaptec"}, ChargerFacts(confidence=DOUBLE, pause=SWITCH, cloud=None)),
        (entity_charger("Garage"), ChargerFacts(confidence=None, pause=LIMIT, cloud=None)),
        (entity_charger("Garage", pause="switch.box"), ChargerFacts(confidence=None, pause=SWITCH, cloud=None)),
    ],
)
async def test_the_facts_of_each_way(hass: HomeAssistant, driver: Any, facts: ChargerFacts) -> None:
    assert await async_charger_facts(hass, driver) == facts
