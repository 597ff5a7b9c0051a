"""The fall-back that the user wants is set when control is taken, and not over and over (R15, R19)."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.fall_back_check import shortfalls
from custom_components.ev_charger_pool.pool.fall_back import Cause, Left, Loss
from custom_components.ev_charger_pool.simulation.charger import Charger
from demo.house import KEBA
from tests.virtual_house import VirtualHouse

WANTED = {"amperes": 8.0, "timeout": 60.0}
SOON = 60
"""Seconds in which a KEBA has been read twice, and written to at its own pace."""


@pytest.fixture
def box(house: VirtualHouse) -> Charger:
    """A KEBA whose watchdog is off, as in a new one."""
    box = house.demo.charger(KEBA)
    assert (box.timeout, box.fall_back) != (60, 8)
    return box


def want(hass: HomeAssistant, house: VirtualHouse, wanted: dict[str, float] | None) -> None:
    """What the user says in the form."""
    if hass.config_entries.async_get_entry(house.entry.entry_id) is None:
        house.entry.add_to_hass(hass)
    charger = house.entry.subentries[KEBA]
    data: dict[str, Any] = {name: value for name, value in charger.data.items() if name != "fall_back"}
    if wanted is not None:
        data["fall_back"] = wanted
    hass.config_entries.async_update_subentry(house.entry, charger, data=data)


def armed(box: Charger) -> bool:
    return (box.timeout, box.fall_back) == (60, 8)


def left(house: VirtualHouse) -> list[Left]:
    """What the charger is left with when nobody speaks to it, as the check of the fuses has it."""
    return [
        each
        for shortfall in shortfalls(house.runner.state)
        if shortfall.loss is Loss.SILENCE
        for each in shortfall.chargers
        if each.charger == KEBA
    ]


async def test_who_only_observes_never_arms(hass: HomeAssistant, house: VirtualHouse, box: Charger) -> None:
    want(hass, house, WANTED)
    before = (box.timeout, box.fall_back)
    await house.set_up(control=False)
    await house.pass_time(SOON)
    assert house.runner.chargers[KEBA].online
    assert (box.timeout, box.fall_back) == before


async def test_taking_control_arms_it_once(hass: HomeAssistant, house: VirtualHouse, box: Charger) -> None:
    want(hass, house, WANTED)
    await house.set_up(control=False)
    await house.pass_time(SOON)
    await house.turn_control(on=True)
    assert await house.pass_time(SOON, lambda: armed(box))
    await house.pass_time(10)
    # Whoever changes it in the meantime is not fought: each write may wear out a memory.
    box.fall_back = 10.0
    await house.pass_time(2 * SOON)
    assert box.fall_back == 10
    await house.turn_control(on=False)
    await house.pass_time(10)
    assert box.timeout == 60, "it stays as it is"


async def test_the_check_of_the_fuses_counts_with_it(hass: HomeAssistant, house: VirtualHouse, box: Charger) -> None:
    want(hass, house, WANTED)
    hass.config_entries.async_update_entry(house.entry, data={**house.entry.data, "worst_house": [20.0] * 3})
    await house.set_up(control=False)
    await house.pass_time(SOON)
    assert set(left(house)) == {Left(KEBA, 16.0, Cause.LAST_LIMIT)}
    await house.turn_control(on=True)
    assert await house.pass_time(SOON, lambda: armed(box))
    await house.pass_time(10)
    assert set(left(house)) == {Left(KEBA, 8.0, Cause.FALL_BACK)}


async def test_a_box_that_forgot_it_is_armed_anew(hass: HomeAssistant, house: VirtualHouse, box: Charger) -> None:
    want(hass, house, WANTED)
    await house.set_up()
    assert await house.pass_time(SOON, lambda: armed(box))
    await house.demo.devices[KEBA].unplug()
    await house.pass_time(30)
    box.timeout = None
    await house.demo.devices[KEBA].plug_in()
    assert await house.pass_time(SOON, lambda: armed(box))


async def test_a_box_that_has_it_is_not_written_to(hass: HomeAssistant, house: VirtualHouse, box: Charger) -> None:
    want(hass, house, WANTED)
    box.timeout, box.fall_back = 60.0, 8.0
    await house.set_up()
    await house.pass_time(5)
    # Were it set, it would be so again.
    box.timeout, box.fall_back = 50.0, 9.0
    await house.pass_time(SOON)
    assert (box.timeout, box.fall_back) == (50, 9)


async def test_without_a_word_of_the_user_nothing_is_set(
    hass: HomeAssistant, house: VirtualHouse, box: Charger
) -> None:
    before = (box.timeout, box.fall_back)
    await house.set_up()
    await house.pass_time(SOON)
    assert (box.timeout, box.fall_back) == before


async def test_the_user_says_so_while_it_runs(hass: HomeAssistant, house: VirtualHouse, box: Charger) -> None:
    await house.set_up()
    await house.pass_time(SOON)
    want(hass, house, WANTED)
    assert await house.pass_time(SOON, lambda: armed(box))


async def test_a_fall_back_that_it_cannot_have_is_told_once(
    hass: HomeAssistant, house: VirtualHouse, box: Charger, caplog: pytest.LogCaptureFixture
) -> None:
    """The site goes on without it."""
    want(hass, house, {"amperes": 8.0, "timeout": 5.0})
    await house.set_up()
    await house.pass_time(2 * SOON)
    assert caplog.text.count("did not take a fall-back of 8 A: 5.0 s is not from 10 to 600 s") == 1
    assert house.runner.chargers[KEBA].online
    assert not box.timeout
