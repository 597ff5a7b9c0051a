"""The library: a line for each scenario and a summary."""

from pathlib import Path
import re

import pytest

from simulate.library import run_library
from tests.simulate.scenarios import AVERAGE, BROKEN, FINE


def test_every_scenario_has_a_line_and_the_summary_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fine.yaml").write_text(FINE)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    assert run_library(tmp_path, 1) == 1
    heading, broken, *sentences, fine, total = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["scenario", "kWh"]
    assert broken.split()[0] == "broken"
    assert sentences[0].startswith("BROKEN: ")
    assert re.match(r"fine +\d+\.\d +\d+ % +\d+ % +\d+ +\d+\.\d +\d+ s ", fine)
    assert re.match(r"2 scenarios, 9 min: 1 broken; \d+ % of the oracle on average, at least \d+ % \(\w+\)$", total)


def test_where_all_rules_hold_the_status_is_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fine.yaml").write_text(FINE)
    assert run_library(tmp_path, 1) == 0
    assert "1 scenario, 6 min: 0 broken" in capsys.readouterr().out


def test_what_the_oracle_knows_nothing_of_is_not_compared_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "average.yaml").write_text(AVERAGE)
    (tmp_path / "fine.yaml").write_text(FINE)
    assert run_library(tmp_path, 1) == 0
    _, average, fine, total = capsys.readouterr().out.splitlines()
    assert re.match(r"average +\d+\.\d +- +- +\d+ ", average)
    share = re.match(r"fine +\d+\.\d +(\d+ %)", fine)
    assert share is not None
    assert total.endswith(f"; {share[1]} of the oracle on average, at least {share[1]} (fine)")
