from custom_components.ev_charger_pool.pool.energy import EnergyCount
from custom_components.ev_charger_pool.pool.model import ChargerReading


def reading(source: str, *, total_wh: float | None = None, session_wh: float | None = None) -> ChargerReading:
    return ChargerReading(
        source=source,
        sequence=1,
        asked=0.0,
        taken=0.0,
        amperes=(None, None, None),
        total_wh=total_wh,
        session_wh=session_wh,
    )


def counted(*steps: ChargerReading) -> float:
    count = EnergyCount()
    for step in steps:
        count = count.count([step])
    return count.wh


def test_the_first_value_of_a_counter_is_where_counting_begins():
    assert counted(reading("a", total_wh=5_000_000)) == 0
    assert counted(reading("a", total_wh=5_000_000), reading("a", total_wh=5_000_400)) == 400


def test_another_charger_does_not_make_it_jump():
    assert counted(reading("a", total_wh=100), reading("b", total_wh=9_000_000), reading("a", total_wh=150)) == 50


def test_a_counter_that_fell_is_a_new_starting_point():
    steps = [reading("a", total_wh=5_000), reading("a", total_wh=10), reading("a", total_wh=30)]
    assert counted(*steps) == 20


def test_a_silent_counter_changes_nothing():
    assert counted(reading("a", total_wh=100), reading("a"), reading("a", total_wh=160)) == 60


def test_sessions_count_where_there_is_no_counter():
    steps = [reading("a", session_wh=500), reading("a", session_wh=900), reading("a", session_wh=50)]
    assert counted(*steps) == 450


def test_a_session_is_not_counted_beside_a_counter():
    steps = [
        reading("a", session_wh=0, total_wh=1_000),
        reading("a", session_wh=300),
        reading("a", session_wh=500, total_wh=1_500),
    ]
    assert counted(*steps) == 500
