"""Watchdogs are fed while limits are taken, and starved where only that lowers a charger."""

from dataclasses import replace

from custom_components.ev_charger_pool.pool.fall_back import Feeding
from custom_components.ev_charger_pool.pool.heartbeat import MARGIN, TRIED, UNHEARD, UNKNOWN_TIMEOUT, Heartbeat
from custom_components.ev_charger_pool.pool.model import (
    Ack,
    Capability,
    Charger,
    ChargerReading,
    Expiry,
    Feed,
    VehicleState,
    Write,
)
from custom_components.ev_charger_pool.pool.outlet import Outlet, watch

FALLS_TO_SIX = Capability(maximum=16.0, feed=Feed.WRITE, timeout=60.0, expiry=Expiry.FALL_BACK, fall_back=6.0)
START = 100.0
PERIOD = 5.0
GIVEN_UP = TRIED + 15.0
"""The writes were tried, and the charger had the time to follow."""


class Box:
    """A charger that tells a limit of 11 A every few seconds."""

    def __init__(self, capability: Capability = FALLS_TO_SIX) -> None:
        self.at = START
        self.tells = 11.0
        self.beat: Heartbeat = UNHEARD
        self.outlet: Outlet = watch(Charger(id="a", name="A", capability=capability), START)
        self._sequence = 0
        self.hear()

    def hear(self) -> None:
        self._sequence += 1
        told = ChargerReading(
            source="a",
            sequence=self._sequence,
            asked=self.at,
            taken=self.at,
            amperes=(self.tells,) * 3,
            limit=self.tells,
            state=VehicleState.C,
        )
        self.outlet = self.outlet.heard(told, self.at, control=True)

    def write(self, amperes: float, error: str | None = None) -> None:
        order = Write(charger="a", amperes=amperes, number=self.outlet.number + 1)
        ack = Ack(charger="a", number=order.number, amperes=amperes, at=self.at, error=error)
        self.outlet = self.outlet.ordered(order, self.at).acknowledged(ack)

    def live(
        self, seconds: float, wanted: float = 8.0, *, controlled: bool = True, metered: bool = True
    ) -> list[Feeding]:
        """What was decided meanwhile, every few seconds."""
        decided = []
        for _ in range(round(seconds / PERIOD)):
            self.at += PERIOD
            if self.beat.asks(self.outlet.charger.capability.feed):
                self.hear()
            if metered:
                self.outlet = self.outlet.seen_through(self.at)
            self.beat = self.beat.after(self.at, self.outlet, wanted, controlled=controlled)
            decided.append(self.beat.feeding)
        return decided


def test_a_charger_that_takes_its_limits_is_fed() -> None:
    box = Box()
    box.tells = 8.0
    box.write(8.0)
    assert set(box.live(120)) == {Feeding.FEED}


def test_a_meter_that_is_silent_says_nothing_against_a_charger() -> None:
    """No meter sees the effect of a write, but the charger tells that it has taken it."""
    box = Box()
    box.tells = 8.0
    box.write(8.0)
    assert set(box.live(120, metered=False)) == {Feeding.FEED}
    assert box.outlet.ceiling == 11


def test_a_charger_that_only_observes_is_neither_fed_nor_starved() -> None:
    box = Box()
    box.write(8.0, error="busy")
    assert set(box.live(120, controlled=False)) == {Feeding.NOT_OURS}


def test_a_write_that_fails_is_tried_again_before_anything_else() -> None:
    box = Box()
    box.write(8.0, error="busy")
    assert set(box.live(TRIED)) == {Feeding.FEED}
    box.tells = 8.0
    box.write(8.0)
    assert set(box.live(120)) == {Feeding.FEED}


def test_a_charger_that_cannot_be_lowered_is_left_alone_until_its_watchdog_has_expired() -> None:
    box = Box()
    box.write(8.0, error="busy")
    box.live(GIVEN_UP)
    starved = box.live(60 - PERIOD)
    assert set(starved) == {Feeding.STARVE}
    assert not box.beat.writes
    assert box.beat.asks(Feed.WRITE)
    assert Feeding.FEED in box.live(2 * PERIOD + MARGIN)
    assert box.live(GIVEN_UP)[-1] is Feeding.STARVE, "it has not helped, so it is done again"


def test_a_limit_that_is_confirmed_and_not_kept_starves_as_well() -> None:
    box = Box()
    box.write(8.0)
    decided = box.live(GIVEN_UP)
    assert (decided[0], decided[-1]) == (Feeding.FEED, Feeding.STARVE)


def test_a_charger_that_falls_back_before_is_written_to_at_once() -> None:
    box = Box()
    box.write(8.0)
    box.live(GIVEN_UP)
    box.tells = 6.0
    assert box.live(2 * PERIOD)[-1] is Feeding.FEED


def test_where_any_request_feeds_nothing_is_asked_either() -> None:
    box = Box(replace(FALLS_TO_SIX, feed=Feed.ANY_REQUEST, timeout=None))
    box.write(8.0)
    box.live(GIVEN_UP)
    assert not box.beat.asks(Feed.ANY_REQUEST)
    heard = box.outlet.reading
    assert set(box.live(UNKNOWN_TIMEOUT - PERIOD)) == {Feeding.STARVE}
    assert box.outlet.reading is heard
    assert box.live(2 * PERIOD + MARGIN)[-1] is Feeding.FEED


def test_turning_control_off_ends_it() -> None:
    box = Box(replace(FALLS_TO_SIX, feed=Feed.ANY_REQUEST))
    box.write(8.0)
    box.live(GIVEN_UP)
    assert box.live(PERIOD, controlled=False) == [Feeding.NOT_OURS]
    assert box.beat.writes


def test_a_charger_that_keeps_its_limit_is_written_to_for_ever() -> None:
    box = Box(replace(FALLS_TO_SIX, expiry=Expiry.KEEPS_LIMIT))
    box.write(8.0, error="busy")
    assert set(box.live(200)) == {Feeding.FEED}
