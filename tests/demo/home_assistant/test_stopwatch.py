"""The stopwatch patches asyncio itself, so it runs in an interpreter of its own."""

import json
from pathlib import Path
import subprocess
import sys

PROGRAM = """
import asyncio, importlib.util, json, pathlib, sys, time

spec = importlib.util.spec_from_file_location("stopwatch", sys.argv[1])
stopwatch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stopwatch)
ours, theirs = ({"time": time, "asyncio": asyncio} for _ in range(2))
source = "def block(s): time.sleep(s)\\nasync def wait_and_block(s):\\n  await asyncio.sleep(0)\\n  time.sleep(s)"
exec(compile(source, "/somewhere/custom_components/ours/code.py", "exec"), ours)
exec(compile(source, "/somewhere/custom_components/theirs/code.py", "exec"), theirs)

async def main():
    watch = stopwatch.Stopwatch("/custom_components/ours/")
    watch.start()
    loop = asyncio.get_running_loop()
    loop.call_soon(theirs["block"], 0.2)
    loop.call_soon(ours["block"], 0.02)
    await asyncio.sleep(0.01)
    await asyncio.create_task(ours["wait_and_block"](0.05))
    await asyncio.to_thread(ours["block"], 0.3)
    print(json.dumps(watch.figures()))

asyncio.run(main())
"""


def test_measures_callbacks_that_run_watched_code_and_no_others() -> None:
    stopwatch = Path(__file__).parents[3] / "demo" / "home_assistant" / "loop_monitor" / "stopwatch.py"
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(stopwatch)], check=True, capture_output=True, text=True, timeout=60
    )
    figures = json.loads(run.stdout)
    assert figures["after"]["callbacks"] == 0
    warm_up = figures["first_30_s"]
    assert warm_up["callbacks"] == 3
    assert warm_up["maximum"] >= 50
    assert warm_up["p999"] == warm_up["maximum"]
    assert warm_up["busy_maximum"] < 20
    assert warm_up["worst"][0].endswith("code.py:wait_and_block")
