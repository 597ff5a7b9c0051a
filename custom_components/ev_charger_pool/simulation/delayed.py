"""A value that somebody else sees only after a while."""

from collections import deque


class Delayed:
    """Passes a value on a fixed time after it changed.

    Args:
        delay: Seconds from a change to its being seen.
        value: What is seen at first.
    """

    def __init__(self, delay: float, value: float = 0.0) -> None:
        self._delay = delay
        self._seen = value
        self._latest = value
        self._coming: deque[tuple[float, float]] = deque()

    def follow(self, now: float, value: float) -> float:
        """Tell the value that is true now and get the one that is seen now."""
        if value != self._latest:
            self._latest = value
            self._coming.append((now + self._delay, value))
        while self._coming and self._coming[0][0] <= now:
            self._seen = self._coming.popleft()[1]
        return self._seen

    def reset(self, value: float) -> None:
        """See a value at once and forget all that was to come."""
        self._seen = self._latest = value
        self._coming.clear()
