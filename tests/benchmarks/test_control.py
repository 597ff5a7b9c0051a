"""The verdicts of the comparison, from results made by hand."""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.control import CONTROLLERS, OURS, Result, Results, baselines_figure, energy_figure, summary, table

GOOD = Result(
    energy=40.0,
    delivered=29.0,
    possible=30.0,
    share_at_once=0.9,
    over_seconds=3,
    relief=7,
    bound=8.0,
    relieved=True,
    heat=12.0,
    stops=1,
    changes=20,
    car_hours=5.0,
)
WORSE = replace(GOOD, delivered=28.0, changes=30)


def results(**changed: Result) -> Mapping[str, Results]:
    """One scenario in which ours is the best, but for what is changed."""
    return {"evening": dict.fromkeys(CONTROLLERS, WORSE) | {OURS: GOOD} | changed}


def test_all_figures_hold() -> None:
    assert str(energy_figure(results())) == "Energy: holds"
    assert str(baselines_figure(results())) == "Against baselines: holds"


def test_energy_asks_for_an_average_and_a_least_share() -> None:
    runs = {**results(), "night": results(ours=replace(GOOD, delivered=26.0))["evening"]}
    assert energy_figure(runs).exceptions == (
        "91.7% on average, 95% is asked",
        "86.7% in night, 88% is asked",
    )


def test_a_scenario_in_which_nothing_is_possible_has_no_share() -> None:
    nothing = replace(GOOD, delivered=0.0, possible=0.0)
    assert energy_figure({**results(), "night": results(ours=nothing)["evening"]}).exceptions == ()


def test_a_baseline_that_keeps_its_bound_must_not_deliver_as_much_or_stop_less() -> None:
    better = replace(WORSE, delivered=29.0, stops=0)
    assert baselines_figure(results(openWB=better)).exceptions == (
        "evening: 29.00 kWh, openWB delivers 29.00, the oracle 30.00",
        "evening: 1 stops, openWB needs 0",
    )
    assert baselines_figure(results(openWB=replace(better, relieved=False))).exceptions == ()


def test_the_open_loop_reference_is_no_rival() -> None:
    rival = replace(WORSE, delivered=31.0, stops=0, changes=0)
    assert baselines_figure(results(**{"equal split": rival})).exceptions == ()


def test_comparable_baselines_must_need_more_set_point_changes() -> None:
    calm = replace(WORSE, changes=20)
    assert baselines_figure(results(evcc=calm)).exceptions == ("4.0 set-point changes per car-hour, evcc needs 4.0",)
    # Below 90 % of our energy it is no comparison.
    assert baselines_figure(results(evcc=replace(calm, delivered=26.0))).exceptions == ()


def test_tables_show_every_controller_and_mark_a_broken_bound() -> None:
    runs = results(EVerest=replace(WORSE, relief=12, relieved=False))
    lines = table("evening", runs["evening"]).splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["ours", "evcc"]
    assert len(lines) == 3 + len(CONTROLLERS)
    (broken,) = [line for line in lines if line.startswith("EVerest")]
    assert "12 of 8 s!" in broken
    assert "0 of 1" in next(line for line in summary(runs).splitlines() if line.startswith("EVerest"))
