import pytest

from custom_components.ev_charger_pool.pool.model import Capability, Charger, Decision, PerLine, Reason, Why
from custom_components.ev_charger_pool.pool.totals import Total, amperes_on_lines, binding, total

STAR = (frozenset({0}), frozenset({1}), frozenset({2}))
ROTATED = (frozenset({1}), frozenset({2}), frozenset({0}))
DELTA = (frozenset({0, 1}), frozenset({1, 2}), frozenset({2, 0}))


def test_a_missing_value_is_left_out_and_named():
    assert total({"garage": 7.0, "carport": None}) == Total(7.0, ("carport",))


def test_nothing_known_is_no_zero():
    assert total({"garage": None}) == Total(None, ("garage",))


def test_no_chargers_draw_nothing():
    assert total({}) == Total(0)


def test_production_and_consumption_are_cut_after_summing():
    net = total({"a": 2.0, "b": 4.0, "c": -10.0})
    assert net.value == -4
    assert net.clipped(1).value == 0
    assert net.clipped(-1).value == 4
    assert Total(None, ("a",)).clipped(1) == Total(None, ("a",))


@pytest.mark.parametrize(
    ("wiring", "phases", "amperes", "expected"),
    [
        (STAR, 3, (10.0, 11.0, 12.0), (10.0, 11.0, 12.0)),
        (ROTATED, 3, (10.0, 11.0, 12.0), (12.0, 10.0, 11.0)),
        (ROTATED, 3, (10.0, None, 12.0), (12.0, 10.0, None)),
        (DELTA, 3, (10.0, 10.0, 10.0), (20.0, 20.0, 20.0)),
        ((frozenset({1}),), 1, (16.0, None, None), (0.0, 16.0, 0.0)),
        (None, 3, (10.0, 10.0, 9.9), (9.9, 9.9, 9.9)),
        (None, 3, (10.0, 0.0, 0.0), (None, None, None)),
        (None, 3, (0.2, 0.0, 0.0), (0.0, 0.0, 0.0)),
        (None, 3, (10.0, None, 10.0), (None, None, None)),
        (None, 1, (16.0, None, None), (None, None, None)),
    ],
)
def test_currents_land_on_the_lines_they_load(wiring, phases: int, amperes: PerLine, expected: PerLine):
    charger = Charger(id="garage", name="Garage", wiring=wiring, capability=Capability(phases=phases))
    assert amperes_on_lines(charger, amperes, range(3)) == expected


def test_a_line_that_the_site_does_not_have_stays_unknown():
    charger = Charger(id="garage", name="Garage", wiring=(frozenset({0}),), capability=Capability(phases=1))
    assert amperes_on_lines(charger, (16.0, None, None), [0]) == (16.0, None, None)


def decision(charger: str, why: Why) -> Decision:
    return Decision(charger=charger, amperes=6.0, target=6.0, lines=frozenset({0}), reason=Reason(why=why))


def test_the_gravest_reason_binds_the_site():
    decisions = [decision("a", Why.FUSE), decision("b", Why.NO_CAR), decision("c", Why.METER_STALE)]
    assert binding(decisions) is decisions[2]


def test_equal_reasons_are_told_by_charger_id():
    decisions = [decision("b", Why.FUSE), decision("a", Why.FUSE)]
    assert binding(decisions) is decisions[1]


def test_what_concerns_one_charger_does_not_bind_the_site():
    assert binding([decision("a", Why.NO_CAR), decision("b", Why.USER_CAP)]) is None
