"""An HTTP server that answers as a device does. It knows no driver and answers what it does not know with 404."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
import json
from typing import Any, NamedTuple, Self

from aiohttp import web


class Mishap(Enum):
    """What goes wrong with one answer."""

    UNAUTHORIZED = auto()
    FORBIDDEN = auto()
    BUSY = auto()
    """429, to be asked again after the usual time."""
    BUSY_FOR_LONG = auto()
    """429, to be asked again after an hour."""
    FAILURE = auto()
    """500."""
    HALF = auto()
    """Half of the answer, then the connection ends."""
    RESET = auto()
    """The connection is reset before anything is said."""
    CUT_JSON = auto()
    """A whole answer with half of the JSON."""
    NO_JSON = auto()
    OTHER_MODEL = auto()
    """JSON of something else."""
    LIST = auto()
    """JSON that is no mapping."""
    ENDLESS = auto()
    """More than any device has to say."""
    ELSEWHERE = auto()
    """Sends us to another address."""
    HANG = auto()


class Asked(NamedTuple):
    """One request; content is JSON, or the fields of a form, or the text as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    content: Any


type Answers = Callable[[Asked], Any]
"""JSON to answer with; None where the device knows nothing of it, a text as it is."""

STATUS = {
    Mishap.UNAUTHORIZED: 401,
    Mishap.FORBIDDEN: 403,
    Mishap.BUSY: 429,
    Mishap.BUSY_FOR_LONG: 429,
    Mishap.FAILURE: 500,
}
BODIES = {
    Mishap.NO_JSON: "<html>Welcome to your router</html>",
    Mishap.OTHER_MODEL: '{"product": "toaster", "slots": 2}',
    Mishap.LIST: "[1, 2]",
    Mishap.ENDLESS: '{"x": "' + "x" * 300_000 + '"}',
}


class HttpBox:
    """A device. Mishaps befall the next answers, one each."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[Asked] = []
        self.mishaps: deque[Mishap] = deque()
        self.hanging = asyncio.Event()
        self.accepted: set[Any] = set()
        """The connections there were."""
        self.at_once = 0
        """The most requests that were under way together."""
        self.port = 0
        self._over = asyncio.Event()
        self._under_way = 0
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._over.set()
        await self._runner.cleanup()

    def befall(self, mishap: Mishap) -> None:
        """Let the next answer fail; a question that is reset may be asked once more by the client."""
        self.mishaps.extend([mishap] * (2 if mishap is Mishap.RESET else 1))

    def writes(self) -> list[Asked]:
        """What was not just a question: every request but GET, and those that set something with GET."""
        return [asked for asked in self.asked if asked.method != "GET" or asked.path.endswith("/set")]

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self._under_way += 1
        self.accepted.add(request.transport)
        self.at_once = max(self.at_once, self._under_way)
        try:
            return await self._answer(request)
        finally:
            self._under_way -= 1

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        text = await request.text()
        content: Any = text
        if request.content_type == "application/json":
            content = json.loads(text)
        elif request.content_type == "application/x-www-form-urlencoded" and text:
            content = dict(await request.post())
        asked = Asked(request.method, request.path, dict(request.query), content)
        self.asked.append(asked)
        mishap = self.mishaps.popleft() if self.mishaps else None
        if mishap is Mishap.RESET:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if mishap is Mishap.HANG:
            self.hanging.set()
            await self._over.wait()
            return web.Response()
        if mishap in STATUS:
            headers = {"Retry-After": "3600"} if mishap is Mishap.BUSY_FOR_LONG else {}
            return web.Response(status=STATUS[mishap], text="no", headers=headers)
        if mishap is Mishap.ELSEWHERE:
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
        if mishap in BODIES:
            return web.Response(text=BODIES[mishap], content_type="application/json")
        answer = self.answers(asked)
        if answer is None:
            return web.Response(status=404)
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        if mishap is Mishap.CUT_JSON:
            body = body[: len(body) // 2]
        if mishap is Mishap.HALF:
            response = web.StreamResponse(headers={"Content-Length": str(len(body))})
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=body, content_type="application/json")
