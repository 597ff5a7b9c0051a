"""What the state words of chargers in Home Assistant usually mean, to fill in a form in advance."""

from collections.abc import Iterable
import re

from ..pool.model import VehicleState

_WORDS = {
    VehicleState.A: (
        "a a1 a2 available cable_connected charger_free disconnected free idle no_car no_ev no_ev_connected no_vehicle "
        "not_connected off reserved standby unplugged vehicle_not_connected"
    ),
    VehicleState.B: (
        "authenticating awaiting_authorization awaiting_load_balancing awaiting_scheduled_start "
        "awaiting_smart_start awaiting_start b b1 b2 busy busy_blocked busy_non_charging busy_non_released "
        "busy_reserved busy_scheduled c1 charge_point_ready_waiting_for_power charged charger_end charger_insert "
        "charger_pause charger_wait charging_complete charging_finished charging_paused charging_reservation "
        "complete completed completed_full_charge connected connected_finished connected_requesting d1 "
        "de_authorizing delay_waiting ev_connected ev_suspended ev_waiting evse_suspended finish_wait_disconnect "
        "finish_wait_vehicle finished finishing lb_waiting load_balancing_forced_off locked_car_connected low_soc "
        "need_auth negotiating paused paused_by_scheduler paused_due_to_equalizer pending_approval plugged "
        "plugged_in plugged_waiting preparing preparing_charging ready_to_charge scheduled sleeping "
        "start_charging starting stop_charging stopped suspended suspended_ev suspended_evse "
        "suspended_over_current suspendedev suspendedevse switching_to_1_phase switching_to_3_phase "
        "vehicle_connected vehicle_detected wait_for_car wait_vehicle_charging waiting waiting_car "
        "waiting_for_button waiting_for_car waiting_for_car_demand waiting_for_rfid waiting_for_start "
        "waiting_for_sun waiting_for_swipe waiting_for_vehicle"
    ),
    VehicleState.C: (
        "active busy_charging c c2 car_charging charger_charging charging charging_limit charging_normal "
        "charging_reduced charging_simplified connected_charging d2 discharging load_balancing_limited on "
        "partial_solar_charging plugged_charging solar_charging vehicle_charging"
    ),
    VehicleState.E: (
        "diode_check_failed e erratic_ev f failure no_ground out_of_order over_temperature overheating_detected "
        "overvoltage_detected residual_current_detected stuck_relay undervoltage_detected vent_required "
        "ventilation_required"
    ),
}
"""Words of the charger integrations, without those on which they disagree."""

_MEANING = {word: state for state, words in _WORDS.items() for word in words.split()}
_FAULT = re.compile("fault|error")


def usual_meaning(word: str) -> VehicleState | None:
    """What a state word means in most integrations, None for one that is not usual."""
    plain = re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")
    return _MEANING.get(plain, VehicleState.E if _FAULT.search(plain) else None)


def sorted_by_meaning(words: Iterable[str]) -> dict[VehicleState, list[str]]:
    """The words of every state that the form asks for."""
    found: dict[VehicleState, list[str]] = {state: [] for state in _WORDS}
    for word in words:
        if (state := usual_meaning(word)) is not None:
            found[state].append(word)
    return found
