"""Hardy Barth cPH2 and cPmu2 with the controller Salia PLCC.

Facts: evcc-io/evcc charger/hardybarth-salia.go; OpenEMS/openems io.openems.edge.evcs.hardybarth.
"""

from dataclasses import replace
import re
from typing import override

from ...pool.model import Capability, ChargerValues, Expiry, Feed, Notice, VehicleState
from ..interface import BadAnswer, Identity
from ..profile_model import Confidence, PauseKind
from .http import Answer
from .http_charger import HttpCharger, amperes_of
from .model import Access, NetworkCharger, Place, Shared

_API, _SECC, _SAVE = "/api", "/api/secc", "/save_mqtt.php"
_NEW_FIRMWARE = (2, 3, 64)
"""From here on settings are taken elsewhere."""

_PORT = ("secc", "port0")
_CP_STATUS = (*_PORT, "ci", "charge", "cp", "status")
_BASIC = (*_PORT, "ci", "evse", "basic")
_METERING = (*_PORT, "metering")

_LIMIT, _MODE, _PAUSED, _HEARTBEAT = "grid_current_limit", "salia/chargemode", "salia/pausecharging", "salia/heartbeat"
_MANUAL = "manual"

_STATES = {
    "A": VehicleState.A,
    "B": VehicleState.B,
    "C": VehicleState.C,
    "D": VehicleState.C,
    "E": VehicleState.E,
    "F": VehicleState.F,
}

_CAPABILITY = Capability(
    minimum=6.0,
    maximum=32.0,
    step=1.0,
    poll_interval=2.0,
    write_interval=1.0,
    latency=2.0,
    resend=15.0,  # It wants to hear from us every 30 s: one that is lost does no harm.
    feed=Feed.WRITE,
    expiry=Expiry.FALL_BACK,  # To what it falls back is not known.
)


class SaliaCharger(HttpCharger):
    """A charger with the Salia controller. Every write says that we are alive; what stands is not set again."""

    def __init__(self, shared: Shared, place: Place) -> None:
        super().__init__(shared, place, _CAPABILITY)
        self._is_new = False
        self._told: dict[str, str] = {}
        """Settings as last read."""
        self._written: dict[str, str] = {}
        """Settings as last confirmed to us."""

    @override
    async def identify(self) -> Identity:
        answer = await self._recognise(_API, _CP_STATUS, ("device", "software_version"))
        firmware = answer.text("device", "software_version")
        self._is_new = _version(firmware) >= _NEW_FIRMWARE
        hardware = answer.optional_number(*_BASIC, "physical_current_limit") or _CAPABILITY.maximum
        self._capability = replace(_CAPABILITY, maximum=max(hardware, _CAPABILITY.minimum), measures=_has_meter(answer))
        self._serial = answer.optional_text("device", "serial")
        self._take_settings(answer)
        return Identity(
            manufacturer=HARDYBARTH_SALIA.brand,
            model=answer.optional_text("device", "modelname") or HARDYBARTH_SALIA.model,
            serial=self._serial,
            firmware=firmware,
        )

    @override
    async def read(self) -> ChargerValues:
        answer = await self._fetch(_API)
        self._check_serial(answer.optional_text("device", "serial"))
        self._take_settings(answer)
        status = answer.text(*_CP_STATUS)
        state = _STATES.get(status)
        meter = answer if _has_meter(answer) else Answer(_API, {})
        paused = self._told.get(_PAUSED) == "1"
        return ChargerValues(
            amperes=amperes_of(
                meter, *((*_METERING, "current", "ac", f"l{phase}", "actual") for phase in (1, 2, 3)), scale=0.001
            ),
            state=state,
            limit=0.0 if paused else _limit(answer),
            watts=meter.optional_number(*_METERING, "power", "active_total", "actual", scale=0.1),
            total_wh=meter.optional_number(*_METERING, "energy", "active_import", "actual"),
            fault=f"state {status}" if state in (VehicleState.E, VehicleState.F) else None,
            notices=frozenset({Notice.OWN_BALANCING} if self._told.get(_MODE) not in (None, _MANUAL) else ()),
        )

    @override
    async def _pause(self) -> None:
        await self._send(_LIMIT, "0")
        await self._send_paused("1")
        await self._write(_HEARTBEAT, "alive")

    @override
    async def _set(self, amperes: float) -> None:
        await self._send(_MODE, _MANUAL)
        await self._send(_LIMIT, str(int(amperes)))
        await self._send_paused("0")
        await self._write(_HEARTBEAT, "alive")

    async def _send_paused(self, value: str) -> None:
        """Old firmware (before 1.52) does not know it: there the limit alone pauses."""
        if _PAUSED in self._told:
            await self._send(_PAUSED, value)

    async def _send(self, key: str, value: str) -> None:
        """A setting that we wrote and that still stands is not written again."""
        if not self._written.get(key) == value == self._told.get(key):
            self._written.pop(key, None)
            await self._write(key, value)
            self._written[key] = value

    async def _write(self, key: str, value: str) -> None:
        path = _SAVE if self._is_new else _SECC
        ask = self._client.post if self._is_new else self._client.put
        answer = Answer(path, await ask(path, data={key: value}))
        if (result := answer.optional_text("result")) != "ok":
            raise BadAnswer(f"{path}: {key}: {result!r} instead of 'ok'")

    def _take_settings(self, answer: Answer) -> None:
        limit = _limit(answer)
        told = {
            _LIMIT: None if limit is None else f"{limit:g}",
            _MODE: answer.optional_text(*_PORT, "salia", "chargemode"),
            _PAUSED: answer.optional_text(*_PORT, "salia", "pausecharging"),
        }
        self._told = {key: value for key, value in told.items() if value is not None}


def _limit(answer: Answer) -> float | None:
    limit = answer.optional_number(*_PORT, _LIMIT)
    return answer.optional_number(*_BASIC, _LIMIT, "actual") if limit is None else limit


def _has_meter(answer: Answer) -> bool:
    return (answer.optional_number(*_METERING, "meter", "available") or 0) > 0


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


HARDYBARTH_SALIA = NetworkCharger(
    id="hardybarth_salia",
    title="Hardy Barth cPH2, cPmu2 (Salia, HTTP)",
    brand="echarge Hardy Barth",
    model="Salia PLCC",
    confidence=Confidence.SINGLE,
    sources=("evcc-io/evcc charger/hardybarth-salia.go",),
    access=Access.PASSWORD_POSSIBLE,
    searchable=True,
    capability=_CAPABILITY,
    pause=PauseKind.SWITCH,
    factory=SaliaCharger,
)
