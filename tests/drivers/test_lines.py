"""The direction of a current is that of its active power (R13)."""

import pytest

from custom_components.ev_charger_pool.drivers.lines import directed


@pytest.mark.parametrize(
    ("amperes", "watts", "expected"),
    [
        (5.0, 1100.0, 5.0),
        (5.0, -1100.0, -5.0),
        (-5.0, 1100.0, 5.0),
        (5.0, None, 5.0),
        (-5.0, None, -5.0),
        (0.0, -3.0, 0.0),
        (1.0, -51.0, -1.0),
    ],
)
def test_directions(amperes: float, watts: float | None, expected: float) -> None:
    assert directed(amperes, watts) == expected


@pytest.mark.parametrize("amperes", [5.0, -5.0])
def test_a_current_with_hardly_any_active_power_is_no_export(amperes: float) -> None:
    assert directed(amperes, -5.0) == 5.0
