"""Command line of script/demo."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import json
from pathlib import Path
import shutil
import signal
import sys

from .check import Check
from .home_assistant.client import PASSWORD, USER, ApiError, Client
from .home_assistant.dashboard import URL, show_dashboard
from .home_assistant.flow import FlowError
from .home_assistant.process import BootError, HomeAssistantProcess, free_port
from .home_assistant.site import Site
from .house import DemoHouse
from .story import keys, tell

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "ev_charger_pool"
LOOP_MONITOR = ROOT / "demo" / "home_assistant" / "loop_monitor"
DATA = ROOT / ".demo"
PORT = 8123
INTERRUPTED = 130


@asynccontextmanager
async def _living(house: DemoHouse) -> AsyncIterator[None]:
    try:
        await house.plug_in()
    except OSError as error:
        raise BootError(f"{error}; --fresh chooses other ports for the devices") from error
    life = asyncio.create_task(house.live())
    try:
        yield
    finally:
        life.cancel()
        await house.unplug()


async def _check() -> bool:
    """The fixed case in a folder of its own."""
    folder = DATA / "check"
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    house = DemoHouse()
    home_assistant = HomeAssistantProcess(folder, free_port(), (INTEGRATION,), (LOOP_MONITOR,))
    async with _living(house):
        try:
            await home_assistant.start()
            return await Check(house, home_assistant).play()
        finally:
            await home_assistant.stop()


async def _demo(port: int, *, fresh: bool) -> None:
    """The house with a story, until interrupted."""
    folder = DATA / "config"
    furnished = DATA / "ports.json"
    """Where the devices of a house that is completely set up listen."""
    if fresh or not furnished.exists():
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        furnished.unlink(missing_ok=True)
    house = DemoHouse(json.loads(furnished.read_text()) if furnished.exists() else None)
    home_assistant = HomeAssistantProcess(folder, port, (INTEGRATION,))
    async with _living(house):
        try:
            print("Starting Home Assistant ...")
            await home_assistant.start()
            if not furnished.exists():
                await _furnish(home_assistant, house)
                furnished.write_text(json.dumps(house.ports))
            print(f"\n  {home_assistant.url}/{URL}\n  user {USER}, password {PASSWORD}\n\nCtrl-C stops everything.")
            story = asyncio.create_task(tell(house))
            try:
                with keys(house):
                    await home_assistant.run()
            finally:
                story.cancel()
        finally:
            print("Stopping ...")
            await home_assistant.stop()


async def _furnish(home_assistant: HomeAssistantProcess, house: DemoHouse) -> None:
    """Set up the site and its dashboard, and let the pool take control."""
    print("Adding the house to Home Assistant, as a person would ...")
    async with Client(home_assistant.url) as client:
        await client.wait_until_running()
        site = await Site.make(client, house.ports)
        await show_dashboard(client, site)
        await site.switch_control(on=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/demo",
        description="A virtual house with three chargers and a real Home Assistant that looks after its main fuse.",
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"of Home Assistant's web interface (default {PORT})")
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    parser.add_argument(
        "--check", action="store_true", help="play a fixed case without a person; the last line is the result as JSON"
    )
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None

    def interrupt() -> None:
        """Stop once: who presses Ctrl-C twice still wants Home Assistant to end in order."""
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    if arguments.check:
        return 0 if await _check() else 1
    with suppress(asyncio.CancelledError):
        await _demo(arguments.port, fresh=arguments.fresh)
    return 0


def main() -> int:
    """Run it.

    Returns:
        Exit status: 0 after Ctrl-C or a check that met all figures.
    """
    try:
        return asyncio.run(_run(_arguments()))
    except (ApiError, BootError, FlowError) as error:
        print(error, file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
