"""HomeWizard P1 meter and kWh meters over the local API, version 1.

Facts: python-homewizard-energy 10.2.0; evcc meter/homewizard; HomeWizard's documentation of the local API.
"""

from collections.abc import Callable
import math
from time import monotonic
from typing import override

from ..interface import AccessDenied, BadAnswer, Identity, MeterValues, WrongDevice
from ..lines import directed, per_line
from ..profile_model import Confidence
from .http import Answer
from .http_meter import HttpMeter
from .model import NetworkMeter, Place, Shared

_ABOUT, _DATA = "/api", "/api/v1/data"
_ONE_PHASE = frozenset({"HWE-KWH1", "SDM230-wifi"})
_THREE_PHASES = frozenset({"HWE-KWH3", "SDM630-wifi"})
_P1 = "HWE-P1"

_DSMR_5 = 50
"""From this ``smr_version`` on a meter sends a telegram every second, before that every ten."""
_EVERY_SECOND, _EVERY_TEN_SECONDS = 1.0, 10.0
_WIFI = "wifi_strength"
"""Is not part of the telegram."""

_WHOLE_AMPERES, _FINE = 1.0, 0.1
"""Resolutions, A; power over voltage is in W over some 230 V."""
_LEAST_VOLTAGE = 50.0
"""V below which a voltage is no mains voltage and gives no current."""


class HomeWizardMeter(HttpMeter):
    """A HomeWizard meter.

    An older P1 meter tells the same telegram for ten seconds: it is asked every second all the same, as only a change
    shows how old what it tells is.

    Args:
        shared: What all drivers share.
        place: Where it is.
        clock: Monotonic time, s.
    """

    def __init__(self, shared: Shared, place: Place, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(shared, place)
        self._clock = clock
        self._product = _P1
        self._meter: str | None = None
        """Identification of the meter behind a P1 port."""
        self._telegram: object = None
        self._since = -math.inf
        """Monotonic time from which the telegram is what is told."""
        self._tells_decimals = False

    @override
    async def identify(self) -> Identity:
        about = await self._recognise(_ABOUT, "product_type")
        self._product = about.text("product_type")
        if self._product not in {_P1, *_ONE_PHASE, *_THREE_PHASES}:
            raise WrongDevice(f"{_ABOUT}: product_type: {self._product!r} measures no phase currents")
        self._telegram, self._tells_decimals = None, False
        self._meter = (await self._ask())[0].optional_text("unique_id")
        return Identity(
            manufacturer=HOMEWIZARD_P1.brand,
            model=about.optional_text("product_name") or self._product,
            serial=about.optional_text("serial"),
            firmware=about.optional_text("firmware_version"),
        )

    @override
    async def read(self) -> MeterValues:
        began = self._clock()
        data, telegram = await self._ask()
        meter = data.optional_text("unique_id")
        if None not in (meter, self._meter) and meter != self._meter:
            raise WrongDevice(f"{_DATA}: unique_id: {meter} instead of {self._meter}")
        age = self._age(began, telegram, self._period(data))
        lines = [self._line(data, number) for number in (1, 2, 3)]
        if all(amperes is None for amperes, _, _ in lines):
            raise BadAnswer(f"{_DATA}: tells neither a current nor power and voltage of any phase")
        return MeterValues(
            amperes=per_line([amperes for amperes, _, _ in lines]),
            watts=per_line([watts for _, watts, _ in lines]),
            resolution=max(resolution for amperes, _, resolution in lines if amperes is not None),
            age=age,
        )

    async def _ask(self) -> tuple[Answer, dict[str, object]]:
        """What it measures, to be taken field by field, and to be compared."""
        try:
            data = await self._client.get(_DATA)
        except AccessDenied as error:
            raise BadAnswer(f"{error}: switch the local API on in the HomeWizard app") from error
        if not isinstance(data, dict):
            raise BadAnswer(f"{_DATA}: {data!r:.80} is no measurement")
        return Answer(_DATA, data), {key: value for key, value in data.items() if key != _WIFI}

    def _period(self, data: Answer) -> float:
        """Seconds between two telegrams."""
        if self._product != _P1:
            return _EVERY_SECOND
        return _EVERY_SECOND if (data.optional_number("smr_version") or 0) >= _DSMR_5 else _EVERY_TEN_SECONDS

    def _age(self, began: float, telegram: object, period: float) -> float:
        """Seconds since the telegram was new to us; after a whole period the same one has come again."""
        if telegram != self._telegram or began - self._since >= period:
            self._telegram, self._since = telegram, began
            return 0.0
        return self._clock() - self._since

    def _line(self, data: Answer, number: int) -> tuple[float | None, float | None, float]:
        """Amperes, watts and resolution of a line.

        The current may be a magnitude, and in whole amperes: the power tells the direction, and with the voltage a
        finer current, which misses what is reactive. So the larger of both counts.
        """
        if number == 1 and self._product in _ONE_PHASE:
            # It tells its only phase as the total.
            current, apparent, power, voltage = (
                "active_current_a",
                "active_apparent_current_a",
                "active_power_w",
                "active_voltage_v",
            )
        else:
            current = f"active_current_l{number}_a"
            apparent = f"active_apparent_current_l{number}_a"
            power, voltage = f"active_power_l{number}_w", f"active_voltage_l{number}_v"
        watts, volts = data.optional_number(power), data.optional_number(voltage)
        told = [value for name in (current, apparent) if (value := data.optional_number(name)) is not None]
        self._tells_decimals = self._tells_decimals or any(value != int(value) for value in told)
        fine = self._tells_decimals
        if watts is not None and volts is not None and volts >= _LEAST_VOLTAGE:
            told.append(watts / volts)
            fine = True
        if not told:
            return None, watts, _WHOLE_AMPERES
        return directed(max(told, key=abs), watts), watts, _FINE if fine else _WHOLE_AMPERES


HOMEWIZARD_P1 = NetworkMeter(
    id="homewizard_p1",
    title="HomeWizard P1 and kWh meters (local API)",
    brand="HomeWizard",
    model="P1 Meter",
    confidence=Confidence.MIXED,
    sources=(
        "python-homewizard-energy 10.2.0",
        "homeassistant components/homewizard",
        "evcc-io/evcc meter/homewizard",
    ),
    searchable=True,
    factory=HomeWizardMeter,
)
