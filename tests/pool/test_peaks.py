"""The worst of a window."""

from hypothesis import given, settings, strategies as st

from custom_components.ev_charger_pool.pool.peaks import Peaks


def test_the_highest_value_of_any_window() -> None:
    peaks = Peaks(memory=3600, bucket=5)
    for at, value in ((0, 4.0), (100, 9.0), (200, 2.0), (300, 3.0)):
        peaks = peaks.add(at, value)
    assert peaks.worst(0) == 9
    assert peaks.worst(150) == 3
    assert peaks.worst(301) == 3, "a bucket counts as taken at its end"
    assert peaks.worst(310) is None


@settings(derandomize=True, max_examples=100)
@given(
    samples=st.lists(st.tuples(st.integers(0, 30), st.integers(-20, 60)), min_size=1, max_size=60),
    window=st.integers(1, 300),
)
def test_a_peak_is_never_forgotten_too_early(samples: list[tuple[int, int]], window: int) -> None:
    peaks = Peaks(memory=300, bucket=5)
    at = 0.0
    history = []
    for gap, value in samples:
        at += gap
        history.append((at, value))
        peaks = peaks.add(at, value)
    since = at - window
    worst = peaks.worst(since)
    assert worst is not None
    assert worst >= max(value for taken, value in history if taken >= since)
    assert worst <= max(value for taken, value in history if taken >= since - 5)
    assert len(peaks.entries) <= 300 / 5 + 2
