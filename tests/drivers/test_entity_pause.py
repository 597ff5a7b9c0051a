"""Pausing a charger by its entities, where it is told whether it is paused and where it is not."""

from homeassistant.core import HomeAssistant, ServiceCall
import pytest

from custom_components.ev_charger_pool.drivers.entities import Entities
from custom_components.ev_charger_pool.drivers.entity_actions import Actions
from custom_components.ev_charger_pool.drivers.entity_pause import Pausing, pausing
from custom_components.ev_charger_pool.drivers.interface import BadAnswer, CannotConnect
from custom_components.ev_charger_pool.drivers.mapping_model import (
    Action,
    ActionPause,
    ButtonPause,
    Pause,
    SelectPause,
    SwitchPause,
)
from tests.houses import show

SOURCES = {"state": "sensor.state", "switch": "switch.box", "stop": "button.stop", "start": "button.start"}
SOURCES |= {"mode": "select.mode"}


@pytest.fixture
def calls(hass: HomeAssistant) -> list[ServiceCall]:
    calls: list[ServiceCall] = []
    for action in ("switch.turn_on", "switch.turn_off", "button.press", "select.select_option", "box.pause", "box.run"):
        hass.services.async_register(*action.split("."), calls.append)
    show(hass, "sensor.state", "charging")
    show(hass, "button.stop", "unknown")
    show(hass, "button.start", "unknown")
    return calls


def made(hass: HomeAssistant, pause: Pause) -> Pausing:
    entities = Entities(hass, SOURCES.values())
    result = pausing(pause, SOURCES, entities, Actions(hass, entities, SOURCES["state"], None))
    assert result is not None
    return result


def called(calls: list[ServiceCall]) -> list[str]:
    """What was called since the last time."""
    told = [f"{call.service} {call.data.get('entity_id', '')}{call.data.get('option', '')}".strip() for call in calls]
    calls.clear()
    return told


BUTTONS = ButtonPause(pause="stop", run="start")
ACTIONS = ActionPause(pause=Action(domain="box", name="pause", data={}), run=Action(domain="box", name="run", data={}))


@pytest.mark.parametrize(
    ("pause", "stop", "start"),
    [(BUTTONS, "press button.stop", "press button.start"), (ACTIONS, "pause", "run")],
)
async def test_what_nothing_tells_is_remembered(
    hass: HomeAssistant, calls: list[ServiceCall], pause: Pause, stop: str, start: str
) -> None:
    box = made(hass, pause)
    assert box.paused() is None
    await box.run(connected=True)
    assert (called(calls), box.paused()) == ([start], False)
    await box.run(connected=True)
    assert called(calls) == []
    await box.pause()
    assert (called(calls), box.paused()) == ([stop], True)
    await box.run(connected=False)
    assert (called(calls), box.paused()) == ([start], False)


async def test_a_button_that_fails_has_changed_nothing(hass: HomeAssistant, calls: list[ServiceCall]) -> None:
    box = made(hass, BUTTONS)
    await box.run(connected=True)
    show(hass, "button.stop", "unavailable")
    with pytest.raises(CannotConnect):
        await box.pause()
    assert box.paused() is False


@pytest.mark.parametrize(
    ("on_runs", "shown", "paused"),
    [(True, "on", False), (True, "off", True), (False, "on", True), (False, "off", False), (True, "unknown", None)],
)
async def test_a_switch_for_the_permission(
    hass: HomeAssistant, calls: list[ServiceCall], on_runs: bool, shown: str, paused: bool | None
) -> None:
    show(hass, "switch.box", shown)
    box = made(hass, SwitchPause(role="switch", on_runs=on_runs))
    assert box.paused() is paused
    await box.run(connected=False)
    on, off = (
        ("turn_on switch.box", "turn_off switch.box") if on_runs else ("turn_off switch.box", "turn_on switch.box")
    )
    assert called(calls) == ([] if paused is False else [on])
    await box.pause()
    assert called(calls) == [off]


class TestActivity:
    """A switch that is on while a car charges, whoever has started it."""

    async def test_off_does_not_tell_why(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        show(hass, "switch.box", "off")
        box = made(hass, SwitchPause(role="switch", activity=True))
        assert box.paused() is None
        await box.run(connected=False)
        assert (called(calls), box.paused()) == ([], False)

    async def test_a_car_that_waits_is_started(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        show(hass, "switch.box", "off")
        box = made(hass, SwitchPause(role="switch", activity=True))
        await box.run(connected=True)
        assert called(calls) == ["turn_on switch.box"]
        show(hass, "switch.box", "on")
        await box.run(connected=True)
        assert (called(calls), box.paused()) == ([], False)

    async def test_a_pause_of_ours(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        show(hass, "switch.box", "on")
        box = made(hass, SwitchPause(role="switch", activity=True))
        await box.pause()
        assert (called(calls), box.paused()) == (["turn_off switch.box"], False), "until it shows"
        show(hass, "switch.box", "off")
        assert box.paused() is True
        show(hass, "switch.box", "on")
        assert box.paused() is False, "somebody else has started it"

    async def test_unavailable_without_a_car(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        show(hass, "switch.box", "unavailable")
        box = made(hass, SwitchPause(role="switch", activity=True))
        await box.run(connected=True)
        assert called(calls) == []
        with pytest.raises(CannotConnect):
            await box.pause()


@pytest.mark.parametrize(
    ("shown", "paused", "chosen"),
    [
        ("off", True, ["select_option select.modenormal"]),
        ("normal", False, []),
        ("boost", False, []),
        ("solar", None, ["select_option select.modenormal"]),
        ("unavailable", None, None),
    ],
)
async def test_a_select(
    hass: HomeAssistant, calls: list[ServiceCall], shown: str, paused: bool | None, chosen: list[str] | None
) -> None:
    show(hass, "select.mode", shown)
    box = made(hass, SelectPause(role="mode", pause="off", run=("normal", "boost")))
    assert box.paused() is paused
    if chosen is None:
        with pytest.raises(CannotConnect):
            await box.run(connected=True)
    else:
        await box.run(connected=True)
        assert called(calls) == chosen


class TestActions:
    async def test_what_is_filled_in_has_to_be_known(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        actions = Actions(hass, Entities(hass, SOURCES.values()), SOURCES["state"], None)
        await actions.call(Action(domain="box", name="run", data={"current": "{amperes}", "text": "{open"}), 10.5)
        assert [dict(call.data) for call in calls] == [{"current": 10.5, "text": "{open"}]
        with pytest.raises(BadAnswer, match="nothing tells the device_id"):
            await actions.call(Action(domain="box", name="run", data={"device_id": "{device_id}"}))

    async def test_not_while_the_charger_is_unavailable(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        show(hass, "sensor.state", "unavailable")
        actions = Actions(hass, Entities(hass, SOURCES.values()), SOURCES["state"], None)
        with pytest.raises(CannotConnect, match=r"sensor\.state: unavailable"):
            await actions.call(Action(domain="box", name="run", data={}))
        assert not calls


def test_without_a_pause_nothing_pauses_but_the_limit(hass: HomeAssistant) -> None:
    entities = Entities(hass, SOURCES.values())
    assert pausing(None, SOURCES, entities, Actions(hass, entities, SOURCES["state"], None)) is None
