"""The same work on many things, in several processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import signal
import sys
import traceback


def spread[Item, Result](
    work: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> Iterator[tuple[Item, Result | BaseException]]:
    """Results in the order of the items, as soon as they are there; an error is one too.

    Args:
        work: A function of a module; what it takes and gives goes from process to process.
        items: What to work on.
        processes: How many work at the same time.
    """
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _leave_interrupts)
    try:
        for item, future in [(item, pool.submit(work, item)) for item in items]:
            error = future.exception()
            yield item, future.result() if error is None else error
    finally:
        pool.shutdown(cancel_futures=True)


def ended_by(error: BaseException) -> tuple[str]:
    """The sentence about work that came to no result; all that is known of it goes to stderr."""
    traceback.print_exception(error, file=sys.stderr)
    return (f"ended by {type(error).__name__}: {error}",)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that was started; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
