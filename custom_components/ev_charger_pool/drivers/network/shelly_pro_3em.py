"""Shelly Pro 3EM and 3EM-63 Gen3 over their RPC interface.

Facts: evcc meter/shelly/gen2.go; openWB packages/modules/devices/shelly; Shelly's documentation of the component EM.
"""

from itertools import count, takewhile
from typing import override

from ...pool.model import NO_VALUES
from ..interface import BadAnswer, Identity, MeterValues, NotThere, WrongDevice
from ..lines import directed, per_line
from ..profile_model import Confidence
from .http import Answer
from .http_meter import HttpMeter
from .model import Access, NetworkMeter, Place, Shared

_ABOUT, _STATUS = "/shelly", "/rpc/EM.GetStatus"
_METER = {"id": "0"}
_USER = "admin"
"""The only user there is."""
_FAMILIES = {"SPEM-003": "Pro 3EM", "S3EM-003": "3EM-63 Gen3"}
"""Name by the begin of the model."""
_THREE_PHASES = "triphase"
"""The profile, and the only one of firmware that tells none."""
_PHASES = ("a", "b", "c")
_USELESS = frozenset({"power_meter_failure", "ct_type_not_set"})
"""Errors with which nothing can be trusted that the meter tells."""
_BEYOND = "out_of_range:current"
"""Error of a phase that carries more than can be measured."""
_RESOLUTION = 0.01


class ShellyMeter(HttpMeter):
    """A Shelly that measures three phases as one meter."""

    def __init__(self, shared: Shared, place: Place) -> None:
        super().__init__(shared, place, _USER)

    @override
    async def identify(self) -> Identity:
        about = await self._recognise(_ABOUT, "model", "mac")
        model = about.text("model")
        name = next((name for begin, name in _FAMILIES.items() if model.startswith(begin)), None)
        if name is None:
            raise WrongDevice(f"{_ABOUT}: model: {model!r} is no meter with three phases")
        profile = about.optional_text("profile") or _THREE_PHASES
        if profile != _THREE_PHASES:
            raise WrongDevice(f"{_ABOUT}: profile: {profile}: three meters of one phase; set it to {_THREE_PHASES}")
        await self._status()
        return Identity(
            manufacturer=SHELLY_PRO_3EM.brand,
            model=name,
            serial=about.text("mac"),
            firmware=about.optional_text("ver"),
        )

    @override
    async def read(self) -> MeterValues:
        status = await self._status()
        errors = _texts(status, "errors") & _USELESS
        if errors:
            raise BadAnswer(f"{_STATUS}: errors: {', '.join(sorted(errors))}")
        amperes = per_line([_amperes(status, phase) for phase in _PHASES])
        if amperes == NO_VALUES:
            raise BadAnswer(f"{_STATUS}: tells no current of any phase")
        return MeterValues(
            amperes=amperes,
            watts=per_line([status.optional_number(f"{phase}_act_power") for phase in _PHASES]),
            resolution=_RESOLUTION,
        )

    async def _status(self) -> Answer:
        try:
            return await self._fetch(_STATUS, _METER)
        except NotThere as error:
            raise WrongDevice(f"{error}: it does not measure three phases as one meter") from error


def _amperes(status: Answer, phase: str) -> float | None:
    """The current of a phase, a magnitude; its active power tells the direction."""
    amperes, watts = status.optional_number(f"{phase}_current"), status.optional_number(f"{phase}_act_power")
    if amperes is None or _BEYOND in _texts(status, f"{phase}_errors"):
        return None
    return directed(amperes, watts)


def _texts(status: Answer, name: str) -> set[str]:
    """The texts of a list that is left out where it is empty."""
    return {status.text(name, index) for index in takewhile(lambda index: status.has(name, index), count())}


SHELLY_PRO_3EM = NetworkMeter(
    id="shelly_pro_3em",
    title="Shelly Pro 3EM, Pro 3EM-400, 3EM-63 Gen3 (RPC)",
    brand="Shelly",
    model="Pro 3EM",
    confidence=Confidence.DOUBLE,
    sources=(
        "evcc-io/evcc meter/shelly/gen2.go",
        "openWB/core packages/modules/devices/shelly",
        "Tinkerforge/esp32-firmware software/src/modules/meters_modbus_tcp/shelly.py",
    ),
    access=Access.PASSWORD_POSSIBLE,
    searchable=True,
    factory=ShellyMeter,
)
