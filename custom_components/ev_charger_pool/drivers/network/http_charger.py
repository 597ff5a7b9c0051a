"""What chargers with an HTTP interface have in common."""

from abc import ABC, abstractmethod

from ...pool.model import Capability, ChargerValues, PerLine
from ..interface import FallBack, Identity, NotThere, WrongDevice
from ..limits import check_limit, on_step
from ..lines import per_line
from .http import Answer, JsonClient, Query
from .model import Place, Shared


class HttpCharger(ABC):
    """One socket of a charger. Fulfils ``ChargerDriver``.

    Args:
        shared: What all drivers share.
        place: Where it is.
        capability: What it can do as far as the model tells.
    """

    def __init__(self, shared: Shared, place: Place, capability: Capability) -> None:
        self._client = JsonClient(
            shared.session,
            place.host,
            place.port,
            timeout=place.timeout,
            username=place.username,
            password=place.password,
        )
        self._place = place
        self._capability = capability
        self._serial: str | None = None

    @property
    def capability(self) -> Capability:
        """What the charger can do; final after identify()."""
        return self._capability

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
    async def read(self) -> ChargerValues:
        """Read state, currents and limit; raises as identify()."""

    async def write_limit(self, amperes: float) -> None:
        """Set the limit, rounded down to the charger's step; 0 pauses without ending the session.

        Raises:
            ValueError: For a limit that the charger cannot have.
            CannotConnect: Where nobody answers.
            AccessDenied: Where it wants a password, or another one.
            BadAnswer: Where the device refuses.
        """
        check_limit(self._capability, amperes)
        if amperes == 0:
            await self._pause()
            return
        await self._set(on_step(self._capability, amperes))

    async def write_phases(self, phases: int) -> None:
        """Nothing that this integration can do with these chargers.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"it cannot be switched to {phases} phases")

    async def arm_fall_back(self, fall_back: FallBack) -> None:
        """Nothing that this integration can do with these chargers.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"cannot be set to {fall_back.amperes:g} A for when it hears nothing")

    async def close(self) -> None:  # noqa: B027 - not every charger has something to close
        """Nothing to let go of: every request has a connection of its own."""

    @abstractmethod
    async def _pause(self) -> None:
        """Stop charging and keep the session."""

    @abstractmethod
    async def _set(self, amperes: float) -> None:
        """Let it charge with a limit on its step."""

    async def _fetch(self, path: str, query: Query | None = None) -> Answer:
        return Answer(path, await self._client.get(path, query))

    async def _recognise(self, path: str, *fields: tuple[str | int, ...], query: Query | None = None) -> Answer:
        """The answer at a path, if it has all fields that only this kind of device has.

        Raises:
            WrongDevice: Where the path or a field is not there.
        """
        try:
            answer = await self._fetch(path, query)
        except NotThere as error:
            raise WrongDevice(str(error)) from error
        for keys in fields:
            if not answer.has(*keys):
                raise WrongDevice(str(answer.refuse(*keys, why="is missing, so it is another device")))
        if self._place.connector != 1:
            raise WrongDevice(f"{path}: there is no socket {self._place.connector}, only one")
        return answer

    def _check_serial(self, serial: str | None) -> None:
        """Refuse what another device says at the same address.

        Raises:
            WrongDevice: Where the serial number is not that of the device that was identified.
        """
        if self._serial is not None and serial != self._serial:
            raise WrongDevice(f"serial number {serial} instead of {self._serial}")


def amperes_of(answer: Answer, *places: tuple[str | int, ...], scale: float = 1.0) -> PerLine:
    """The currents per phase, A."""
    return per_line([answer.optional_number(*place, scale=scale) for place in places])
