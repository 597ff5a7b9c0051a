"""What has lasted: nobody is told of a trouble that passes by itself, nor told twice of one that comes and goes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

LASTING = 60.0
"""A trouble has to be there for this long before anybody is told, s."""

PASSED = 30.0
"""It has passed once it was away for this long, s: while a limit is written anew nobody knows whether it is kept."""


@dataclass(frozen=True, slots=True)
class _Seen[ThingT]:
    thing: ThingT
    first: float
    last: float


class Lasting[ThingT]:
    """The things that are there, as they were last, over time."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen[ThingT]] = {}

    def after(self, found: Mapping[str, ThingT], at: float) -> dict[str, ThingT]:
        """What has lasted, by id.

        Args:
            found: What is there now, by id.
            at: Monotonic time.
        """
        for key, thing in found.items():
            before = self._seen.get(key)
            self._seen[key] = _Seen(thing, at, at) if before is None else replace(before, thing=thing, last=at)
        self._seen = {key: seen for key, seen in self._seen.items() if at - seen.last <= PASSED}
        return {key: seen.thing for key, seen in self._seen.items() if at - seen.first >= LASTING}
