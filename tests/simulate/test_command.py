"""The command as a user types it: texts, files and exit status."""

import json
from pathlib import Path
import re
import subprocess
import sys

import pytest

from simulate.__main__ import main, parse
from tests.simulate.scenarios import AVERAGE, BROKEN, FINE

ROOT = Path(__file__).parent.parent.parent


def simulate(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "simulate", *map(str, arguments)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one scenario that is fine and one that is not."""
    path = tmp_path_factory.mktemp("scenarios")
    (path / "fine.yaml").write_text(FINE)
    (path / "broken.yaml").write_text(BROKEN)
    return path


@pytest.fixture(scope="module")
def fine(folder: Path) -> subprocess.CompletedProcess[str]:
    """The run of the one that is fine, with all it can write."""
    return simulate("fine.yaml", "--json", "fine.json", "--plot", "fine.png", folder=folder)


def test_a_table_tells_cars_fuses_and_the_verdict(fine: subprocess.CompletedProcess[str]) -> None:
    assert (fine.returncode, fine.stderr) == (0, "")
    lines = fine.stdout.splitlines()
    assert lines[:2] == ["fine: One car beside a kettle.", "6 min from 17:00, equal share, seed 0"]
    assert any(re.match(r"zoe +box +17:00 +17:06 +\d+\.\d +20\.0 +\d+ % +\d+ +\d+\.\d$", line) for line in lines)
    assert any(re.match(r"main L2 +25 A +\d+\.\d A +\d+ s ", line) for line in lines)
    assert any(line.startswith("main (limit ") and "9000 W" in line for line in lines)
    assert lines[-1] == "All rules held."


def test_the_json_has_what_the_table_has_and_every_second(fine: subprocess.CompletedProcess[str], folder: Path) -> None:
    told = json.loads((folder / "fine.json").read_text())
    assert told["scenario"]["duration_s"] == 360
    assert set(told) == {"scenario", "energy", "cars", "bounds", "averages", "broken", "writes", "decisions", "series"}
    assert told["averages"] == []
    assert told["energy"]["oracle_percent"] == told["cars"][0]["oracle_percent"] is not None
    car = told["cars"][0]
    assert (car["name"], car["charger"], car["arrives_at_s"], car["needed_wh"]) == ("zoe", "box", 30, 20_000)
    assert {bound["place"] for bound in told["bounds"]} > {"main L1", "main L2", "main L3"}
    assert {bound["value_a"] for bound in told["bounds"] if bound["limit"] is None} == {25}
    assert [bound["value_w"] for bound in told["bounds"] if bound["limit"] is not None] == [9000]
    series = told["series"]
    assert series["at_s"] == list(range(360))
    line = series["circuits"]["main"]
    assert line["house_a"]["L1"][179:181] == [2, 12]
    assert (
        max(line["current_a"]["L2"])
        == next(bound for bound in told["bounds"] if bound["place"] == "main L2")["highest_a"]
    )
    box = series["chargers"]["box"]
    assert box["car"][29:31] == [None, "zoe"]
    assert len(box["limit_a"]) == len(box["drawn_a"]["L3"]) == 360
    charged = sum(sum(amperes) for amperes in box["drawn_a"].values()) * 230 / 3600
    assert car["charged_wh"] == pytest.approx(charged, rel=0.02)


def test_averages_are_told_and_no_oracle_beside_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "average.yaml").write_text(AVERAGE)
    assert main(["average.yaml", "--json", "average.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(re.match(r"zoe +box +17:10 +17:50 +\d+\.\d +20\.0 +- +\d+ +\d+\.\d$", line) for line in lines)
    assert any(line.startswith("There is no oracle") for line in lines)
    told = json.loads((folder / "average.json").read_text())
    assert set(told["energy"].values()) == {told["cars"][0]["oracle_percent"]} == {None}
    spans = [(window["at_s"], window["until_s"], window["judged"], window["kept"]) for window in told["averages"]]
    assert spans == [(300, 1200, True, True), (1200, 2100, False, True)]
    line = told["series"]["circuits"]["main"]["current_a"].values()
    taken = sum(sum(amperes[300:1200]) for amperes in line) * 230 / 900
    assert told["averages"][0]["average_w"] == pytest.approx(taken, rel=0.001)
    assert 6000 < taken <= told["averages"][0]["may_be_w"] == 7070
    row = next(line for line in lines if line.startswith("main over 15 min"))
    assert re.fullmatch(rf"main over 15 min +7000 W +{taken:.0f} W +17:15 +2 +0 +1", row)


def test_the_picture_is_a_png_of_the_promised_width(fine: subprocess.CompletedProcess[str], folder: Path) -> None:
    header = (folder / "fine.png").read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert int.from_bytes(header[16:20]) == 1400


def test_a_broken_rule_is_told_and_is_status_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["broken.yaml"]) == 1
    assert re.search(r"BROKEN: \d+ rules?\n  main L1: \d+ s above 16 A", capsys.readouterr().out)


def test_a_mistake_is_one_line_and_status_2(folder: Path) -> None:
    run = simulate("nowhere.yaml", folder=folder)
    assert (run.returncode, run.stdout) == (2, "")
    assert re.fullmatch(r"script/simulate: nowhere.yaml: .*\n", run.stderr)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["wrong.yaml"], "wrong.yaml: fuse: expected "),
        (["fine.yaml", "--json", "nowhere/out.json"], "nowhere: there is no such folder\n"),
        (["--all"], "scenarios: expected a folder"),
    ],
)
def test_the_line_names_what_is_wrong(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    text: str,
) -> None:
    monkeypatch.chdir(folder)
    (folder / "wrong.yaml").write_text(FINE.replace("fuse: 25", "fuse: many"))
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.startswith(f"script/simulate: {text}")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "one of FILE, --all and --random N is needed"),
        (("fine.yaml", "--all"), "one of FILE, --all and --random N is needed"),
        (("--all", "--plot", "out.png"), "--json and --plot need a FILE"),
        (("--random", "3"), "--random N and --seed S need each other"),
        (("--random", "0", "--seed", "1"), "0 is not above 0"),
        (("--random", "many", "--seed", "1"), "invalid count value: 'many'"),
        (("fine.yaml", "--processes", "2"), "--processes is for --all and --random"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(list(arguments))
    assert refused.value.code == 2
    assert text in capsys.readouterr().err


def test_evenings_end_in_a_line_that_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status = main(["--random", "1", "--seed", "67", "--processes", "1"])
    last = re.fullmatch(
        r"seed 67: 1 evening, 3 simulated hours, (\d+) broken rules? in \d+ evenings?",
        capsys.readouterr().out.splitlines()[-1],
    )
    assert last is not None
    assert status == (1 if int(last[1]) else 0)
    assert (tmp_path / ".simulate").exists() == bool(status)
