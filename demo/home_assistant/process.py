"""Home Assistant as a process of its own, in a folder of its own."""

import asyncio
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterable
import json
import os
from pathlib import Path
import socket
import sys

from aiohttp import ClientError, ClientSession

HOST = "127.0.0.1"
BOOT_TIMEOUT = 180.0
STOP_TIMEOUT = 90.0
RESTART = 100
"""Exit status with which Home Assistant asks to be started again."""
CONFIGURATION = """\
homeassistant:
  country: NL
recorder:
  commit_interval: 1
history:
logbook:
energy:
"""
ONBOARDING_DONE = ("core_config", "analytics", "integration")


class BootError(Exception):
    """Home Assistant did not come up; the text says where to look."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class HomeAssistantProcess:
    """Starts and stops Home Assistant with a small configuration.

    Args:
        folder: Its configuration; made where it does not exist.
        port: Of its web interface.
        integrations: Folders of custom integrations to link into it.
        loaded: Those of them that have no config flow and start at once.
    """

    def __init__(self, folder: Path, port: int, integrations: Iterable[Path], loaded: Iterable[Path] = ()) -> None:
        self.url = f"http://{HOST}:{port}"
        self.log = folder / "console.log"
        self._folder = folder
        self._port = port
        self._loaded = tuple(loaded)
        self._linked = (*integrations, *self._loaded)
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it and wait until it runs.

        Raises:
            BootError: Where its port is taken, or where it ends or does not answer in time.
        """
        if not _is_free(self._port):
            raise BootError(f"Port {self._port} is taken by another program; choose one with --port")
        await asyncio.to_thread(self._prepare)
        console = await asyncio.to_thread(self.log.open, "ab")
        with console:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "homeassistant", "--config", ".", "--skip-pip", "--log-no-color"),
                cwd=self._folder,
                env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                stdin=DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(BOOT_TIMEOUT), ClientSession() as session:
                while not await self._answers(session):
                    if self._process.returncode is not None:
                        raise BootError(f"Home Assistant ended with status {self._process.returncode}, see {self.log}")
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise BootError(f"Home Assistant does not answer after {BOOT_TIMEOUT:.0f} s, see {self.log}") from None

    async def run(self) -> None:
        """Wait until it ends, and start it again as often as somebody restarts it in the browser.

        Raises:
            BootError: Where it has ended by itself.
        """
        assert self._process is not None
        while (status := await self._process.wait()) == RESTART:
            await self.start()
        raise BootError(f"Home Assistant ended with status {status}, see {self.log}")

    async def stop(self) -> None:
        """Ask it to stop and wait until it has; kill it where it does not."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _answers(self, session: ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/manifest.json") as response:
                return response.status == 200
        except ClientError:
            return False

    def _prepare(self) -> None:
        storage = self._folder / ".storage"
        custom = self._folder / "custom_components"
        storage.mkdir(parents=True, exist_ok=True)
        custom.mkdir(exist_ok=True)
        (self._folder / "configuration.yaml").write_text(
            CONFIGURATION + "".join(f"{one.name}:\n" for one in self._loaded)
        )
        for integration in self._linked:
            link = custom / integration.name
            link.unlink(missing_ok=True)
            link.symlink_to(integration.resolve(), target_is_directory=True)
        # The first layout of this file; Home Assistant fills in the rest.
        http = {"server_host": [HOST], "server_port": self._port}
        (storage / "http").write_text(json.dumps({"version": 1, "minor_version": 1, "key": "http", "data": http}))
        onboarding = storage / "onboarding"
        if not onboarding.exists():
            done = {"done": ONBOARDING_DONE}
            onboarding.write_text(json.dumps({"version": 4, "minor_version": 1, "key": "onboarding", "data": done}))
