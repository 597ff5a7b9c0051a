"""evcc: 30 s per charger, worst of three phases, growth against every circuit, whole amperes, a minute of silence."""

from benchmarks.baselines.evcc import EvccCircuits
from custom_components.ev_charger_pool.pool.model import MAIN, Limit, Unit
from tests.benchmarks.baselines.bench import L1, L2, B, Bench, C, charger, fuse


def test_one_charger_is_controlled_every_thirty_seconds() -> None:
    bench = Bench(EvccCircuits(), charger("one"), charger("two"), circuits=[fuse(amperes=63.0)])
    for at in range(61):
        bench.hear(at, (1.0, 1.0, 1.0), one=(B, 0.0), two=(B, 0.0))
    assert [write[:2] for write in bench.writes] == [(0, "one"), (30, "two")]
    assert bench.rule.reaction == 60.0


def test_every_device_is_read_each_tick() -> None:
    bench = Bench(EvccCircuits(), charger("one"), charger("two"), circuits=[fuse(amperes=40.0)])
    bench.hear(0, (1.0, 1.0, 1.0), one=(B, 0.0), two=(B, 0.0))
    # 40 A less the 30 A that flow now, the first car's among them.
    assert bench.hear(30, (30.0, 17.0, 17.0), one=(C, 16.0), two=(B, 0.0)) == {"two": 10.0}


def test_a_phase_that_the_car_does_not_use_holds_it() -> None:
    bench = Bench(EvccCircuits(), charger("one", wiring=L1))
    assert bench.hear(0, (0.0, 0.0, 17.4), one=(B, 0.0)) == {"one": 7.0}


def test_an_overload_lowers_by_the_whole_of_it_and_below_six_amperes_disables() -> None:
    bench = Bench(EvccCircuits(), charger("one"))
    assert bench.hear(0, (1.0, 1.0, 1.0), one=(B, 0.0)) == {"one": 16.0}
    assert bench.hear(30, (28.5, 17.0, 17.0), one=(C, 16.0)) == {"one": 12.0}
    assert bench.hear(60, (32.0, 13.0, 13.0), one=(C, 12.0)) == {"one": 0.0}
    assert bench.hear(90, (18.0, 1.0, 1.0), one=(B, 0.0)) == {"one": 7.0}


def test_the_circuit_above_is_asked_too() -> None:
    circuits = [fuse(amperes=25.0), fuse("garage", 16.0)]
    bench = Bench(EvccCircuits(), charger("one", circuit="garage"), circuits=circuits)
    assert bench.hear(0, (14.5, 0.0, 0.0), circuits={"garage": (2.0, 0.0, 0.0)}, one=(B, 0.0)) == {"one": 10.0}
    assert bench.hear(30, (11.0, 0.0, 0.0), circuits={"garage": (15.0, 0.0, 0.0)}, one=(C, 10.0)) == {"one": 11.0}


def test_a_circuit_without_a_meter_adds_the_largest_phases_of_its_chargers() -> None:
    circuits = [fuse(amperes=63.0), fuse("garage", 20.0, metered=False)]
    chargers = charger("one", circuit="garage", wiring=L1), charger("two", circuit="garage", wiring=L2)
    bench = Bench(EvccCircuits(), *chargers, circuits=circuits)
    bench.hear(0, (0.0, 0.0, 0.0), one=(B, 0.0), two=(B, 0.0))
    # They are on different lines and still add up.
    assert bench.hear(30, (13.0, 0.0, 0.0), one=(C, 13.0), two=(B, 0.0)) == {"two": 7.0}


def test_a_meter_silent_for_a_minute_counts_as_overload() -> None:
    bench = Bench(EvccCircuits(), charger("one"))
    bench.hear(0, (1.0, 1.0, 1.0), one=(B, 0.0))
    assert bench.hear(60, one=(C, 16.0)) == {}
    assert bench.hear(90, one=(C, 16.0)) == {"one": 0.0}


def test_a_limit_from_outside_is_a_lower_fuse() -> None:
    bench = Bench(EvccCircuits(), charger("one"))
    limit = Limit(id="dimming", source="grid", target=MAIN, value=6_900.0, unit=Unit.WATT)
    bench.limit_from_outside(0, limit)
    assert bench.hear(0, (2.0, 2.0, 2.0), one=(B, 0.0)) == {"one": 8.0}
