"""Work in several processes comes back in order, errors included."""

from math import isqrt

from simulate.workers import spread


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(spread(isqrt, [25, 4, 9], 2)) == [(25, 5), (4, 2), (9, 3)]


def test_an_error_does_not_end_the_others() -> None:
    results = dict(spread(isqrt, [25, -1, 9], 2))
    assert isinstance(results[-1], ValueError)
    assert (results[25], results[9]) == (5, 3)
