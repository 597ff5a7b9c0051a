"""go-e chargers with the local HTTP API v2.

Facts: goecharger/go-eCharger-API-v2, apikeys-en.md and http-en.md; issues 23 and 112 there: a current is kept for good,
but from V3 on in a flash with wear levelling, for which go-e names no limit of writes.
"""

from dataclasses import replace
from typing import override

from ...pool.model import Capability, ChargerValues, Notice, VehicleState
from ..interface import Identity
from ..profile_model import Confidence, PauseKind
from .http import Answer
from .http_charger import HttpCharger, amperes_of
from .model import NetworkCharger, Place, Shared

_STATUS, _SET = "/api/status", "/api/set"
_WHO = "sse,typ,fwv,ama,var,car,frc"
_VALUES = "sse,car,amp,frc,nrg,wh,eto,err,loe,modelStatus"
"""At most ten keys: firmware up to 051.3 takes no more."""

_STATES = {
    1: VehicleState.A,
    2: VehicleState.C,
    3: VehicleState.B,
    4: VehicleState.B,
    5: VehicleState.E,
}
_FORCE_NEUTRAL, _FORCE_OFF = 0, 1

_SMALL = 11
"""Variant with 11 kW, so 16 A."""
_SMALL_MAXIMUM = 16.0

_PV_SURPLUS = 12
_HELD_BACK = frozenset({1, 2, 5, 6, 16, 17, 18, 22, 24})
"""Values of modelStatus: temperature, access control, scheduler, energy limit, price, automatic stop, pauses."""

_CAPABILITY = Capability(minimum=6.0, maximum=32.0, step=1.0, poll_interval=2.0, write_interval=1.0, latency=2.0)


class GoeCharger(HttpCharger):
    """A go-e charger. Fulfils ``ChargerDriver``."""

    def __init__(self, shared: Shared, place: Place) -> None:
        super().__init__(shared, place, _CAPABILITY)
        self._told: float | None = None
        """The current as last read."""
        self._written: float | None = None
        """The current as last confirmed to us."""

    @override
    async def identify(self) -> Identity:
        answer = await self._recognise(_STATUS, ("sse",), ("car",), ("frc",), query={"filter": _WHO})
        hardware = _SMALL_MAXIMUM if answer.optional_whole("var") == _SMALL else _CAPABILITY.maximum
        allowed = answer.optional_number("ama") or hardware
        maximum = max(min(hardware, allowed), _CAPABILITY.minimum)
        self._capability = replace(_CAPABILITY, maximum=maximum)
        self._serial = answer.text("sse")
        return Identity(
            manufacturer=GOE_V2.brand,
            model=answer.optional_text("typ") or GOE_V2.model,
            serial=self._serial,
            firmware=answer.optional_text("fwv"),
        )

    @override
    async def read(self) -> ChargerValues:
        answer = await self._fetch(_STATUS, {"filter": _VALUES})
        self._check_serial(answer.text("sse"))
        force, self._told = answer.whole("frc"), answer.number("amp")
        status = answer.optional_whole("modelStatus")
        notices = {
            Notice.OWN_BALANCING: answer.optional_flag("loe") is True or status == _PV_SURPLUS,
            Notice.HELD_BACK: status in _HELD_BACK and force != _FORCE_OFF,
        }
        state, error = answer.optional_whole("car"), answer.optional_whole("err")
        return ChargerValues(
            amperes=amperes_of(answer, ("nrg", 4), ("nrg", 5), ("nrg", 6)),
            state=None if state is None else _STATES.get(state),
            limit=0.0 if force == _FORCE_OFF else self._told,
            watts=answer.optional_number("nrg", 11),
            session_wh=answer.optional_number("wh"),
            total_wh=answer.optional_number("eto"),
            fault=f"error {error}" if error else None,
            notices=frozenset(notice for notice, holds in notices.items() if holds),
        )

    @override
    async def _pause(self) -> None:
        await self._send(frc=_FORCE_OFF)

    @override
    async def _set(self, amperes: float) -> None:
        """A current that we set and that still stands is not set again."""
        if self._written == amperes == self._told:
            await self._send(frc=_FORCE_NEUTRAL)
            return
        self._written = None
        await self._send(amp=int(amperes), frc=_FORCE_NEUTRAL)
        self._written = amperes

    async def _send(self, **values: int) -> None:
        answer = Answer(_SET, await self._client.get(_SET, {key: str(value) for key, value in values.items()}))
        for key in values:
            if answer.optional_flag(key) is not True:
                raise answer.refuse(key, why="was not taken")


GOE_V2 = NetworkCharger(
    id="goe_v2",
    title="go-e Charger V3, V4, Gemini, PRO (HTTP)",
    brand="go-e",
    model="Charger",
    confidence=Confidence.DOUBLE,
    sources=("goecharger/go-eCharger-API-v2 apikeys-en.md, http-en.md", "evcc-io/evcc charger/go-e.go"),
    searchable=True,
    capability=_CAPABILITY,
    pause=PauseKind.SWITCH,
    balances_itself=True,
    factory=GoeCharger,
)
