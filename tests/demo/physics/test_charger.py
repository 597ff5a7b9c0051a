import pytest

from demo.physics.car import Car
from demo.physics.charger import Charger


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
