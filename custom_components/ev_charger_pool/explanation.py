"""A decision in words: the same sentence in attributes, answers of actions, diagnostics and the log (R20)."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN, LINE_NAMES
from .pool.model import MAIN, Decision, Why
from .runner import PoolRunner


@callback
def explain(hass: HomeAssistant, runner: PoolRunner, decision: Decision) -> str:
    """Why a charger stands where it stands, in the language of this Home Assistant."""
    reason = decision.reason
    texts = async_get_cached_translations(hass, hass.config.language, "exceptions", DOMAIN)

    def text(name: str) -> str:
        return texts.get(f"component.{DOMAIN}.exceptions.{name}.message", name)

    main = "reason_whole_house" if reason.why is Why.PEAK else "reason_main_circuit"
    circuit = text(main) if reason.circuit == MAIN else _circuit_name(runner, reason.circuit)
    averages = runner.state.settings.averages
    average = next((average for average in averages if average.circuit == reason.circuit), None)
    until = None if reason.until is None else dt_util.as_local(wall_time(reason.until))
    sentence = text(_wording(texts, runner, decision)).format(
        amperes=f"{decision.amperes:g}",
        line="" if reason.line is None else LINE_NAMES[reason.line],
        circuit=circuit,
        source=reason.source or "",
        charger=charger_name(runner, reason.charger) or "",
        until="" if until is None else f"{until:%X}",
        kilowatts="" if average is None else f"{average.watts / 1000:g}",
        minutes="" if average is None else average.minutes,
    )
    return sentence if runner.choices.control else text("reason_observing").format(sentence=sentence)


def _wording(texts: dict[str, str], runner: PoolRunner, decision: Decision) -> str:
    """The text for a reason, or where there is one of its own.

    There may be one for a pause, for a bound on the total of all phases, and for a meter that is heard but does not
    move with the cars.
    """
    plain = f"reason_{decision.reason.why}"
    wordings = [plain]
    meter = runner.state.meters.get(decision.reason.circuit or "")
    if meter is not None and decision.reason.line in meter.following.lost:
        wordings.insert(0, f"{plain}_lost")
    if decision.reason.line is None:
        wordings.insert(0, f"{plain}_total")
    if decision.amperes <= 0:
        wordings.insert(0, f"{plain}_paused")
    return next((name for name in wordings if f"component.{DOMAIN}.exceptions.{name}.message" in texts), plain)


def details(runner: PoolRunner, decision: Decision) -> dict[str, Any]:
    """The parameters of the reason, ready for an attribute or for JSON."""
    reason = decision.reason
    return {
        "circuit": _circuit_name(runner, reason.circuit),
        "line": None if reason.line is None else LINE_NAMES[reason.line],
        "source": reason.source,
        "waits_for": charger_name(runner, reason.charger),
        "until": None if reason.until is None else wall_time(reason.until).isoformat(),
    }


def wall_time(at: float) -> datetime:
    """A monotonic time as a time of day, to the second."""
    moment = dt_util.utcnow() + timedelta(seconds=at - monotonic() + 0.5)
    return moment.replace(microsecond=0)


def charger_name(runner: PoolRunner, charger_id: str | None) -> str | None:
    """What the user calls a charger, None for one that the pool does not know."""
    chargers = runner.state.settings.site.chargers
    return next((charger.name for charger in chargers if charger.id == charger_id), None)


def _circuit_name(runner: PoolRunner, circuit_id: str | None) -> str | None:
    circuits = runner.state.settings.site.circuits
    return next((circuit.name for circuit in circuits if circuit.id == circuit_id), None)
