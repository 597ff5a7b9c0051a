"""When a charger is given the fall-back that its user wants (R15): under control, once while it is connected."""

from collections.abc import Mapping
from typing import Any

from .const import CONF_FALL_BACK
from .drivers.interface import FallBack
from .entry_data import FallBackData
from .pool.model import Capability


def wanted_fall_back(data: Mapping[str, Any]) -> FallBack | None:
    """The fall-back that the user wants for a charger, from the data of its subentry."""
    wanted: FallBackData | None = data.get(CONF_FALL_BACK)
    return None if wanted is None else FallBack(wanted["amperes"], wanted.get("timeout"))


class Arming:
    """Whether a charger is to be armed now; a setting that may wear out a memory is not written over and over.

    Args:
        wanted: What the user wants, None where nothing.
    """

    def __init__(self, wanted: FallBack | None) -> None:
        self._wanted = wanted
        self._controlled = False
        self._tried = False

    @property
    def wanted(self) -> FallBack | None:
        """What the user wants, None where nothing."""
        return self._wanted

    def want(self, wanted: FallBack | None) -> None:
        """Take what the user wants from now on."""
        if wanted != self._wanted:
            self._wanted, self._tried = wanted, False

    def control(self, controlled: bool) -> None:  # noqa: FBT001 - what it is about
        """Take whether the charger is ours to set; who only observes never arms (R19)."""
        self._tried = self._tried and controlled
        self._controlled = controlled

    def connected(self) -> None:
        """The charger has come, perhaps anew and without its settings."""
        self._tried = False

    def due(self, capability: Capability) -> FallBack | None:
        """What is to be set now, None where nothing; it is not asked for a second time.

        Args:
            capability: What the charger tells.
        """
        if self._tried or not self._controlled or self._wanted is None or self._wanted.stands_in(capability):
            return None
        self._tried = True
        return self._wanted
