"""SmartEVSE-3 with the firmware of dingo35/SmartEVSE-3.5.

Facts: dingo35/SmartEVSE-3.5 docs/REST_API.md and SmartEVSE-3/src.
"""

from dataclasses import replace
from typing import override

from ...pool.model import Capability, ChargerValues, Notice, VehicleState
from ..interface import BadAnswer, Identity
from ..profile_model import Confidence, PauseKind
from .http import Answer
from .http_charger import HttpCharger, amperes_of
from .model import NetworkCharger, Place, Shared

_SETTINGS = "/settings"

_OFF, _NORMAL, _SOLAR, _SMART, _PAUSE = range(5)
"""Modes of operation."""
_STEERED = frozenset({_NORMAL, _SMART})
"""Those in which it takes a limit."""

_STATES = {
    **dict.fromkeys((1, 4, 5, 8, 9, 11, 12, 13, 14), VehicleState.B),
    **dict.fromkeys((2, 3, 6, 7, 10), VehicleState.C),
    0: VehicleState.A,
}
_NO_METER = "Disabled"

_CAPABILITY = Capability(minimum=6.0, maximum=32.0, step=0.1, poll_interval=2.0, write_interval=1.0, latency=2.0)


class SmartEvseCharger(HttpCharger):
    """A SmartEVSE. In the mode "smart" it stays there: what its own mains meter forbids holds as well."""

    def __init__(self, shared: Shared, place: Place) -> None:
        super().__init__(shared, place, _CAPABILITY)
        self._mode: int | None = None
        """As last read; None after a write of ours that changes it."""
        self._mode_when_charging = _NORMAL

    @override
    async def identify(self) -> Identity:
        answer = await self._recognise(_SETTINGS, ("mode_id",), ("evse", "state_id"), ("settings", "override_current"))
        least = answer.optional_number("settings", "current_min") or _CAPABILITY.minimum
        most = answer.optional_number("settings", "current_max") or _CAPABILITY.maximum
        minimum = max(least, _CAPABILITY.minimum)
        self._capability = replace(
            _CAPABILITY, minimum=minimum, maximum=max(most, minimum), measures=_has_meter(answer)
        )
        self._serial = _serial(answer)
        self._take_mode(answer)
        return Identity(
            manufacturer=SMARTEVSE_V3.brand,
            model=SMARTEVSE_V3.model,
            serial=self._serial,
            firmware=answer.optional_text("version"),
        )

    @override
    async def read(self) -> ChargerValues:
        answer = await self._fetch(_SETTINGS)
        self._check_serial(_serial(answer))
        mode = self._take_mode(answer)
        shares = answer.optional_whole("evse", "loadbl")
        metered = _has_meter(answer)
        meter = Answer(_SETTINGS, {}) if not metered else answer
        return ChargerValues(
            amperes=amperes_of(meter, *(("ev_meter", "currents", f"L{phase}") for phase in (1, 2, 3)), scale=0.1),
            state=_state(answer),
            limit=_limit(answer, mode),
            # Firmware that counts in Wh tells W as well; older ones count in kWh.
            watts=meter.optional_number("ev_meter", "import_active_power")
            if meter.has("ev_meter", "total_wh")
            else None,
            session_wh=_energy(meter, "charged"),
            total_wh=_energy(meter, "total"),
            fault=answer.optional_text("evse", "error") if answer.optional_whole("evse", "error_id") else None,
            notices=frozenset({Notice.OWN_BALANCING} if mode in (_SOLAR, _SMART) or shares else ()),
        )

    @override
    async def _pause(self) -> None:
        self._mode = None
        await self._send(mode=_PAUSE)

    @override
    async def _set(self, amperes: float) -> None:
        """In one request with the mode, so that it never charges with more than this."""
        deci = round(amperes * 10)
        if self._mode in _STEERED:
            await self._send(override_current=deci)
        else:
            self._mode = None
            await self._send(mode=self._mode_when_charging, override_current=deci)

    async def _send(self, **values: int) -> None:
        query = {key: str(value) for key, value in values.items()}
        answer = Answer(_SETTINGS, await self._client.post(_SETTINGS, query=query, form={}))
        for key, value in query.items():
            told = answer.optional_text(key) if key == "mode" else answer.optional_whole(key)
            if str(told) != value:
                raise BadAnswer(f"{_SETTINGS}: {key}: {told!r} instead of {value}")

    def _take_mode(self, answer: Answer) -> int:
        mode = self._mode = answer.whole("mode_id")
        # While it is paused it tells which mode it goes on with.
        goes_on = answer.optional_whole("evse", "mode") if mode in (_OFF, _PAUSE) else mode
        if goes_on is not None:
            self._mode_when_charging = _SMART if goes_on == _SMART else _NORMAL
        return mode


def _serial(answer: Answer) -> str | None:
    number = answer.optional_whole("serialnr")
    return None if number is None else str(number)


def _has_meter(answer: Answer) -> bool:
    return answer.optional_text("ev_meter", "description") not in (None, _NO_METER)


def _state(answer: Answer) -> VehicleState | None:
    state = answer.whole("evse", "state_id")
    return VehicleState.A if answer.optional_flag("car_connected") is False else _STATES.get(state)


def _limit(answer: Answer, mode: int) -> float | None:
    if mode in (_OFF, _PAUSE):
        return 0.0
    if mode not in _STEERED:
        return answer.optional_number("settings", "current_max")
    # 0 means that none is set: the highest current of the box holds.
    override = answer.number("settings", "override_current", scale=0.1)
    return override or answer.optional_number("settings", "current_max")


def _energy(meter: Answer, name: str) -> float | None:
    watt_hours = meter.optional_number("ev_meter", f"{name}_wh")
    return meter.optional_number("ev_meter", f"{name}_kwh", scale=1000) if watt_hours is None else watt_hours


SMARTEVSE_V3 = NetworkCharger(
    id="smartevse_v3",
    title="SmartEVSE-3 (HTTP)",
    brand="SmartEVSE",
    model="SmartEVSE-3",
    confidence=Confidence.DOUBLE,
    sources=("dingo35/SmartEVSE-3.5 docs/REST_API.md, SmartEVSE-3/src", "evcc-io/evcc charger/smart-evse.go"),
    searchable=True,
    capability=_CAPABILITY,
    pause=PauseKind.SWITCH,
    balances_itself=True,
    factory=SmartEvseCharger,
)
