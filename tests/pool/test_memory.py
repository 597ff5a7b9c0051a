"""What is remembered is plain data, and only what makes sense is read back."""

from copy import deepcopy
import json
from typing import Any

import pytest

from custom_components.ev_charger_pool.pool.memory import read, remember
from custom_components.ev_charger_pool.pool.model import MAIN, AverageLimit, Charger, Now
from custom_components.ev_charger_pool.pool.state import Settings
from custom_components.ev_charger_pool.simulation.car import Car
from tests.pool.loop import L1, L2, MORNING, Loop, box, site


@pytest.fixture(scope="module")
def saved() -> dict[str, Any]:
    """What a house remembers after five minutes."""
    settings = Settings(
        site=site(Charger(id="a", name="A", wiring=L1), Charger(id="b", name="B", wiring=L2)),
        control=True,
        averages=(AverageLimit(circuit=MAIN, watts=8000.0, minutes=60),),
    )
    loop = Loop(settings, {"a": box(car=Car(phases=1)), "b": box()})
    loop.run(300)
    return remember(loop.state, Now(loop.at, MORNING))


def test_it_is_plain_data(saved: dict[str, Any]) -> None:
    assert json.loads(json.dumps(saved)) == saved


def test_what_is_read_is_what_was_remembered(saved: dict[str, Any]) -> None:
    memory = read(json.loads(json.dumps(saved)))
    assert memory.at == MORNING.timestamp()
    assert memory.chargers.keys() == {"a", "b"}
    session = memory.chargers["a"].session
    assert session is not None
    assert session.plugged == pytest.approx(300, abs=2)
    assert memory.chargers["b"].session is None
    assert memory.chargers["a"].written is not None
    circuit = memory.circuits[MAIN]
    assert circuit.behind == {"a", "b"}
    assert circuit.guard is not None
    assert circuit.guard["wh"] > 0
    assert circuit.week[0][0][1] == pytest.approx(2.0, abs=0.1)
    assert memory.turns.queue == ("a",)


NEVER = object()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (["at"], NEVER, "at: is missing"),
        (["at"], None, "at: None is not a finite number"),
        (["turns", "number"], -1, "turns.number: -1 is not a whole number from 0 up"),
        (["turns", "waiting"], {"a": "long"}, "turns.waiting.a: 'long' is not a finite number"),
        (["chargers"], [], "not what was remembered: "),
        (["chargers", "a", "cut"], [-1.0], "chargers.a.cut: -1.0 is below 0"),
        (["chargers", "a", "written"], True, "chargers.a.written: True is not a finite number"),
        (["chargers", "a", "session", "stops"], 1.5, "chargers.a.session.stops: 1.5 is not a whole number from 0 up"),
        (["chargers", "a", "session", "phase_switches"], -1, "chargers.a.session.phase_switches: -1 is not a whole"),
        (
            ["chargers", "a", "session", "phases_switched"],
            "never",
            "chargers.a.session.phases_switched: .never. is not a",
        ),
        (["chargers", "a", "session", "idle_phases"], [None], r"chargers.a.session.idle_phases: \[None\] are not 3"),
        (["circuits", MAIN, "guard", "wh"], float("inf"), "circuits.main.guard.wh: inf is not a finite number"),
        (["circuits", MAIN, "week"], [[[5, 1], [9, 2]], [], []], "circuits.main.week: .* do not become younger"),
        (["circuits", MAIN, "hour"], 7, "not what was remembered: "),
    ],
)
def test_what_makes_no_sense_is_refused(saved: dict[str, Any], path: list[str], value: object, reason: str) -> None:
    data = deepcopy(saved)
    place = data
    for name in path[:-1]:
        place = place[name]
    if value is NEVER:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(ValueError, match=f"^{reason}"):
        read(data)
