"""Finding chargers that answer over HTTP, by asking each address what only they know."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..interface import CannotConnect, DriverError, Identity
from ..search import CONCURRENT_HOSTS, Target
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


async def search_http(
    targets: Sequence[Target],
    models: Sequence[NetworkCharger],
    shared: Shared,
    timeout: float,  # noqa: ASYNC109 - of each request, not of the search
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[FoundCharger]:
    """Look at each target for the first model that answers there. Cancel the task to stop.

    A host is asked one question at a time, hosts at the same time; what fails is not found, and a host that does not
    answer once is not asked again.

    Args:
        targets: Where to look.
        models: What to look for, in this order; those that cannot be searched for are left out.
        shared: What all drivers share.
        timeout: Seconds for each answer.
        on_progress: Called with the targets done and their number.
    """
    likely = [model for model in models if model.searchable]
    hosts: dict[str, list[Target]] = {}
    for target in sorted(set(targets)):
        hosts.setdefault(target.host, []).append(target)
    free = asyncio.Semaphore(CONCURRENT_HOSTS)
    found: dict[Target, FoundCharger] = {}
    total, done = len(set(targets)), 0

    async def look(host: str) -> None:
        nonlocal done
        async with free:
            for target in hosts[host]:
                if (charger := await _look(target, likely, shared, timeout)) is not None:
                    found[target] = charger
                done += 1
                on_progress(done, total)

    async with asyncio.TaskGroup() as tasks:
        for host in hosts:
            tasks.create_task(look(host))
    return [found[target] for target in dict.fromkeys(targets) if target in found]


async def _look(
    target: Target,
    models: Sequence[NetworkCharger],
    shared: Shared,
    timeout: float,  # noqa: ASYNC109 - of each request
) -> FoundCharger | None:
    for model in models:
        driver = model.factory(shared, Place(host=target.host, port=target.port, timeout=timeout))
        try:
            identity = await driver.identify()
        except CannotConnect:
            return None
        except DriverError:
            continue
        finally:
            await driver.close()
        return FoundCharger(model=model.id, host=target.host, port=target.port, identity=identity)
    return None
