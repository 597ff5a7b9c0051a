import pytest

from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.charger import Charger
from custom_components.ev_charger_pool.simulation.house import Appliance, House, Outlet


def test_adds_up_what_flows_on_each_line() -> None:
    charger = Charger(maximum=32, reboot_default=10, latency=0)
    charger.car = Car(phases=1, reaction=0, ramp=1000)
    house = House((1, 2, 3), (Appliance("hob", (4, 5, 0)),), {"rotated": Outlet(charger, (2, 0, 1))})
    house.tick(0)
    house.tick(1)
    assert house.currents == (1, 2, 13)
    house.appliances["hob"].on = True
    assert house.currents == (5, 7, 13)


@pytest.mark.parametrize(("base", "imported", "exported"), [((10, 0, 0), 2300, 0), ((-10, 0, 0), 0, 2300)])
def test_counts_energy_by_direction(base: tuple[float, float, float], imported: float, exported: float) -> None:
    house = House(base, (), {})
    house.tick(0)
    house.tick(3600)
    assert (house.imported, house.exported) == (imported, exported)
