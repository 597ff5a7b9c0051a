"""A meter with an HTTP interface: what it answers at each path, and what may go wrong."""

from dataclasses import dataclass, field
import json
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(slots=True)
class MeterBox:
    """Answers with JSON where there is some, and with 404 anywhere else.

    Args:
        answers: By path.
        status: Answered instead, with what would be the body.
        statuses: The same for single paths.
        cut: How many bytes of a body are sent before the connection ends.
    """

    answers: dict[str, Any]
    status: int = 200
    statuses: dict[str, int] = field(default_factory=dict)
    cut: int | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _server: TestServer | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")
        await self._server.start_server()
        assert self._server.port is not None
        self.port = self._server.port
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if request.path_qs not in self.answers:
            return web.json_response({"error": {"id": 1, "description": "Not found"}}, status=404)
        told = self.answers[request.path_qs]
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        if self.cut is None:
            return web.Response(
                body=body, status=self.statuses.get(request.path_qs, self.status), content_type="application/json"
            )
        response = web.StreamResponse()
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: self.cut])
        assert request.transport is not None
        request.transport.close()
        return response
