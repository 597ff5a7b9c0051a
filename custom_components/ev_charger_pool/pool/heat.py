"""How warm a breaker is on one line: shown to people, never a reason to allow more current.

A bimetal or a fuse wire is taken as one thermal mass that follows the square of the load::

    heat' = ((I / In)^2 - heat) / tau

It trips where heat reaches a bound. The bound is the square of the current that has to be carried for an hour:
1.13 In for a circuit breaker (IEC 60898-1), 1.25 In for a gG fuse (IEC 60269).
"""

from dataclasses import dataclass
import math

from .model import Breaker

SHORT_GAP = 5.0
"""Up to this many seconds between two readings, nobody would say that the current stood still."""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """How a kind of breaker trips.

    Args:
        trip: Heat at which it does; 1 is where its rated current leads in the long run.
        tau: Time constant, s.
        at_once: Multiple of the rated current above which it may trip without delay.
    """

    trip: float
    tau: float
    at_once: float = math.inf


_MINIATURE_TRIP = 1.277
_MINIATURE_TAU = 120.0

CHARACTERISTICS = {
    Breaker.B: Characteristic(_MINIATURE_TRIP, _MINIATURE_TAU, 3.0),
    Breaker.C: Characteristic(_MINIATURE_TRIP, _MINIATURE_TAU, 5.0),
    Breaker.D: Characteristic(_MINIATURE_TRIP, _MINIATURE_TAU, 10.0),
    Breaker.GG: Characteristic(1.5625, 40.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A breaker on one line at the time of a reading.

    Args:
        breaker: Its kind.
        rated: Its rated current, A.
        amperes: The last known current.
        at: Monotonic time of that current, s.
        value: Heat, as a multiple of what the rated current leads to.
    """

    breaker: Breaker
    rated: float
    amperes: float
    at: float
    value: float

    @property
    def percent(self) -> float:
        """0 at the rated current or less, 100 where it trips."""
        return 100 * min(max((self.value - 1) / (CHARACTERISTICS[self.breaker].trip - 1), 0.0), 1.0)

    def after(self, amperes: float, at: float, patience: float) -> Heat:
        """The heat after one more reading.

        Between two readings close to each other the higher current counts. Over a longer gap the last known one does.
        Where nothing was known for too long, the current may have been anything that does not trip at once, and as it
        flows again the breaker has not tripped: the heat is what that could have brought, at most where it trips.

        Args:
            amperes: The current now, of either sign.
            at: Its monotonic time, s, not before the last one.
            patience: Seconds for which the last known current could be trusted.
        """
        kind, seconds = CHARACTERISTICS[self.breaker], at - self.at
        if seconds > patience:
            value = min(_follow(self.value, kind.at_once, seconds, kind.tau), kind.trip)
        else:
            felt = max(abs(self.amperes), abs(amperes)) if seconds <= SHORT_GAP else abs(self.amperes)
            value = _follow(self.value, felt / self.rated, seconds, kind.tau)
        if abs(amperes) > kind.at_once * self.rated:
            value = max(value, kind.trip)
        return Heat(breaker=self.breaker, rated=self.rated, amperes=amperes, at=at, value=value)


def unheard(breaker: Breaker, rated: float, amperes: float, at: float) -> Heat:
    """A breaker at its first reading: of what was before nothing is known but that it has not tripped."""
    return Heat(breaker=breaker, rated=rated, amperes=amperes, at=at, value=CHARACTERISTICS[breaker].trip)


def _follow(heat: float, load: float, seconds: float, tau: float) -> float:
    """The exact solution for a load, as a multiple of the rated current, that stands for some seconds."""
    return heat - (load**2 - heat) * math.expm1(-seconds / tau)
