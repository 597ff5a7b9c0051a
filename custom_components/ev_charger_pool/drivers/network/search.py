"""Recognises chargers that answer over HTTP, by what only they know."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..interface import CannotConnect, DriverError, Identity
from ..search import Patience
from ..targets import Target
from .model import NetworkCharger, Place, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCharger:
    """A charger that answered like its model.

    Args:
        model: Id of the model.
        host: Where it answers.
        port: Where it answers.
        identity: Who it is.
    """

    model: str
    host: str
    port: int
    identity: Identity


class HttpLook:
    """Looks at a target for the first model that answers there; one that does not answer once is not asked again.

    Args:
        shared: What all drivers share.
        models: What to look for, in this order; those that cannot be searched for are left out.
    """

    def __init__(self, shared: Shared, models: Sequence[NetworkCharger]) -> None:
        self._shared = shared
        self._models = [model for model in models if model.searchable]

    async def __call__(self, target: Target, patience: Patience) -> list[FoundCharger]:
        """The charger at a target."""
        for model in self._models:
            place = Place(host=target.host, port=target.port, timeout=patience.seconds)
            driver = model.factory(self._shared, place)
            try:
                identity = await driver.identify()
            except CannotConnect as error:
                patience.unheard(error)
                break
            except DriverError:
                patience.heard()
                continue
            finally:
                await driver.close()
            return [FoundCharger(model=model.id, host=target.host, port=target.port, identity=identity)]
        return []
