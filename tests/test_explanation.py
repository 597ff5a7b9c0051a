"""Every reason has a sentence, the same one everywhere."""

from dataclasses import replace
from time import monotonic

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_charger_pool.explanation import details, explain, wall_time
from custom_components.ev_charger_pool.pool.model import MAIN, Decision, Reason, Why
from tests.common import start_house

AVERAGE = {"watts": 2500, "minutes": 15}


def decision(reason: Reason) -> Decision:
    return Decision(charger="garage", amperes=9.0, target=12.0, lines=frozenset({0, 1, 2}), reason=reason)


async def test_every_reason_has_a_sentence(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    until = monotonic() + 60

    for circuit in (MAIN, "cellar"):
        for line in (1, None):
            for why in Why:
                reason = Reason(why=why, circuit=circuit, line=line, source="tariff", charger="carport", until=until)
                sentence = explain(hass, entry.runtime_data, decision(reason))
                assert "reason_" not in sentence
                assert "{" not in sentence
                assert len(sentence.split()) >= 3


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason(why=Why.FUSE, circuit=MAIN, line=1), "Limited to 9 A by phase L2 of the main fuse"),
        (Reason(why=Why.CIRCUIT, circuit="cellar", line=0), "Limited to 9 A by phase L1 of Cellar"),
        (
            Reason(why=Why.PEAK, circuit=MAIN),
            "Limited to 9 A by the average power of the house: 2.5 kW over 15 minutes",
        ),
        (Reason(why=Why.NO_ROOM, circuit=MAIN, line=2), "Paused, because phase L3 of the main fuse has no room for it"),
        (Reason(why=Why.NO_ROOM, circuit=MAIN), "Paused, because the main fuse has no room for it"),
        (
            Reason(why=Why.WAITING_FOR_CHARGER, charger="carport"),
            "Gets no more until Carport has answered, or five minutes have passed",
        ),
        (Reason(why=Why.CAR_CONTENT), "Gets 9 A, as the car takes no more"),
        (Reason(why=Why.CAR_ABOVE_LIMIT), "The car draws more than its limit of 9 A; the others give way"),
        (Reason(why=Why.LIMIT_IGNORED), "The charger does not keep to its limit of 9 A; the others give way"),
        (
            Reason(why=Why.METER_STALE, circuit="cellar", line=0),
            "The meter of Cellar is silent, so the highest house load is assumed",
        ),
    ],
)
async def test_sentences(hass: HomeAssistant, reason: Reason, sentence: str):
    entry = await start_house(hass, cellar=True, average=AVERAGE)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)

    assert explain(hass, entry.runtime_data, decision(reason)) == sentence


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason(why=Why.LIMIT, circuit=MAIN, line=0, source="grid operator"), "Paused by the limit of grid operator"),
        (
            Reason(why=Why.USER_FUSE, circuit=MAIN, line=0),
            "Paused, because the fuse limit set for the house leaves no room on phase L1",
        ),
        (
            Reason(why=Why.USER_CAP, line=0),
            "Paused, because the highest current set for this charger is below the least that it needs",
        ),
        (
            Reason(why=Why.PEAK, circuit=MAIN),
            "Paused, because the average power of the house would exceed 2.5 kW over 15 minutes",
        ),
    ],
)
async def test_a_pause_names_what_asked_for_it(hass: HomeAssistant, reason: Reason, sentence: str):
    entry = await start_house(hass, average=AVERAGE)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)

    assert explain(hass, entry.runtime_data, replace(decision(reason), amperes=0.0)) == sentence


async def test_while_it_only_watches_the_sentence_says_so(hass: HomeAssistant):
    entry = await start_house(hass)

    sentence = explain(hass, entry.runtime_data, decision(Reason(why=Why.NO_CAR)))
    assert sentence == "No car is plugged in (control is off, nothing is set)"


async def test_a_raise_tells_its_time(hass: HomeAssistant):
    entry = await start_house(hass)
    reason = Reason(why=Why.HOLD, until=monotonic() + 60)

    at = dt_util.parse_datetime(details(entry.runtime_data, decision(reason))["until"])
    assert 58 <= (at - dt_util.utcnow()).total_seconds() <= 61
    assert f"{dt_util.as_local(at):%X}" in explain(hass, entry.runtime_data, decision(reason))


def test_wall_time_is_whole_seconds():
    assert wall_time(monotonic() + 10).microsecond == 0
