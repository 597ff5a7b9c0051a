"""Evenings at random: what is said of them, and that broken ones can be run again."""

from pathlib import Path

import pytest

from custom_components.ev_charger_pool.simulation.evening import draw_evening
from custom_components.ev_charger_pool.simulation.scenario_file import read_scenario
from simulate.soak import report


def test_a_broken_evening_is_kept_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "kept"
    assert report([((5, 1), ()), ((5, 2), ("too hot", "too late", "too much", "too soon"))], 2, folder) == (1, 4)
    path = folder / "evening_5_2.yaml"
    lines = [f"{path}:", "BROKEN: 4 rules", "  too hot", "  too late", "  too much", "  and 1 more"]
    assert capsys.readouterr().out.splitlines() == lines
    assert read_scenario(path) == draw_evening(5, 2)


def test_an_evening_that_ends_in_an_error_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report([((5, 3), ZeroDivisionError("no room"))], 1, tmp_path) == (1, 1)
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1:] == ["BROKEN: 1 rule", "  ended by ZeroDivisionError: no room"]
    assert "ZeroDivisionError" in printed.err


def test_evenings_that_keep_all_rules_leave_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report([((5, 1), ()), ((5, 2), ())], 2, tmp_path / "kept") == (0, 0)
    assert not capsys.readouterr().out
    assert not (tmp_path / "kept").exists()
