"""Heat of breakers: the model of the pool, and the bounds on it."""

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.heat import CHARACTERISTICS, Heat
from custom_components.ev_charger_pool.pool.model import MAIN, Breaker, Capability
from custom_components.ev_charger_pool.simulation.heating import Warmth, highest_heat
from custom_components.ev_charger_pool.simulation.judge import judge
from custom_components.ev_charger_pool.simulation.scenario import Fault, FaultKind, MeterModel
from tests.simulation.draft import Draft, box
from tests.simulation.small import ONE

FUSE = 25.0


def by_the_pool(amperes: np.ndarray, breaker: Breaker, rated: float) -> float:
    heat = Heat(breaker=breaker, rated=rated, amperes=float(amperes[0]), at=0.0, value=float(amperes[0] / rated) ** 2)
    highest = heat.percent
    for second, value in enumerate(amperes[1:].tolist(), start=1):
        heat = heat.after(value, float(second), 10.0)
        highest = max(highest, heat.percent)
    return highest


@pytest.mark.parametrize("breaker", Breaker)
@pytest.mark.parametrize("seed", range(4))
def test_heat_is_that_of_the_pool(breaker: Breaker, seed: int) -> None:
    """Over several blocks, with loads that change and feed in."""
    chance = np.random.default_rng(seed)
    loads = chance.uniform(0.8, 1.12, 30) * np.where(chance.random(30) < 0.3, -FUSE, FUSE)
    amperes = np.repeat(loads, 40) + chance.normal(0, 0.5, 1200)

    heat = highest_heat(amperes, breaker, FUSE)

    assert heat == pytest.approx(by_the_pool(amperes, breaker, FUSE), abs=1e-9)
    assert 0 < heat < 100


def test_a_breaker_may_trip_at_once() -> None:
    amperes = np.full(60, 10.0)
    amperes[30] = CHARACTERISTICS[Breaker.B].at_once * FUSE + 0.1

    assert highest_heat(amperes, Breaker.B, FUSE) == 100
    assert highest_heat(amperes, Breaker.C, FUSE) == 0


def warmth(total: float, seconds: int, house: float = 10.0, **changed: object) -> Warmth:
    """Of the breaker on L2 after a step to some amperes."""
    draft = Draft(**changed)
    draft.house[MAIN][100 : 100 + seconds, 1] = house
    draft.drawn[ONE][100 : 100 + seconds, 1] = total - house
    (heat,) = [line.heat for line in judge(draft.record()).lines if line.place == "main L2"]
    assert heat is not None
    return heat


@pytest.mark.parametrize(
    ("interval", "load", "bound"),
    [
        (1.0, 1.6, 60.0),
        (1.0, 1.7, 100.0),
        (1.0, 2.0, 100.0),
        (1.0, 2.1, None),
        (5.0, 1.4, 60.0),
        (5.0, 1.5, 100.0),
        (5.0, 1.6, 100.0),
        (5.0, 1.7, None),
        (11.0, 1.1, None),
    ],
)
def test_the_bound_depends_on_the_meter_and_the_step(interval: float, load: float, bound: float | None) -> None:
    assert warmth(load * FUSE, 3, meters={MAIN: MeterModel(interval=interval)}).bound == bound


def test_too_much_heat_breaks_a_rule() -> None:
    draft = Draft()
    draft.drawn[ONE][100:180, 1] = 30.0

    heat = next(line.heat for line in judge(draft.record()).lines if line.place == "main L2")

    assert heat is not None
    assert (heat.bound, heat.kept) == (60.0, False)
    assert f"main L2: the breaker reached {heat.percent:.0f} % of its heat, bound 60 %" in judge(draft.record()).broken


def test_what_the_house_heats_alone_is_not_bounded() -> None:
    heat = warmth(40.0, 300, house=30.0)

    assert heat.percent == 100
    assert heat.judged == 0
    assert heat.kept


def test_heat_beside_a_house_that_was_over_is_judged() -> None:
    """Only the seconds of the house alone count as rated current."""
    draft = Draft()
    draft.house[MAIN][50:60, 1] = 30.0
    draft.drawn[ONE][100:180, 1] = 30.0

    heat = next(line.heat for line in judge(draft.record()).lines if line.place == "main L2")

    assert heat is not None
    assert heat.judged > 60
    assert not heat.kept


def test_in_a_run_with_faults_heat_is_only_told() -> None:
    heat = warmth(40.0, 80, faults=(Fault(kind=FaultKind.CRASH, at=500.0, until=510.0),))

    assert heat.percent > 60
    assert heat.bound is None


def test_a_slow_charger_keeps_no_bound() -> None:
    """R12: 1 s meter, 1 s latency and 5 s settling, and 14 s of pace are over 20 s."""
    slow = Capability(maximum=16.0, latency=1.0, write_interval=14.0)
    quick = Capability(maximum=16.0, latency=1.0, write_interval=13.0)

    assert warmth(40.0, 80, boxes=(box(capability=slow),)).bound is None
    assert warmth(40.0, 80, boxes=(box(capability=quick),)).bound == 60


def test_without_a_meter_there_is_no_bound() -> None:
    assert warmth(40.0, 80, meters={}).bound is None
