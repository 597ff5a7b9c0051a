"""The fixed house of the demo: a 25 A fuse, three chargers with cars, a meter, a kettle and a hob."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
import math
import time

from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.charger import Charger
from custom_components.ev_charger_pool.simulation.house import Amperes, Appliance, House, Outlet

from .devices.abb_terra_ac import AbbTerraAc, abb_charger
from .devices.alfen_eve import AlfenEve, alfen_charger
from .devices.device import Device
from .devices.keba import Keba, keba_charger
from .devices.sdm630 import Sdm630

FUSE = 25.0
INSTALLED = 16.0
"""What cables and installer allow each charger, A."""
TICK = 0.1
HISTORY = round(3600 / TICK)

METER, ALFEN, ABB, KEBA = "meter", "alfen", "abb", "keba"
CHARGERS = (ALFEN, ABB, KEBA)
KETTLE, HOB = "kettle", "hob"

BASE: Amperes = (1.5, 2.0, 1.0)
KETTLE_AMPERES: Amperes = (9.6, 0.0, 0.0)
HOB_AMPERES: Amperes = (0.0, 9.1, 0.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was true at one time; per charger by its name.

    Args:
        at: Monotonic seconds.
        mains: Through the main fuse, A per line.
        limits: In force in the charger, A.
        drawn: By the car on each phase it uses, A.
        requests: How many the device has answered so far.
    """

    at: float
    mains: Amperes
    limits: Mapping[str, float]
    drawn: Mapping[str, float]
    requests: Mapping[str, int]


class DemoHouse:
    """The house, its devices on the network and the record of what was true in it.

    Args:
        ports: Of an earlier run, by device; 0 or nothing takes free ones.
    """

    def __init__(self, ports: Mapping[str, int] | None = None) -> None:
        port = {METER: 0, ALFEN: 0, ABB: 0, KEBA: 0} | dict(ports or {})
        alfen, abb, keba = alfen_charger(INSTALLED), abb_charger(INSTALLED), keba_charger(INSTALLED)
        alfen.car = Car(phases=3)
        abb.car = Car(phases=1, maximum=32.0)
        keba.car = Car(phases=1, maximum=32.0)
        self.house = House(
            BASE,
            (Appliance(KETTLE, KETTLE_AMPERES), Appliance(HOB, HOB_AMPERES)),
            {ALFEN: Outlet(alfen, (0, 1, 2)), ABB: Outlet(abb, (0,)), KEBA: Outlet(keba, (1,))},
        )
        self.moments: deque[Moment] = deque(maxlen=HISTORY)
        self.meter = Sdm630(self.house, port=port[METER])
        self.devices: dict[str, Device] = {
            METER: self.meter,
            ALFEN: AlfenEve(alfen, time.monotonic, serial="ACE0314159", port=port[ALFEN]),
            ABB: AbbTerraAc(abb, time.monotonic, serial=(0x0747, 0x2231, 0x0415, 0x9265), port=port[ABB]),
            KEBA: Keba(keba, time.monotonic, serial=21_718_281, product=312_100, port=port[KEBA]),
        }

    @property
    def ports(self) -> dict[str, int]:
        """Where the devices listen."""
        return {name: device.port for name, device in self.devices.items()}

    def charger(self, name: str) -> Charger:
        """A charger by its name."""
        return self.house.outlets[name].charger

    def switch(self, appliance: str, *, on: bool) -> None:
        """Switch the kettle or the hob."""
        self.house.appliances[appliance].on = on

    async def plug_in(self) -> None:
        """Join all devices to the network."""
        for device in self.devices.values():
            await device.plug_in()

    async def unplug(self) -> None:
        """Take all devices off the network."""
        for device in self.devices.values():
            await device.unplug()

    async def live(self) -> None:
        """Let time pass, until cancelled."""
        due = time.monotonic()
        while True:
            self.tick(time.monotonic())
            due += TICK * math.ceil(max(time.monotonic() - due, TICK) / TICK)
            await asyncio.sleep(due - time.monotonic())

    def tick(self, now: float) -> None:
        """Let the house live until ``now`` and note what is true."""
        self.house.tick(now)
        self.meter.tick(now)
        chargers = {name: self.charger(name) for name in CHARGERS}
        self.moments.append(
            Moment(
                at=now,
                mains=self.house.currents,
                limits={name: charger.limit for name, charger in chargers.items()},
                drawn={name: charger.current for name, charger in chargers.items()},
                requests={name: self.devices[name].requests for name in CHARGERS},
            )
        )
