"""Measures the callbacks of an event loop in which some code of interest ran.

A callback is one run of an asyncio handle: a call_soon, a timer, or a task from one await to the next. It
counts whole, with what others do in it, as soon as a function of the watched folder starts or goes on in it.
"""

from asyncio.events import Handle
import sys
import threading
from time import perf_counter, thread_time
from types import CodeType
from typing import TypedDict

WARM_UP = 30.0
"""Seconds after the start that are counted apart."""
WORST_SHOWN = 5
EVENTS = sys.monitoring.events.PY_START | sys.monitoring.events.PY_RESUME
TOOL = sys.monitoring.PROFILER_ID


class Figures(TypedDict):
    """Times in ms; ``busy`` without the time the operating system gave to others."""

    callbacks: int
    maximum: float
    p999: float
    busy_maximum: float
    worst: list[str]


class Stopwatch:
    """Call start() in the thread of the loop.

    Args:
        watched: Part of the path of every file whose functions are of interest.
    """

    def __init__(self, watched: str) -> None:
        self._watched = watched
        self._started = perf_counter()
        self._thread = threading.get_ident()
        self._seen: str | None = None
        self._runs: dict[bool, list[tuple[float, float, str]]] = {True: [], False: []}
        """Warming up or not, to seconds, busy seconds and the function seen first."""

    def start(self) -> None:
        """Watch every callback from now on."""
        sys.monitoring.use_tool_id(TOOL, "loop_monitor")
        for event in (sys.monitoring.events.PY_START, sys.monitoring.events.PY_RESUME):
            sys.monitoring.register_callback(TOOL, event, self._entered)
        sys.monitoring.set_events(TOOL, EVENTS)
        run = Handle._run  # noqa: SLF001

        def timed(handle: Handle) -> None:
            self._seen = None
            busy, began = thread_time(), perf_counter()
            run(handle)
            self._ran(began, perf_counter() - began, thread_time() - busy)

        setattr(Handle, "_run", timed)  # noqa: B010

    def figures(self) -> dict[str, Figures]:
        """What was measured until now."""
        return {"first_30_s": _figures(self._runs[True]), "after": _figures(self._runs[False])}

    def _ran(self, began: float, took: float, busy: float) -> None:
        if self._seen is not None:
            self._runs[began - self._started < WARM_UP].append((took, busy, self._seen))

    def _entered(self, code: CodeType, offset: int) -> object:  # noqa: ARG002
        if self._watched not in code.co_filename:
            return sys.monitoring.DISABLE
        if self._seen is None and threading.get_ident() == self._thread:
            self._seen = f"{code.co_filename.partition(self._watched)[2]}:{code.co_qualname}"
        return None


def _figures(runs: list[tuple[float, float, str]]) -> Figures:
    longest_first = sorted(runs, reverse=True)
    return Figures(
        callbacks=len(runs),
        maximum=_ms(longest_first[0][0]) if runs else 0.0,
        p999=_ms(longest_first[len(runs) // 1000][0]) if runs else 0.0,
        busy_maximum=_ms(max(busy for _, busy, _ in runs)) if runs else 0.0,
        worst=[f"{_ms(took)} ms {name}" for took, _, name in longest_first[:WORST_SHOWN]],
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
