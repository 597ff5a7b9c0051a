import pytest

from custom_components.ev_charger_pool.pool.model import Capability, ChargerReading, PerLine, VehicleState
from custom_components.ev_charger_pool.pool.vehicle import EvState, charging, connected, ev_state

NOTHING: PerLine = (None, None, None)


def reading(state: VehicleState | None, amperes: PerLine = (0.0, 0.0, 0.0), *, locked: bool | None = None):
    return ChargerReading(
        source="garage", sequence=1, asked=0.0, taken=0.0, amperes=amperes, state=state, locked=locked
    )


@pytest.mark.parametrize(
    ("state", "amperes", "locked", "expected"),
    [
        (VehicleState.A, (0.0, 0.0, 0.0), None, EvState.IDLE),
        (VehicleState.A, (0.0, 0.0, 0.0), True, EvState.IDLE),
        (VehicleState.B, (0.0, 0.0, 0.0), None, EvState.EV_PLUGGED),
        (VehicleState.B, (0.0, 0.0, 0.0), False, EvState.EV_PLUGGED),
        (VehicleState.B, (0.0, 0.0, 0.0), True, EvState.EV_LOCKED),
        (VehicleState.C, (16.0, 16.0, 16.0), True, EvState.EV_LOCKED),
        (VehicleState.C, (4.0, None, None), None, EvState.EV_PLUGGED),
        (VehicleState.E, (0.0, 0.0, 0.0), True, EvState.ERROR),
        (VehicleState.F, (0.0, 0.0, 0.0), None, EvState.ERROR),
        (None, (0.0, 0.0, 0.0), True, EvState.UNSPECIFIED),
        (VehicleState.E, NOTHING, True, EvState.MISSING),
        (None, NOTHING, None, EvState.MISSING),
    ],
)
def test_precedence(state, amperes, locked, expected):
    assert ev_state(reading(state, amperes, locked=locked), Capability()) is expected


def test_a_charger_that_is_not_heard_is_missing():
    assert ev_state(None, Capability()) is EvState.MISSING


def test_a_charger_that_promises_no_currents_is_not_missing_without_them():
    assert ev_state(reading(VehicleState.B, NOTHING), Capability(measures=False)) is EvState.EV_PLUGGED


def test_only_promised_phases_count():
    one_phase = Capability(phases=1)
    assert ev_state(reading(VehicleState.B, (None, 0.0, 0.0)), one_phase) is EvState.MISSING


@pytest.mark.parametrize(
    ("state", "amperes", "expected"),
    [
        (VehicleState.C, (15.8, 0.0, 0.0), True),
        (VehicleState.C, (0.3, 0.2, 0.0), False),
        (VehicleState.C, NOTHING, True),
        (VehicleState.B, (15.8, 0.0, 0.0), False),
        (None, (15.8, 0.0, 0.0), None),
    ],
)
def test_charging(state, amperes, expected):
    assert charging(reading(state, amperes)) is expected


def test_connected():
    assert connected(reading(VehicleState.B)) is True
    assert connected(reading(VehicleState.A)) is False
    assert connected(reading(None)) is None
    assert connected(None) is None
    assert charging(None) is None
