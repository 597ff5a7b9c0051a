from demo.physics.car import Car


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
