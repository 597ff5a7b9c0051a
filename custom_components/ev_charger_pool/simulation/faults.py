"""Lets meters, chargers and Home Assistant fail when the scenario says so."""

from collections.abc import Mapping, Sequence

from .charger import Charger
from .connection import Connection
from .meter import Meter
from .scenario import Fault, FaultKind

_OF_METER = {
    FaultKind.METER_SILENT,
    FaultKind.METER_FROZEN,
    FaultKind.METER_ABSURD,
    FaultKind.PHASE_MISSING,
}
_AWAY = {FaultKind.RESTART, FaultKind.CRASH}


class Faults:
    """What is wrong now.

    Args:
        faults: All of the scenario.
        meters: By circuit id.
        chargers: By id.
        connections: By charger id.
        start: Monotonic time at which the scenario begins.

    Raises:
        ValueError: The target of a fault is not there.
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        *,
        meters: Mapping[str, Meter],
        chargers: Mapping[str, Charger],
        connections: Mapping[str, Connection],
        start: float,
    ) -> None:
        for fault in faults:
            if fault.kind in _OF_METER and fault.target not in meters:
                raise ValueError(f"faults: {fault.kind} at {fault.target!r}, which has no meter")
            if fault.kind not in _OF_METER | _AWAY | {FaultKind.CLOCK_JUMPS} and fault.target not in chargers:
                raise ValueError(f"faults: {fault.kind} at {fault.target!r}, which is no charger")
        self.active: tuple[Fault, ...] = ()
        self._faults = faults
        self._meters = meters
        self._chargers = chargers
        self._connections = connections
        self._start = start
        self._bounds = sorted({bound for fault in faults for bound in (fault.at, fault.until)}, reverse=True)
        self._masters: dict[Fault, float] = {}

    @property
    def away(self) -> bool:
        """Whether Home Assistant does not run."""
        return any(fault.kind in _AWAY for fault in self.active)

    @property
    def crashed(self) -> bool:
        """Whether Home Assistant is away without having been asked to stop."""
        return any(fault.kind is FaultKind.CRASH for fault in self.active)

    @property
    def clock_shift(self) -> float:
        """Seconds by which the wall clock is wrong."""
        return sum(fault.seconds for fault in self.active if fault.kind is FaultKind.CLOCK_JUMPS)

    def tick(self, second: int) -> bool:
        """Let begin and end what is due.

        Returns:
            Whether anything did.
        """
        changed = False
        while self._bounds and self._bounds[-1] <= second:
            self._bounds.pop()
            changed = True
        if changed:
            self.active = tuple(fault for fault in self._faults if fault.at <= second < fault.until)
            self._spread()
        if self._masters:
            self._meddle(second)
        return changed

    def _spread(self) -> None:
        for circuit, meter in self._meters.items():
            meter.faults = tuple(fault for fault in self.active if fault.kind in _OF_METER and fault.target == circuit)
        for key, charger in self._chargers.items():
            kinds = {fault.kind for fault in self.active if fault.target == key}
            charger.silent = FaultKind.CHARGER_SILENT in kinds
            charger.ignores = FaultKind.LIMIT_IGNORED in kinds
            self._connections[key].refuses = FaultKind.WRITES_FAIL in kinds
            down = FaultKind.CHARGER_REBOOTS in kinds
            if down and not charger.down:
                charger.reboot()
            charger.down = down
        masters = [fault for fault in self.active if fault.kind is FaultKind.OTHER_MASTER]
        self._masters = {fault: self._masters.get(fault, fault.at) for fault in masters}

    def _meddle(self, second: int) -> None:
        """Let the other masters write."""
        for fault, due in self._masters.items():
            charger = self._chargers[fault.target]
            if due <= second:
                if not charger.down:
                    charger.set_limit(self._start + second, fault.amperes)
                self._masters[fault] = due + fault.period
