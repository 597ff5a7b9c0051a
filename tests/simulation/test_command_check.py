"""The command check sees what a controller should not have decided."""

from dataclasses import replace

from custom_components.ev_charger_pool.pool.control import Outcome, step
from custom_components.ev_charger_pool.pool.model import MAIN, Ack, ChargerReading, MeterReading, Now, VehicleState, Why
from custom_components.ev_charger_pool.pool.state import State, ready, start
from custom_components.ev_charger_pool.simulation.command_check import breaches
from tests.pool.loop import L1, MORNING, THREE, charger, site
from tests.simulation.small import scenario

CHARGERS = (charger("garage", THREE), charger("drive", L1))


def settled(house: float) -> tuple[State, State, Outcome]:
    """Two cars at 8 A each beside a house on L1, for a while; the last step."""
    settings = replace(scenario().settings, site=site(*CHARGERS))
    state = ready(start(settings, 0.0), 0.0)
    acks: list[Ack] = []
    for second in range(1, 40):
        at = float(second)
        amperes = (house + 16.0, 10.0, 10.0)
        readings = [
            MeterReading(source=MAIN, sequence=second, taken=at, amperes=amperes, resolution=0.01),
            *(
                ChargerReading(
                    source=one.id,
                    sequence=second,
                    asked=at,
                    taken=at,
                    amperes=(8.0, 8.0, 8.0) if one.id == "garage" else (8.0, None, None),
                    state=VehicleState.C,
                    limit=8.0,
                )
                for one in CHARGERS
            ),
        ]
        before = state
        state, outcome = step(state, Now(at, MORNING), readings, acks)
        acks = []
    return before, state, outcome


def decided(outcome: Outcome, amperes: float) -> Outcome:
    """The same outcome with the garage set to something else."""
    decisions = {**outcome.decisions, "garage": replace(outcome.decisions["garage"], amperes=amperes)}
    return replace(outcome, decisions=decisions)


def test_what_the_controller_decides_is_allowed() -> None:
    before, after, outcome = settled(house=8.0)
    assert breaches(before, after, outcome, 39.0) == ()


def test_a_raise_without_room_is_seen() -> None:
    before, after, outcome = settled(house=8.0)
    assert breaches(before, after, decided(outcome, 9.0), 39.0) == (
        "main L1: raised garage to 8.00 A + 17.00 A, allowed 24.5 A",
        "main L1: left 8.00 A + 17.00 A, allowed 24.5 A",
    )


def test_room_for_the_raise_is_allowed() -> None:
    before, after, outcome = settled(house=7.0)
    assert breaches(before, after, decided(outcome, 9.0), 39.0) == ()


def test_a_cut_that_is_missing_is_seen() -> None:
    before, after, outcome = settled(house=8.0)
    risen = replace(after.meters[MAIN], amperes=(25.0, 10.0, 10.0))
    assert breaches(before, replace(after, meters={MAIN: risen}), outcome, 39.0) == (
        "main L1: left 9.00 A + 16.00 A, allowed 24.5 A",
    )


def test_nothing_is_asked_of_it_before_the_meter_has_spoken() -> None:
    before, after, outcome = settled(house=8.0)
    starting = {
        key: replace(old, amperes=16.0, reason=replace(old.reason, why=Why.STARTING))
        for key, old in outcome.decisions.items()
    }
    assert breaches(before, after, replace(outcome, decisions=starting), 39.0) == ()
