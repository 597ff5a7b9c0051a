"""Devices of which nobody knows any more how to talk to them: their profile was deleted, or is refused now.

They never answer, so that they are counted at their worst and the other devices of the site go on.
"""

from typing import NoReturn

from ..pool.model import Capability
from .interface import CannotConnect, FallBack

_RETRY = 10.0
"""Seconds between two looks; only a restart finds the profile again."""
_CAPABILITY = Capability(measures=False, poll_interval=_RETRY)


class _Absent:
    """What chargers and meters have in common.

    Args:
        profile: Id of the profile.
    """

    def __init__(self, profile: str) -> None:
        self._profile = profile

    def _fail(self) -> NoReturn:
        raise CannotConnect(f"its profile {self._profile} is not there or cannot be used")

    async def identify(self) -> NoReturn:
        """Fail.

        Raises:
            CannotConnect: Always.
        """
        self._fail()

    async def read(self) -> NoReturn:
        """Fail as ``identify`` does."""
        self._fail()

    async def close(self) -> None:
        """Nothing to let go of."""


class AbsentCharger(_Absent):
    """A charger. Fulfils ``ChargerDriver``."""

    @property
    def capability(self) -> Capability:
        """That of a usual charger with three phases."""
        return _CAPABILITY

    async def write_limit(self, amperes: float) -> NoReturn:  # noqa: ARG002 - nobody takes it
        """Fail as ``identify`` does."""
        self._fail()

    async def write_phases(self, phases: int) -> NoReturn:  # noqa: ARG002 - nobody takes it
        """Fail as ``identify`` does."""
        self._fail()

    async def arm_fall_back(self, fall_back: FallBack) -> NoReturn:  # noqa: ARG002 - nobody takes it
        """Fail as ``identify`` does."""
        self._fail()


class AbsentMeter(_Absent):
    """A meter. Fulfils ``MeterDriver``."""

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads."""
        return _RETRY
