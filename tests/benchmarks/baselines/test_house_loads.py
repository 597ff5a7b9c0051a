"""The load of the house, from samples and what chargers told around them."""

from benchmarks.baselines.house_loads import HouseLoads
from benchmarks.baselines.readings import Readings
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    ChargerReading,
    Circuit,
    Grid,
    MeterReading,
    Site,
    VehicleState,
)
from custom_components.ev_charger_pool.pool.state import Settings
from tests.benchmarks.baselines.bench import L1, charger, fuse


class House:
    """Feeds the loads of a house with one charger on L1."""

    def __init__(self, *circuits: Circuit, matched: bool = True) -> None:
        site = Site(grid=Grid.TN, circuits=circuits or (fuse(),), chargers=(charger("one", wiring=L1),))
        self.readings = Readings(Settings(site=site))
        self.loads = HouseLoads(matched=matched)

    def hear(self, at: int, mains: float | None = None, drawn: float | None = None, meter: str = MAIN) -> float | None:
        """Hear a meter or the charger or both; returns the load of the main circuit on L1."""
        heard: list[MeterReading | ChargerReading] = []
        if mains is not None:
            heard.append(MeterReading(source=meter, sequence=at, taken=at, amperes=(mains, 0.0, 0.0)))
        if drawn is not None:
            told = {"asked": at, "taken": at, "state": VehicleState.C, "amperes": (drawn, 0.0, 0.0)}
            heard.append(ChargerReading(source="one", sequence=at, **told))
        self.loads.update(at, self.readings, self.readings.take(heard), {})
        load = self.loads.of(self.readings, self.readings.circuits[MAIN])
        return None if load is None else load[0]


def test_a_sample_waits_for_what_the_charger_tells_after_it() -> None:
    house = House()
    assert house.hear(1, mains=12.0, drawn=10.0) == 2.0
    assert house.hear(2, mains=15.0) == 2.0
    assert house.hear(3, drawn=10.0) == 5.0


def test_while_a_car_moves_samples_do_not_count_for_as_long_as_that_may_take() -> None:
    house = House()
    assert house.hear(1, mains=12.0, drawn=10.0) == 2.0
    loads = []
    for second in range(1, 12):
        # The car rises by 1 A a second between the readings of meter and charger, the house draws 5 A.
        house.hear(2 * second, mains=15.0 + 2 * second)
        loads.append(house.hear(2 * second + 1, drawn=11.0 + 2 * second))
    assert loads[:4] == [2.0] * 4
    # From here on it counts with what the charger told after it.
    assert loads[5] == 4.0


def test_unmatched_a_sample_counts_at_once() -> None:
    house = House(matched=False)
    house.hear(1, mains=12.0, drawn=10.0)
    assert house.hear(2, mains=15.0) == 5.0


def test_a_silent_charger_is_taken_at_its_last_word() -> None:
    house = House()
    house.hear(1, mains=12.0, drawn=10.0)
    for at in range(2, 12):
        assert house.hear(at, mains=16.0) == 2.0
    assert house.hear(12, mains=16.0) == 6.0


def test_without_a_meter_it_is_the_sum_of_the_circuits_below() -> None:
    house = House(fuse(metered=False), fuse("garage"), fuse("shed"))
    assert house.hear(1, mains=4.0, meter="garage", drawn=0.0) is None
    assert house.hear(3, mains=3.0, meter="shed", drawn=0.0) == 7.0
