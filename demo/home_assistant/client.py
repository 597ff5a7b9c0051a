"""A client of Home Assistant's HTTP and WebSocket interfaces."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientResponse, ClientSession, ClientTimeout

USER, PASSWORD = "demo", "charge-on"
START_TIMEOUT = 180.0
TIMEOUT = ClientTimeout(total=60)

type Json = Any
"""What an answer holds is checked by what is made of it."""


class ApiError(Exception):
    """Home Assistant refused; the text is its answer."""


class Client:
    """One user, logged in. Use it as an async context manager.

    Args:
        url: Of the web interface, without a slash behind.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = ClientSession(timeout=TIMEOUT)
        self._token = ""

    async def __aenter__(self) -> Self:
        try:
            await self._log_in()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    async def get(self, path: str) -> Json:
        """GET an address that answers with JSON.

        Raises:
            ApiError: On any status but 2xx.
        """
        async with self._session.get(self._url + path, headers=self._headers) as response:
            return await _json(response)

    async def post(self, path: str, data: Mapping[str, object]) -> Json:
        """POST JSON.

        Raises:
            ApiError: On any status but 2xx.
        """
        async with self._session.post(self._url + path, json=data, headers=self._headers) as response:
            return await _json(response)

    async def wait_until_running(self) -> None:
        """Wait until Home Assistant has set up all it has.

        Raises:
            TimeoutError: After some minutes.
        """
        async with asyncio.timeout(START_TIMEOUT):
            while (await self.get("/api/config"))["state"] != "RUNNING":  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def command(self, kind: str, **arguments: object) -> Json:
        """Call a WebSocket command over a connection of its own and return its result.

        Raises:
            ApiError: Where the answer is no success.
        """
        async with self._session.ws_connect(f"{self._url}/api/websocket", max_msg_size=0) as websocket:
            await websocket.receive_json()
            await websocket.send_json({"type": "auth", "access_token": self._token})
            if (answer := await websocket.receive_json())["type"] != "auth_ok":
                raise ApiError(str(answer))
            await websocket.send_json({"id": 1, "type": kind, **arguments})
            answer = await websocket.receive_json()
        if not answer["success"]:
            raise ApiError(f"{kind}: {answer['error']}")
        return answer["result"]

    async def call_action(self, action: str, **data: object) -> None:
        """Call an action such as ``switch.turn_on``.

        Raises:
            ApiError: Where it is refused.
        """
        domain, _, service = action.partition(".")
        await self.command("call_service", domain=domain, service=service, service_data=data)

    async def _log_in(self) -> None:
        """Make the user where there is none yet, then get a token for it."""
        client = f"{self._url}/"
        new_user = {"name": "Demo", "username": USER, "password": PASSWORD, "client_id": client, "language": "en"}
        async with self._session.post(f"{self._url}/api/onboarding/users", json=new_user) as response:
            if response.status not in (200, 403, 404):
                await _json(response)
        start = {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client}
        flow = await self.post("/auth/login_flow", start)
        who = {"client_id": client, "username": USER, "password": PASSWORD}
        code = (await self.post(f"/auth/login_flow/{flow['flow_id']}", who))["result"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client}
        async with self._session.post(f"{self._url}/auth/token", data=form) as response:
            self._token = (await _json(response))["access_token"]


async def _json(response: ClientResponse) -> Json:
    if not response.ok:
        raise ApiError(f"{response.url.path}: {response.status} {await response.text()}")
    return await response.json()
