"""Asks many hosts at the same time, and each host one question after another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
import logging
from typing import NamedTuple, Protocol

from .interface import CannotConnect
from .targets import Target

_LOGGER = logging.getLogger(__name__)

CONCURRENT_HOSTS = 128
"""At 1 s for an answer, 254 hosts that all accept everything and say nothing take 13 s (``script/bench search``)."""

_WHOLE = 2
"""Questions for which a host that has said nothing yet is waited for in full."""


class Patience:
    """How long one host is waited for: in full at first, then half as long until it has said anything.

    A host that is not there, or lets nobody know that it is, costs little then.

    Args:
        seconds: In full.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._silences = 0
        self._spoken = False

    @property
    def seconds(self) -> float:
        """For the next question."""
        return self._seconds if self._spoken or self._silences < _WHOLE else self._seconds / 2

    def heard(self) -> None:
        """The host has said something, whatever it was."""
        self._spoken = True

    def unheard(self, error: CannotConnect) -> None:
        """A question failed; one that was refused at once has cost nothing."""
        if isinstance(error.__cause__, TimeoutError):
            self._silences += 1


class Answered(Protocol):
    """What was found."""

    @property
    def host(self) -> str:
        """Where it answers."""

    @property
    def port(self) -> int:
        """Where it answers."""


class Question[FoundT: Answered](NamedTuple):
    """What is asked of a target.

    Args:
        target: Where.
        look: Asks; what fails is not found.
    """

    target: Target
    look: Callable[[Target, Patience], Awaitable[Sequence[FoundT]]]


async def search[FoundT: Answered](
    questions: Sequence[Question[FoundT]],
    seconds: float,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_found: Callable[[FoundT], None] = lambda _: None,
) -> list[FoundT]:
    """Ask all questions. Cancel the task to stop.

    Where something was found nothing else is asked.

    Args:
        questions: Those for a host are asked in this order.
        seconds: To wait for a connection or an answer.
        on_progress: Called with the questions done and their number.
        on_found: Called with each device as it answers.

    Returns:
        What was found, in the order of the questions.
    """
    hosts: dict[str, list[Question[FoundT]]] = {}
    for question in questions:
        hosts.setdefault(question.target.host, []).append(question)
    free = asyncio.Semaphore(CONCURRENT_HOSTS)
    found: dict[str, list[FoundT]] = {host: [] for host in hosts}
    done = 0

    async def ask(host: str) -> None:
        nonlocal done
        patience = Patience(seconds)
        async with free:
            for target, look in hosts[host]:
                if target not in {Target(one.host, one.port) for one in found[host]}:
                    try:
                        answered = await look(target, patience)
                    except Exception:
                        # Whatever a host sends, the others are to be found.
                        _LOGGER.exception("%s:%s could not be asked", *target)
                        answered = ()
                    for one in answered:
                        found[host].append(one)
                        on_found(one)
                done += 1
                on_progress(done, len(questions))

    async with asyncio.TaskGroup() as tasks:
        for host in hosts:
            tasks.create_task(ask(host))
    return [one for host in hosts for one in found[host]]
