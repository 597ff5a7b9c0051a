"""Progress on a terminal and in a log."""

from io import StringIO

import pytest

from simulate import progress as module
from simulate.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that passes, by hand."""
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def test_a_terminal_shows_one_line_that_changes_and_goes(clock: list[float]) -> None:
    stream = Terminal()
    progress = Progress(stream)
    for second in range(3):
        clock[0] += 1
        progress.tell(f"{second} done")
    assert stream.getvalue().count("\n") == 0
    assert stream.getvalue().endswith("\r\x1b[K2 done")
    progress.clear()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_log_gets_a_line_every_few_seconds(clock: list[float]) -> None:
    stream = StringIO()
    progress = Progress(stream)
    for second in range(12):
        clock[0] += 1
        progress.tell(f"{second} done")
    progress.clear()
    assert stream.getvalue() == "4 done\n9 done\n"


def test_a_short_run_shows_nothing(clock: list[float]) -> None:
    stream = StringIO()
    progress = Progress(stream)
    progress.tell("done")
    assert not stream.getvalue()
