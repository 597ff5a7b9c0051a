"""What the bench of polling notes and how it judges, from results made by hand."""

import asyncio
import time

import pytest

from benchmarks.polling import CHARGERS, Hold, Measured, TimedSelector, Window, verdicts

WELL = {name: [2.0, 2.01, 1.4] for name in CHARGERS}
QUICK = Window(share=0.01, hold=Hold(own=0.003, lasted=0.03))
BUSY = Window(share=0.06, hold=Hold(own=0.011, lasted=0.011))


def measured(*windows: Window, beside: float = 2.1) -> Measured:
    return Measured(windows=windows, paces=WELL, beside={"kathrein": [2.0, beside]})


def test_the_median_of_the_windows_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts(measured(QUICK, BUSY, QUICK)) == [True, True, True]
    assert "worst 11.0 ms, 30.0 ms" in capsys.readouterr().out
    assert verdicts(measured(QUICK, BUSY, BUSY)) == [False, False, True]


def test_a_pace_that_is_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts(measured(QUICK, QUICK, QUICK, beside=3.0)) == [True, True, False]
    assert "nine beside a hanging one: pace NOT KEPT, worst interval 3.0 s of 2 s" in capsys.readouterr().out


def test_a_callback_that_waits_holds_the_loop() -> None:
    async def hold() -> None:
        await asyncio.sleep(0)
        time.sleep(0.02)  # noqa: ASYNC251 - this is what is looked for
        await asyncio.sleep(0)

    selector = TimedSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(asyncio.sleep(0.3))
        assert selector.longest().lasted < 0.3, "waiting for news is no hold"
        runner.run(hold())
        assert selector.longest().lasted >= 0.02
