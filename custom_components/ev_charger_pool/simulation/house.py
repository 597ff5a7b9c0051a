"""A house on three lines in which somebody switches appliances on and off, as in the demo."""

from dataclasses import dataclass

from .car import VOLTAGE
from .charger import Charger

LINES = 3

type Amperes = tuple[float, float, float]
"""One value per line of the house, positive into it."""


@dataclass(slots=True)
class Appliance:
    """Something that is on or off, with its current per line."""

    name: str
    amperes: Amperes
    on: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """A charger and the lines of the house that its phases are wired to."""

    charger: Charger
    lines: tuple[int, ...]


class House:
    """Knows what really flows.

    Args:
        base: What always flows, A per line; negative where a line exports.
        appliances: By name.
        outlets: By name.
    """

    def __init__(self, base: Amperes, appliances: tuple[Appliance, ...], outlets: dict[str, Outlet]) -> None:
        self.appliances = {appliance.name: appliance for appliance in appliances}
        self.outlets = outlets
        self.imported = 0.0
        """Energy from the grid, Wh."""
        self.exported = 0.0
        """Energy into the grid, Wh."""
        self._base = base
        self._ticked: float | None = None

    @property
    def currents(self) -> Amperes:
        """What flows through the main fuse now, A per line."""
        total = list(self._base)
        for appliance in self.appliances.values():
            if appliance.on:
                for line in range(LINES):
                    total[line] += appliance.amperes[line]
        for outlet in self.outlets.values():
            for line, amperes in zip(outlet.lines, outlet.charger.currents, strict=False):
                total[line] += amperes
        return (total[0], total[1], total[2])

    def tick(self, now: float) -> None:
        """Live until ``now``."""
        if self._ticked is not None:
            energy = sum(self.currents) * VOLTAGE * (now - self._ticked) / 3600
            self.imported += max(energy, 0.0)
            self.exported += max(-energy, 0.0)
        self._ticked = now
        for outlet in self.outlets.values():
            outlet.charger.tick(now)
