"""What the words of chargers mean before the user has said anything."""

import pytest

from custom_components.ev_charger_pool.flow.state_words import sorted_by_meaning, usual_meaning
from custom_components.ev_charger_pool.pool.model import VehicleState


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Available", VehicleState.A),
        ("no_ev_connected", VehicleState.A),
        ("Cable connected", VehicleState.A),
        ("EV Connected", VehicleState.B),
        ("SuspendedEV", VehicleState.B),
        ("busy-non-charging", VehicleState.B),
        ("Locked, car connected", VehicleState.B),
        ("Charging", VehicleState.C),
        ("busy-charging", VehicleState.C),
        ("Faulted", VehicleState.E),
        ("error_overcurrent", VehicleState.E),
        ("ready", None),
        ("locked", None),
        ("mystery", None),
        ("", None),
    ],
)
def test_usual_words(word: str, state: VehicleState | None) -> None:
    assert usual_meaning(word) is state


def test_words_are_kept_as_they_are_written_and_in_their_order() -> None:
    assert sorted_by_meaning(["Finished", "Charging", "mystery", "connected"]) == {
        VehicleState.A: [],
        VehicleState.B: ["Finished", "connected"],
        VehicleState.C: ["Charging"],
        VehicleState.E: [],
    }
