"""What meters with an HTTP interface have in common."""

from abc import ABC, abstractmethod

from ..interface import Identity, MeterValues, NotThere, WrongDevice
from .http import Answer, JsonClient, Query
from .model import Place, Shared


class HttpMeter(ABC):
    """A meter. Fulfils ``MeterDriver``.

    Args:
        shared: What all drivers share.
        place: Where it is.
        username: Of its only user, where it has a password.
    """

    def __init__(self, shared: Shared, place: Place, username: str | None = None) -> None:
        self._client = JsonClient(
            shared.session,
            place.host,
            place.port,
            timeout=place.timeout,
            username=place.username or username,
            password=place.password,
        )

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads."""
        return 1.0

    @abstractmethod
    async def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            CannotConnect: Where nobody answers.
            AccessDenied: Where it wants a password, or another one.
            BadAnswer: Where the answer makes no sense.
            WrongDevice: Where it is not what its model says.
        """

    @abstractmethod
    async def read(self) -> MeterValues:
        """Read the currents; raises as identify()."""

    async def close(self) -> None:  # noqa: B027 - not every meter has something to close
        """Nothing to let go of: every request has a connection of its own."""

    async def _fetch(self, path: str, query: Query | None = None) -> Answer:
        return Answer(path, await self._client.get(path, query))

    async def _recognise(self, path: str, *fields: str) -> Answer:
        """The answer at a path, if it has all fields that only this kind of device has.

        Raises:
            WrongDevice: Where the path or a field is not there.
        """
        try:
            answer = await self._fetch(path)
        except NotThere as error:
            raise WrongDevice(str(error)) from error
        for field in fields:
            if not answer.has(field):
                raise WrongDevice(str(answer.refuse(field, why="is missing, so it is another device")))
        return answer
