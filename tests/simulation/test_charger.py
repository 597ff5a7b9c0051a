import pytest

from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.charger import Charger


def charger(**changed: float | None) -> Charger:
    arguments = {"maximum": 32.0, "reboot_default": 16.0, "latency": 0.0} | changed
    return Charger(**arguments)


@pytest.mark.parametrize(
    ("limit", "offered"), [(0.0, 0.0), (1.0, 0.0), (5.99, 0.0), (6.0, 6.0), (31.9, 31.9), (40.0, 32.0)]
)
def test_offers_nothing_or_at_least_six_amperes_and_at_most_its_maximum(limit: float, offered: float) -> None:
    box = charger()
    box.set_limit(0, limit)
    box.tick(0)
    assert box.offered == offered


def test_offers_a_new_limit_after_its_latency() -> None:
    box = charger(latency=2.0)
    box.tick(0)
    box.tick(2)
    assert box.offered == 16
    box.set_limit(2, 10)
    box.tick(2)
    box.tick(3.9)
    assert box.offered == 16
    box.tick(4)
    assert box.offered == 10


def test_falls_back_after_silence_until_a_new_limit_comes() -> None:
    box = charger(timeout=60.0, fall_back=6.0)
    box.set_limit(0, 20)
    box.tick(59.9)
    assert (box.limit, box.remaining(59.9)) == (20, pytest.approx(0.1))
    box.tick(60)
    assert (box.limit, box.remaining(60)) == (6, 0)
    box.feed(61)
    box.tick(61)
    assert box.limit == 6
    box.set_limit(62, 20)
    box.tick(62)
    assert box.limit == 20


def test_feeding_holds_the_fall_back_off() -> None:
    box = charger(timeout=60.0)
    box.set_limit(0, 20)
    for now in range(0, 200, 50):
        box.feed(now)
        box.tick(now)
    assert box.limit == 20


def test_does_not_fall_back_before_anybody_spoke_to_it() -> None:
    box = charger(timeout=60.0, fall_back=0.0)
    box.tick(0)
    box.tick(1000)
    assert box.limit == 16


def test_a_reboot_forgets_the_limit_and_the_pause() -> None:
    box = charger()
    box.set_limit(0, 7)
    box.enabled = False
    assert box.limit == 0
    box.reboot()
    assert box.limit == 16


def test_state_follows_the_car() -> None:
    box = charger()
    box.tick(0)
    assert box.state == "A"
    box.car = Car(phases=1)
    assert box.state == "C"
    box.set_limit(0, 0)
    box.tick(0)
    assert box.state == "B"


def test_a_car_that_has_not_followed_yet_is_still_in_c() -> None:
    box = charger()
    box.car = Car(phases=3)
    for now in range(20):
        box.tick(now)
    assert box.currents == (16, 16, 16)
    box.set_limit(20, 0)
    box.tick(20)
    assert (box.offered, box.state) == (0, "C")
    box.tick(25)
    assert (box.currents, box.state) == ((0, 0, 0), "B")


def test_the_latency_counts_from_the_write_and_not_from_the_next_tick() -> None:
    box = charger(latency=2.0)
    for now in range(4):
        box.tick(now)
    box.set_limit(3.4, 10)
    box.tick(5)
    assert box.offered == 16
    box.tick(5.4)
    assert box.offered == 10


def test_may_begin_at_another_limit_than_that_of_a_reboot() -> None:
    box = charger(limit=8.0)
    assert (box.limit, box.setpoint) == (8, 8)
    box.reboot()
    assert box.limit == 16


def test_one_that_ignores_takes_a_limit_and_keeps_the_one_it_had() -> None:
    box = charger(timeout=60.0, limit=10.0)
    box.ignores = True
    box.set_limit(0, 6)
    box.tick(0)
    assert (box.limit, box.offered, box.remaining(0)) == (10, 10, 60)
    box.ignores = False
    box.set_limit(1, 6)
    assert box.limit == 6


def test_nothing_flows_while_it_starts_up() -> None:
    box = charger(limit=10.0, latency=1.0)
    box.car = Car(phases=3, reaction=2.0, ramp=1000.0)
    for now in range(10):
        box.tick(now)
    assert box.currents == (10, 10, 10)
    box.reboot()
    box.down = True
    assert not box.hears
    box.tick(10)
    assert (box.currents, box.offered, box.limit) == ((0, 0, 0), 0, 0)
    box.down = False
    drawn = []
    for now in range(11, 16):
        box.tick(now)
        drawn.append(box.current)
    assert drawn == [0, 0, 0, 16, 16]


def test_one_that_nobody_hears_goes_on_charging() -> None:
    box = charger(limit=10.0)
    box.car = Car(phases=1, reaction=0.0, ramp=1000.0)
    box.silent = True
    box.tick(0)
    box.tick(1)
    assert (box.current, box.hears) == (10, False)


def test_a_car_asleep_is_connected_and_not_ready() -> None:
    box = charger(latency=0.0)
    box.car = Car(phases=1, reaction=0.0, ramp=1000.0, sleeps_after=1)
    for now, limit in enumerate((10, 10, 0, 10, 10)):
        box.set_limit(now, limit)
        box.tick(now)
    assert (box.offered, box.state) == (10, "B")


def test_switches_through_one_phase_or_all() -> None:
    box = charger()
    box.car = Car(phases=3)
    for now in range(20):
        box.tick(now)
    assert box.currents == (16, 16, 16)
    box.set_phases(20, 1)
    assert box.currents == (16, 0, 0)
    assert box.power == 16 * 230
    box.car = Car(phases=2)
    for now in range(20, 40):
        box.tick(now)
    assert box.currents == (16, 0, 0)
    box.set_phases(40, 3)
    assert box.currents == (16, 16, 0)
