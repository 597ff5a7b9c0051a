from collections.abc import Sequence

import pytest

from demo.house import Moment
from demo.truth import all_asked, between, first_raise, peak, relief, seconds_over, settled


def record(
    *, l1: Sequence[float] = (), limits: Sequence[float] = (), requests: Sequence[int] = (), step: float = 1.0
) -> list[Moment]:
    """Moments one step apart, with what is not given at 0."""
    length = max(len(l1), len(limits), len(requests))
    return [
        Moment(
            at=100 + index * step,
            mains=(l1[index] if l1 else 0.0, 1.0, 2.0),
            limits={"box": limits[index] if limits else 0.0},
            drawn={"box": 0.0},
            requests={"box": requests[index] if requests else 0},
        )
        for index in range(length)
    ]


def test_counts_the_seconds_over_the_fuse() -> None:
    assert seconds_over(record(l1=(20, 26, 26, 25, 26, 20), step=0.5), 25) == 1.5


def test_peak_is_per_line() -> None:
    moments = record(l1=(20, 33, 21))
    assert (peak(moments, 0), peak(moments, 2)) == (33, 2)


@pytest.mark.parametrize(
    ("l1", "seconds"),
    [
        ((20, 20, 20), 0),
        ((20, 33, 33, 24, 24), 2),
        ((20, 33, 24, 26, 24), 3),
        ((33, 24, 24), 1),
        ((20, 33, 24, 26), None),
    ],
)
def test_relief_is_when_it_stays_below(l1: Sequence[float], seconds: float | None) -> None:
    assert relief(record(l1=l1), 0, 25) == seconds


@pytest.mark.parametrize(("limits", "at"), [((16, 10, 6), None), ((16, 6, 6, 7, 9), 103), ((6, 6.001, 6.002), None)])
def test_finds_the_first_raise(limits: Sequence[float], at: float | None) -> None:
    assert first_raise(record(limits=limits)) == at


@pytest.mark.parametrize(("requests", "at"), [((5, 5, 5), None), ((5, 5, 6, 7), 102)])
def test_a_charger_is_seen_once_it_was_asked(requests: Sequence[int], at: float | None) -> None:
    assert all_asked(record(requests=requests)) == at


@pytest.mark.parametrize(
    ("limits", "expected"), [((), False), ((6, 6), False), ((16, 6, 6, 6), True), ((16, 16, 6, 6), False)]
)
def test_settled_means_no_change_for_a_while(limits: Sequence[float], expected: bool) -> None:
    assert settled(record(limits=limits), 2) is expected


def test_cuts_a_part_out_of_a_record() -> None:
    assert [moment.at for moment in between(record(l1=(1, 2, 3, 4)), 101, 102)] == [101, 102]
