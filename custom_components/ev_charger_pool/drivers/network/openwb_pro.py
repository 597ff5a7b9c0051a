"""openWB Pro.

Facts: openWB/core packages/modules/chargepoints/openwb_pro; evcc-io/evcc charger/openwb-pro.go.
"""

from typing import override

from ...pool.model import Capability, ChargerValues, Expiry, Feed, VehicleState
from ..interface import Identity
from ..profile_model import Confidence
from .http import Answer
from .http_charger import HttpCharger, amperes_of
from .model import NetworkCharger, Place, Shared

_CONNECT = "/connect.php"

_CAPABILITY = Capability(
    minimum=6.0,
    maximum=32.0,
    step=0.1,
    poll_interval=2.0,
    write_interval=1.0,
    latency=2.0,
    feed=Feed.ANY_REQUEST,
    timeout=30.0,
    expiry=Expiry.STOPS,
    fall_back=0.0,
)


class OpenWbProCharger(HttpCharger):
    """An openWB Pro. It stops charging when nobody has asked it anything for 30 s."""

    def __init__(self, shared: Shared, place: Place) -> None:
        super().__init__(shared, place, _CAPABILITY)

    @override
    async def identify(self) -> Identity:
        answer = await self._recognise(
            _CONNECT, ("plug_state",), ("charge_state",), ("offered_current",), ("evse_signaling",)
        )
        self._serial = answer.optional_text("serial")
        return Identity(
            manufacturer=OPENWB_PRO.brand,
            model=OPENWB_PRO.model,
            serial=self._serial,
            firmware=answer.optional_text("version"),
        )

    @override
    async def read(self) -> ChargerValues:
        answer = await self._fetch(_CONNECT)
        self._check_serial(answer.optional_text("serial"))
        return ChargerValues(
            amperes=amperes_of(answer, *(("currents", phase) for phase in range(3))),
            state=_state(answer),
            limit=answer.number("offered_current"),
            watts=answer.optional_number("power_all"),
            total_wh=answer.optional_number("imported"),
            phases=next((count for count in (1, 3) if count == answer.optional_whole("phases_target")), None),
        )

    @override
    async def _pause(self) -> None:
        await self._set(0.0)

    @override
    async def _set(self, amperes: float) -> None:
        await self._client.post(_CONNECT, form={"ampere": f"{amperes:.1f}"})


def _state(answer: Answer) -> VehicleState:
    plugged, charging = answer.flag("plug_state"), answer.flag("charge_state")
    if charging:
        return VehicleState.C
    return VehicleState.B if plugged else VehicleState.A


OPENWB_PRO = NetworkCharger(
    id="openwb_pro",
    title="openWB Pro, Pro+ (HTTP)",
    brand="openWB",
    model="Pro",
    confidence=Confidence.DOUBLE,
    sources=("openWB/core packages/modules/chargepoints/openwb_pro", "evcc-io/evcc charger/openwb-pro.go"),
    searchable=True,
    capability=_CAPABILITY,
    factory=OpenWbProCharger,
)
