"""Tinkerforge WARP chargers.

Facts: the HTTP API reference at docs.warp-charger.com; Tinkerforge/esp32-firmware modules evse_common and meters.
"""

from dataclasses import replace
from typing import override

from ...pool.model import Capability, ChargerValues, VehicleState
from ..interface import Identity, NotThere, WrongDevice
from ..profile_model import Confidence
from .http import Answer
from .http_charger import HttpCharger, amperes_of
from .model import Access, NetworkCharger, Place, Shared

_NAME, _VERSION, _STATE = "/info/name", "/info/version", "/evse/state"
_CURRENT, _ENABLED, _SLOTS = "/evse/external_current", "/evse/external_enabled", "/evse/slots"
_VALUE_IDS, _METER = "/meters/0/value_ids", "/meters/0/values"

_STATES = {
    0: VehicleState.A,
    1: VehicleState.B,
    2: VehicleState.C,
    3: VehicleState.C,
    4: VehicleState.E,
}
_HARDWARE_SLOTS = (0, 1)
"""Incoming and outgoing cable: what the installation allows."""

_AMPERES = (13, 17, 21)
"""Ids of meter values: current of L1, L2, L3, A."""
_WATTS, _TOTAL_KWH = 74, 209

_CAPABILITY = Capability(minimum=6.0, maximum=32.0, step=0.001, poll_interval=2.0, write_interval=1.0, latency=2.0)


class WarpCharger(HttpCharger):
    """A WARP charger, steered as by an external controller: the smallest of its limits holds."""

    def __init__(self, shared: Shared, place: Place) -> None:
        super().__init__(shared, place, _CAPABILITY)
        self._value_ids: tuple[int, ...] = ()
        self._takes_limits = False
        """Whether its slot for an external controller is known to be on."""

    @override
    async def identify(self) -> Identity:
        self._takes_limits = False
        name = await self._recognise(_NAME, ("type",), ("uid",))
        kind = name.text("type")
        if not kind.startswith("warp"):
            raise WrongDevice(f"{_NAME}: type: {kind!r} is no charger")
        version, slots = await self._fetch(_VERSION), await self._fetch(_SLOTS)
        self._value_ids = await self._read_value_ids()
        cables = [slots.optional_number(slot, "max_current", scale=0.001) for slot in _HARDWARE_SLOTS]
        maximum = min([_CAPABILITY.maximum, *(cable for cable in cables if cable)])
        self._capability = replace(
            _CAPABILITY,
            maximum=max(maximum, _CAPABILITY.minimum),
            measures=set(_AMPERES) <= set(self._value_ids),
        )
        return Identity(
            manufacturer=TINKERFORGE_WARP.brand,
            model=name.optional_text("display_type") or TINKERFORGE_WARP.model,
            serial=name.text("uid"),
            firmware=version.optional_text("firmware"),
        )

    @override
    async def read(self) -> ChargerValues:
        state = await self._fetch(_STATE)
        # While its slot is off the limit that stands in it holds nobody back.
        limit = (await self._fetch(_CURRENT)).number("current", scale=0.001) if await self._is_steered() else None
        if limit is not None and state.number("allowed_charging_current", scale=0.001) > limit:
            self._takes_limits = False
        meter = await self._fetch(_METER) if self._value_ids else Answer(_METER, [])
        error = state.optional_whole("error_state")
        total = self._value(meter, _TOTAL_KWH)
        return ChargerValues(
            amperes=amperes_of(meter, *((self._place_of(key),) for key in _AMPERES)),
            state=_STATES.get(state.whole("iec61851_state")),
            limit=limit,
            watts=self._value(meter, _WATTS),
            total_wh=None if total is None else total * 1000,
            fault=f"error {error}" if error else None,
        )

    @override
    async def _pause(self) -> None:
        await self._set(0.0)

    @override
    async def _set(self, amperes: float) -> None:
        if not await self._is_steered():
            await self._client.put(_ENABLED, data={"enabled": True})
            self._takes_limits = True
        await self._client.put(_CURRENT, data={"current": round(amperes * 1000)})

    async def _is_steered(self) -> bool:
        if not self._takes_limits:
            self._takes_limits = (await self._fetch(_ENABLED)).flag("enabled")
        return self._takes_limits

    async def _read_value_ids(self) -> tuple[int, ...]:
        """What its meter tells, in this order; nothing without one."""
        try:
            data = await self._client.get(_VALUE_IDS)
        except NotThere:
            return ()
        answer = Answer(_VALUE_IDS, data)
        return tuple(answer.whole(index) for index in range(len(data) if isinstance(data, list) else 0))

    def _place_of(self, key: int) -> int | str:
        """Where a value is in the list; nowhere for one that the meter does not tell."""
        return self._value_ids.index(key) if key in self._value_ids else str(key)

    def _value(self, meter: Answer, key: int) -> float | None:
        return meter.optional_number(self._place_of(key))


TINKERFORGE_WARP = NetworkCharger(
    id="tinkerforge_warp",
    title="Tinkerforge WARP, WARP2, WARP3, WARP4 (HTTP)",
    brand="Tinkerforge",
    model="WARP Charger",
    confidence=Confidence.DOUBLE,
    sources=(
        "Tinkerforge/esp32-firmware software/src/modules/{evse_common,device_name}",
        "docs.warp-charger.com API reference",
        "evcc-io/evcc charger/warp-ws.go",
    ),
    access=Access.PASSWORD_POSSIBLE,
    searchable=True,
    capability=_CAPABILITY,
    balances_itself=True,
    factory=WarpCharger,
)
