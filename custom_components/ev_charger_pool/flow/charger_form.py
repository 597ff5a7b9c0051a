"""The form of a charger's place in the house: name, circuit, wiring and what installation and car allow."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.const import CONF_NAME
import voluptuous as vol

from ..const import CONF_CAR_MINIMUM, CONF_CIRCUIT, CONF_MAXIMUM, CONF_PHASE_SWITCHING, CONF_WIRING
from ..drivers.interface import Identity
from ..entry_data import ChargerData, ChargerDriverData, FallBackData
from ..pool.model import LINES, Capability, Grid
from ..wiring import UNKNOWN, WIRINGS, lines_of, wiring
from .forms import FormError, amperes, check_name, choice, circuit_choice


def details_schema(
    grid: Grid,
    fuse: Sequence[float],
    circuits: Mapping[str, str],
    capability: Capability,
    name: str,
    *,
    circuit_is_gone: bool = False,
    phase_switching: bool = False,
) -> vol.Schema:
    """The form, with the ways of wiring that the site's lines and the charger's phases allow.

    Args:
        grid: Kind of grid of the site.
        fuse: Main fuse per line.
        circuits: Id to name of the circuits below it.
        capability: Of the charger.
        name: Suggested name.
        circuit_is_gone: Whether the circuit that the charger was on was deleted.
        phase_switching: Whether to offer to switch its phases.
    """
    lines = set(lines_of(fuse))
    wirings = [
        key
        for key, phases in WIRINGS[grid].items()
        if len(phases) <= capability.phases and all(phase <= lines for phase in phases)
    ]
    switching = {vol.Required(CONF_PHASE_SWITCHING, default=False): bool} if phase_switching else {}
    return vol.Schema(
        {
            vol.Required(CONF_NAME, default=name): str,
            **circuit_choice(CONF_CIRCUIT, circuits, is_gone=circuit_is_gone),
            vol.Required(CONF_WIRING, default=UNKNOWN): choice([UNKNOWN, *wirings], CONF_WIRING),
            vol.Required(CONF_MAXIMUM, default=min(capability.maximum, max(fuse))): amperes(),
            vol.Optional(CONF_CAR_MINIMUM): amperes(),
            **switching,
        }
    )


def check_details(
    user_input: Mapping[str, Any], grid: Grid, circuit_fuse: Sequence[float], capability: Capability
) -> None:
    """Refuse a place that a charger cannot have.

    Raises:
        FormError: With the field that is wrong.
    """
    check_name(user_input)
    check_wiring(user_input[CONF_WIRING], grid, circuit_fuse, CONF_WIRING)
    maximum = user_input[CONF_MAXIMUM]
    if not maximum >= capability.minimum:
        raise FormError("maximum_below_minimum", CONF_MAXIMUM, minimum=f"{capability.minimum:g}")
    if maximum > capability.maximum:
        raise FormError("maximum_above_hardware", CONF_MAXIMUM, hardware=f"{capability.maximum:g}")
    car_minimum = user_input.get(CONF_CAR_MINIMUM)
    if car_minimum is not None and not 0 < car_minimum <= maximum:
        raise FormError("car_minimum_not_possible", CONF_CAR_MINIMUM)
    wired = wiring(grid, user_input[CONF_WIRING]) or ()
    if user_input.get(CONF_PHASE_SWITCHING) and len(wired) < LINES:
        raise FormError("phase_switching_needs_wiring", CONF_PHASE_SWITCHING)


def check_wiring(key: str, grid: Grid, circuit_fuse: Sequence[float], field: str) -> None:
    """Refuse a wiring to lines that the circuit does not have.

    Raises:
        FormError: With the field.
    """
    phases = wiring(grid, key) or ()
    if any(not circuit_fuse[line] > 0 for phase in phases for line in phase):
        raise FormError("wiring_not_on_circuit", field)


def charger_data(
    user_input: Mapping[str, Any], driver: ChargerDriverData, fall_back: FallBackData | None
) -> ChargerData:
    """What is saved of a filled in form that was checked.

    Args:
        user_input: The form.
        driver: How the charger is reached.
        fall_back: What the user wants it to do once it hears nothing, None where nothing.
    """
    data = ChargerData(
        driver=driver,
        circuit=user_input[CONF_CIRCUIT],
        wiring=user_input[CONF_WIRING],
        maximum=user_input[CONF_MAXIMUM],
    )
    if CONF_CAR_MINIMUM in user_input:
        data["car_minimum"] = user_input[CONF_CAR_MINIMUM]
    if fall_back is not None:
        data["fall_back"] = fall_back
    if user_input.get(CONF_PHASE_SWITCHING):
        data["phase_switching"] = True
    return data


def charger_name(identity: Identity) -> str:
    """What a charger is called until the user names it."""
    name = f"{identity.manufacturer} {identity.model}"
    return f"{name} {identity.connector}" if identity.connectors > 1 else name
