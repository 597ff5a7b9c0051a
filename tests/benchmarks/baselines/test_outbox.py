"""The way from a rule to a charger."""

import pytest

from benchmarks.baselines.outbox import Outbox, offer
from custom_components.ev_charger_pool.pool.model import Ack, Write
from tests.benchmarks.baselines.bench import charger


def answer(write: Write, at: float, error: str | None = None) -> Ack:
    return Ack(charger=write.charger, number=write.number, amperes=write.amperes, at=at, error=error)


@pytest.mark.parametrize(("asked", "offered"), [(5.9, 0.0), (6.0, 6.0), (12.9, 12.0), (20.0, 16.0), (0.0, 0.0)])
def test_an_offer_is_whole_and_none_below_the_minimum(asked: float, offered: float) -> None:
    assert offer(charger("one"), asked) == offered


def test_the_same_is_written_once() -> None:
    box, one = Outbox([charger("one")]), charger("one")
    box.want(one, 8.4)
    (write,) = box.send(0.0)
    assert write == Write(charger="one", amperes=8.0, number=1)
    box.take([answer(write, 0.2)])
    box.want(one, 8.9)
    assert box.send(1.0) == ()


def test_only_one_write_is_under_way_and_the_last_word_counts() -> None:
    box, one = Outbox([charger("one")]), charger("one")
    box.want(one, 8.0)
    (write,) = box.send(0.0)
    box.want(one, 10.0)
    box.want(one, 12.0)
    assert box.send(1.0) == ()
    box.take([answer(write, 1.5)])
    assert [write.amperes for write in box.send(2.0)] == [12.0]


def test_the_pace_of_the_charger_is_kept() -> None:
    one = charger("one", write_interval=10.0)
    box = Outbox([one])
    box.want(one, 8.0)
    box.take([answer(box.send(0.0)[0], 0.2)])
    box.want(one, 10.0)
    assert box.send(9.0) == ()
    assert box.wake == 10.0
    assert len(box.send(10.0)) == 1


def test_a_failed_write_is_tried_again_and_a_lost_answer_given_up() -> None:
    one = charger("one")
    box = Outbox([one])
    box.want(one, 8.0)
    box.take([answer(box.send(0.0)[0], 1.0, "refused")])
    assert box.send(2.0) == ()
    assert [write.number for write in box.send(3.0)] == [2]
    assert box.send(32.0) == ()
    assert [write.number for write in box.send(33.0)] == [3]


def test_a_limit_that_does_not_last_is_repeated() -> None:
    one = charger("one", resend=60.0)
    box = Outbox([one])
    box.want(one, 8.0)
    box.take([answer(box.send(0.0)[0], 0.2)])
    assert box.send(59.0) == ()
    assert [write.amperes for write in box.send(60.0)] == [8.0]
