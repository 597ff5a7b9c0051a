"""The open-loop reference: the fuse less 10 A in equal parts, written once."""

from benchmarks.baselines.equal_split import EqualSplit
from tests.benchmarks.baselines.bench import B, Bench, C, charger, fuse


def test_the_fuse_less_ten_amperes_in_equal_parts() -> None:
    bench = Bench(EqualSplit(), charger("one"), charger("two"))
    assert bench.hear(0, (1.0, 1.0, 1.0), one=(B, 0.0), two=(B, 0.0)) == {"one": 7.0, "two": 7.0}


def test_nothing_is_written_twice() -> None:
    bench = Bench(EqualSplit(), charger("one"))
    bench.hear(0, (1.0, 1.0, 1.0), one=(B, 0.0))
    for at in range(1, 100):
        assert bench.hear(at, (60.0, 1.0, 1.0), one=(C, 15.0)) == {}


def test_where_the_share_is_no_offer_the_first_have_it() -> None:
    bench = Bench(EqualSplit(), *(charger(key) for key in ("one", "two", "three")))
    assert bench.hear(0) == {"one": 7.0, "two": 7.0, "three": 0.0}


def test_every_fuse_on_the_way_counts() -> None:
    circuits = [fuse(amperes=35.0), fuse("garage", 16.0)]
    bench = Bench(EqualSplit(), charger("one", circuit="garage"), charger("two"), circuits=circuits)
    assert bench.hear(0) == {"one": 6.0, "two": 12.0}
