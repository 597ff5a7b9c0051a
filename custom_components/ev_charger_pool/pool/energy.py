"""The energy of all chargers together, as one counter that only rises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .model import ChargerReading


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyCount:
    """Energy that went into cars since counting began.

    The counters of the chargers are not summed themselves: one that is added, replaced or silent would make the sum
    jump. Only what each of them rises by is counted, from its first value on.

    Args:
        wh: The count.
        totals: Last value of the charger's counter, by charger id.
        sessions: Last energy of the session, by charger id, for chargers without a counter.
    """

    wh: float = 0.0
    totals: Mapping[str, float] = field(default_factory=dict)
    sessions: Mapping[str, float] = field(default_factory=dict)

    def knows(self, charger: str) -> bool:
        """Whether a charger has ever told an energy."""
        return charger in self.totals or charger in self.sessions

    def count(self, readings: Iterable[ChargerReading]) -> EnergyCount:
        """The count after more readings; a counter that fell is a new starting point, a session that fell a new one."""
        result = self
        for reading in readings:
            if reading.total_wh is not None:
                rise = max(0.0, reading.total_wh - result.totals.get(reading.source, reading.total_wh))
                result = replace(
                    result, wh=result.wh + rise, totals={**result.totals, reading.source: reading.total_wh}
                )
            elif reading.session_wh is not None and reading.source not in result.totals:
                before = result.sessions.get(reading.source, reading.session_wh)
                rise = reading.session_wh - before if reading.session_wh >= before else reading.session_wh
                result = replace(
                    result, wh=result.wh + rise, sessions={**result.sessions, reading.source: reading.session_wh}
                )
        return result
