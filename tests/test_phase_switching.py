"""A charger in Home Assistant that goes on with one phase: the whole way to its registers and back."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.explanation import explain
from custom_components.ev_charger_pool.pool.model import Why
from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.house import Outlet
from demo.devices.keba import Keba
from demo.house import ABB, ALFEN, HOB, KEBA
from tests.forms import presentable
from tests.virtual_house import CARS_FOLLOW, VirtualHouse

P40 = 4_223_010
SMALL_FUSE = 16.0
"""With the hob on there is no room for 6 A on L2, A."""


@pytest.fixture
async def p40(hass: HomeAssistant, house: VirtualHouse) -> VirtualHouse:
    """A house whose only car is at a charger that can switch its phases, and is wanted to."""
    demo = house.demo
    for name in (ALFEN, ABB):
        demo.charger(name).car = None
    box, port = demo.charger(KEBA), demo.ports[KEBA]
    box.car = Car(phases=3)
    demo.house.outlets[KEBA] = Outlet(box, (0, 1, 2))
    await demo.devices[KEBA].unplug()
    demo.devices[KEBA] = Keba(box, hass.loop.time, serial=21_718_281, product=P40, port=port)
    await demo.devices[KEBA].plug_in()
    house.entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(house.entry, data={**house.entry.data, "fuse": [SMALL_FUSE] * 3})
    return house


def want(hass: HomeAssistant, house: VirtualHouse, *, switching: bool) -> None:
    charger = house.entry.subentries[KEBA]
    data = {**charger.data, "wiring": "l1_l2_l3", "phase_switching": switching}
    hass.config_entries.async_update_subentry(house.entry, charger, data=data)


async def test_it_goes_on_with_one_phase(hass: HomeAssistant, p40: VirtualHouse) -> None:
    want(hass, p40, switching=True)
    await p40.set_up()
    box = p40.demo.charger(KEBA)
    assert await p40.pass_time(120, lambda: box.currents == (10, 10, 10))
    p40.demo.switch(HOB, on=True)
    assert await p40.pass_time(20, lambda: p40.why(KEBA) is Why.PHASE_SWITCH)
    assert explain(hass, p40.runner, p40.decision(KEBA)).startswith("Kept without current while it is switched")
    assert await p40.pass_time(60, lambda: box.phases == 1)
    assert box.current == 0
    assert await p40.pass_time(60, lambda: box.currents[0] >= 8), "the minimum, then what is free"
    assert box.currents[1:] == (0, 0)
    assert p40.decision(KEBA).lines == {0}
    assert p40.runner.state.outlets[KEBA].stops == 0


async def test_without_opt_in_it_pauses(hass: HomeAssistant, p40: VirtualHouse) -> None:
    want(hass, p40, switching=False)
    await p40.set_up()
    box = p40.demo.charger(KEBA)
    await p40.pass_time(30)
    p40.demo.switch(HOB, on=True)
    await p40.pass_time(60 + CARS_FOLLOW)
    assert (box.phases, box.limit) == (3, 0)
    assert p40.why(KEBA) is Why.NO_ROOM


async def test_a_charger_that_runs_is_offered_what_it_has_told(hass: HomeAssistant, p40: VirtualHouse) -> None:
    want(hass, p40, switching=False)
    await p40.set_up()
    await p40.pass_time(20)
    for name, offered in ((KEBA, True), (ALFEN, False)):
        menu = await p40.entry.start_subentry_reconfigure_flow(hass, name)
        form = await hass.config_entries.subentries.async_configure(menu["flow_id"], {"next_step_id": "details"})
        schema = presentable(form, "charger")["data_schema"]
        assert schema is not None
        assert ("phase_switching" in schema.schema) is offered
