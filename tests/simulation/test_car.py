import pytest

from custom_components.ev_charger_pool.simulation.car import Car


def live(car: Car, offered: float, start: float, end: float) -> None:
    """Let it live in steps of a tenth of a second."""
    for tenth in range(round(start * 10), round(end * 10) + 1):
        car.tick(tenth / 10, offered)


def test_starts_after_its_reaction_time_and_ramps_up() -> None:
    car = Car(phases=1, ramp=2.0)
    live(car, 16.0, 0, 4.9)
    assert car.current == 0
    live(car, 16.0, 5, 8)
    assert 5.5 < car.current < 7
    live(car, 16.0, 8, 14)
    assert car.current == 16


def test_follows_a_lower_offer_five_seconds_late() -> None:
    car = Car(phases=1)
    live(car, 16.0, 0, 20)
    live(car, 8.0, 20.1, 25)
    assert car.current == 16
    live(car, 8.0, 25.1, 25.2)
    assert car.current == 8


def test_stops_when_less_than_its_minimum_is_offered() -> None:
    car = Car(phases=3, minimum=8.0)
    live(car, 16.0, 0, 20)
    live(car, 7.0, 20.1, 26)
    assert car.current == 0


def test_takes_no_more_than_its_maximum() -> None:
    car = Car(phases=1, maximum=10.0)
    live(car, 32.0, 0, 20)
    assert car.current == 10


def test_stops_when_it_is_full() -> None:
    car = Car(phases=1, reaction=0.0, ramp=1000.0, needs=230.0)
    live(car, 10.0, 0, 400)
    assert car.current == 0
    assert not car.hungry
    assert 230 <= car.charged < 232


def test_the_current_falls_evenly_to_the_minimum_near_full() -> None:
    car = Car(phases=1, reaction=0.0, ramp=1000.0, needs=1000.0, taper=400.0)
    for second in range(7200):
        car.tick(second, 16.0)
        left = car.needs - car.charged
        if not car.hungry:
            break
        assert car.current == (16 if second and left >= 400 else pytest.approx(6 + 10 * left / 400 if second else 0))
    assert car.current == 0
    assert 1000 <= car.charged < 1001


def test_the_last_pause_that_it_bears_sends_it_to_sleep() -> None:
    car = Car(phases=1, reaction=0.0, ramp=1000.0, sleeps_after=2)
    states = []
    for second, offered in enumerate((16, 16, 0, 0, 16, 16, 0, 16, 16)):
        car.tick(second, offered)
        states.append((car.current > 0, car.ready))
    assert states == [
        (False, True),
        (True, True),
        (False, True),
        (False, True),
        (True, True),
        (True, True),
        (False, False),
        (False, False),
        (False, False),
    ]
    assert car.hungry


def test_a_pause_while_it_draws_nothing_does_not_tire_it() -> None:
    car = Car(phases=1, reaction=0.0, ramp=1000.0, sleeps_after=1, minimum=10.0)
    for second, offered in enumerate((8, 8, 0, 0, 8, 0, 16, 16)):
        car.tick(second, offered)
    assert car.current == 16


def test_adds_phases_some_time_after_it_began_to_draw() -> None:
    car = Car(phases=1, reaction=0.0, ramp=1000.0, later_phases=(30.0, 3))
    for second in range(10):
        car.tick(second, 0.0)
    phases = []
    for second in range(10, 50):
        car.tick(second, 10.0)
        phases.append(car.phases)
    assert phases == [1] * 30 + [3] * 10


@pytest.mark.parametrize(("offered", "drawn"), [(10.0, 12.0), (15.0, 16.0), (5.0, 0.0)])
def test_one_that_cheats_draws_more_than_offered_but_never_above_its_maximum(offered: float, drawn: float) -> None:
    car = Car(phases=1, reaction=0.0, ramp=1000.0, excess=2.0)
    for second in range(3):
        car.tick(second, offered)
    assert car.current == drawn


def test_an_opened_contactor_ends_its_current_at_once() -> None:
    car = Car(phases=1, ramp=1000.0, sleeps_after=2)
    live(car, 10.0, 0, 10)
    assert car.current == 10
    charged = car.charged
    car.cut_off(11.0)
    assert car.current == 0
    assert car.charged == pytest.approx(charged + 10 * 230 / 3600)
    assert not car.asleep
    live(car, 10.0, 11.1, 16)
    assert car.current == 0
    live(car, 10.0, 16.1, 17)
    assert car.current == 10


def test_a_car_uses_no_more_phases_than_its_charger_switches_through() -> None:
    car = Car(phases=3, later_phases=None)
    car.supplied = 1
    live(car, 16.0, 0, 20)
    before = car.charged
    live(car, 16.0, 20.1, 56.1)
    assert car.phases == 1
    assert car.charged - before == pytest.approx(16 * 230 * 36 / 3600, rel=0.01)
    car.supplied = 3
    assert car.phases == 3
