"""What meters and chargers last told, and the limits of the house: the same for every rule.

Every rule is told the fuse less the margin that the pool keeps, less the reserve where no meter measures, and the live
limits from outside: what a careful installer would enter, and the same room for all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
import math

from custom_components.ev_charger_pool.pool.model import (
    LINES,
    Amperes,
    Charger,
    ChargerReading,
    Circuit,
    Limit,
    MeterReading,
    Reading,
    Unit,
    VehicleState,
)
from custom_components.ev_charger_pool.pool.state import Settings

PHASE_USED = 1.0
"""From this current on a car uses a phase, A."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Amperes per line of a circuit at a monotonic time, positive into the site; 0 on lines it does not have."""

    at: float
    amperes: Amperes

    @property
    def highest(self) -> float:
        """The current of the line that is loaded most, A."""
        return max(self.amperes)


class Readings:
    """The last sample per metered circuit and the last reading per charger."""

    def __init__(self, settings: Settings) -> None:
        self._samples: dict[str, Sample] = {}
        self._lost: set[str] = set()
        self._last: dict[str, ChargerReading] = {}
        self._phases: dict[str, frozenset[int]] = {}
        self._sequences: dict[str, int] = {}
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Know the house as the settings say."""
        self._settings = settings
        self.circuits = {circuit.id: circuit for circuit in settings.site.circuits}
        self.chargers = tuple(charger for charger in settings.site.chargers if charger.enabled)
        self.paths = {charger.id: settings.site.path(charger.circuit) for charger in self.chargers}

    def take(self, readings: Iterable[Reading]) -> frozenset[str]:
        """Take in what is new; returns the circuits that have a new sample.

        A sample counts when every line that the circuit has tells a number.
        """
        sampled = set()
        for reading in readings:
            match reading:
                case MeterReading():
                    if self._is_new(reading) and (sample := self._signed(reading)) is not None:
                        self._samples[reading.source] = sample
                        self._lost.discard(reading.source)
                        sampled.add(reading.source)
                case ChargerReading():
                    if self._is_new(reading):
                        self._last[reading.source] = reading
                        self._learn_phases(reading)
                case _:
                    self._lost.add(reading.source)
        return frozenset(sampled)

    def _is_new(self, reading: MeterReading | ChargerReading) -> bool:
        known = reading.source in self.circuits or any(charger.id == reading.source for charger in self.chargers)
        if not known or reading.sequence <= self._sequences.get(reading.source, -1):
            return False
        self._sequences[reading.source] = reading.sequence
        return True

    def _signed(self, reading: MeterReading) -> Sample | None:
        """The sample of a reading: the sign is that of the active power where the meter tells it."""
        amperes = [0.0] * LINES
        for line in self.lines(self.circuits[reading.source]):
            value, watts = reading.amperes[line], reading.watts[line]
            if value is None or not math.isfinite(value):
                return None
            amperes[line] = -abs(value) if watts is not None and watts < 0 else value
        return Sample(reading.taken, (amperes[0], amperes[1], amperes[2]))

    def _learn_phases(self, reading: ChargerReading) -> None:
        if reading.state is VehicleState.A:
            self._phases.pop(reading.source, None)
            return
        used = frozenset(phase for phase, value in enumerate(reading.amperes) if (value or 0.0) >= PHASE_USED)
        if used:
            self._phases[reading.source] = used | self._phases.get(reading.source, frozenset())

    # Meters

    @staticmethod
    def lines(circuit: Circuit) -> tuple[int, ...]:
        """The lines that a circuit has."""
        return tuple(line for line in range(LINES) if circuit.fuse[line] > 0)

    def sample(self, circuit_id: str) -> Sample | None:
        """The last sample of a circuit, however old."""
        return self._samples.get(circuit_id)

    def answers(self, circuit_id: str) -> bool:
        """Whether its meter has answered the last time it was asked."""
        return circuit_id in self._samples and circuit_id not in self._lost

    # Limits

    def limits(self, circuit: Circuit) -> Amperes:
        """What may flow through a circuit per line, A; 0 on lines it does not have."""
        bounds = [0.0] * LINES
        for line in self.lines(circuit):
            reserve = 0.0 if circuit.metered else circuit.reserve[line]
            fuse = circuit.fuse[line] - circuit.margin
            bounds[line] = min([fuse, *self._from_outside(circuit.id, len(self.lines(circuit)))]) - reserve
        return (bounds[0], bounds[1], bounds[2])

    def limit(self, circuit: Circuit) -> float:
        """The same as one number, that of the lowest line, A."""
        bounds = self.limits(circuit)
        return min(bounds[line] for line in self.lines(circuit))

    def maximum(self, charger: Charger) -> float:
        """The most that a charger may be set to, A."""
        cap = math.inf if charger.user_cap is None else charger.user_cap
        return min([charger.capability.maximum, cap, *self._from_outside(charger.id, charger.capability.phases)])

    def _from_outside(self, target: str, lines: int) -> list[float]:
        return [self._amperes(limit, lines) for limit in self._settings.limits if limit.target == target]

    def _amperes(self, limit: Limit, lines: int) -> float:
        value = max(limit.value, limit.floor)
        return value / (self._settings.site.voltage * lines) if limit.unit is Unit.WATT else value

    # Chargers

    def behind(self, circuit_id: str) -> tuple[Charger, ...]:
        """The chargers whose current flows through a circuit."""
        return tuple(
            charger for charger in self.chargers if any(step.id == circuit_id for step in self.paths[charger.id])
        )

    def metered(self, charger: Charger) -> Circuit | None:
        """The nearest metered circuit above a charger."""
        return next((circuit for circuit in self.paths[charger.id] if circuit.metered), None)

    def told_at(self, charger: Charger) -> float | None:
        """When the charger told something last."""
        reading = self._last.get(charger.id)
        return None if reading is None else reading.taken

    def limit_told(self, charger: Charger) -> float | None:
        """The limit that the charger told last, A."""
        reading = self._last.get(charger.id)
        return None if reading is None else reading.limit

    def connected(self, charger: Charger) -> bool:
        """Whether the charger is heard and has a car; one that does not tell has one."""
        reading = self._last.get(charger.id)
        return reading is not None and (reading.state is None or reading.state.connected)

    def charging(self, charger: Charger) -> bool:
        """Whether its car is ready to draw or drawing."""
        reading = self._last.get(charger.id)
        return reading is not None and reading.state in (VehicleState.C, None)

    def energy(self, charger: Charger) -> float:
        """Energy of its session, Wh; 0 for one that does not tell, so that it is served first."""
        reading = self._last.get(charger.id)
        return 0.0 if reading is None else reading.session_wh or 0.0

    def drawn(self, charger: Charger, offered: float) -> Amperes:
        """What its car draws on the lines of the site, A.

        Args:
            charger: Which.
            offered: Taken for the current of a charging car where the charger does not measure, A.
        """
        amperes = [0.0] * LINES
        reading = self._last.get(charger.id)
        if reading is not None:
            unmeasured = offered if self.charging(charger) else 0.0
            for phase in range(charger.capability.phases):
                value = reading.amperes[phase] if charger.capability.measures else unmeasured
                for line in self._wiring(charger)[phase]:
                    amperes[line] += value or 0.0
        return (amperes[0], amperes[1], amperes[2])

    def used_lines(self, charger: Charger) -> frozenset[int]:
        """The lines that its car has used in this session, all of the charger's before it has drawn."""
        wiring = self._wiring(charger)
        phases = self._phases.get(charger.id, frozenset(range(charger.capability.phases)))
        return frozenset().union(*(wiring[phase] for phase in phases if phase < len(wiring)))

    @staticmethod
    def _wiring(charger: Charger) -> tuple[frozenset[int], ...]:
        """Its wiring; straight through where it is not known, as no rule that uses it has another word for that."""
        return charger.wiring or tuple(frozenset({phase}) for phase in range(charger.capability.phases))
