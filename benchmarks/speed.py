"""Time per step of our controller in the virtual house, and how long a day in it takes.

A step is one call of the controller as it runs in the house: the meters tell every second, every charger is polled
every two seconds, writes are acknowledged. The median counts. A day is three chargers for 24 hours in steps of a
second, house, cars and controller together, in processor time of one process.
"""

from collections.abc import Sequence
from statistics import median
import sys
from time import perf_counter, process_time
from typing import override

from custom_components.ev_charger_pool.pool.control import Outcome
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Ack,
    Capability,
    Charger,
    Circuit,
    Grid,
    Now,
    Reading,
    Site,
)
from custom_components.ev_charger_pool.simulation.pool_controller import PoolController
from custom_components.ev_charger_pool.simulation.run import run
from custom_components.ev_charger_pool.simulation.scenario import (
    Appliance,
    CarModel,
    ChargerModel,
    Household,
    MeterModel,
    Scenario,
)

STEP_BOUNDS = {3: 0.2e-3, 30: 2e-3}
"""Seconds that a step may take, by number of chargers."""
DAY_BOUND = 30.0
STEP_SECONDS = 1_800
"""Simulated time over which steps are timed."""
DAY = 86_400
HOUR = 3_600
POLL = 2.0
WIRINGS = ((0, 1, 2), (1, 2, 0), (1,))


class Timed(PoolController):
    """Our controller with a stop-watch.

    Attributes:
        taken: Seconds of each step.
    """

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[float] = []

    @override
    def decide(self, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> Outcome:
        """Step against the clock; the check of the decision is not the controller's."""
        begun = perf_counter()
        outcome = super().decide(now, readings, acks)
        self.taken.append(perf_counter() - begun)
        return outcome


def house(count: int, seconds: int, stay: int) -> Scenario:
    """A house with so many chargers, ten to a metered circuit where there are more than that, in shortage at times.

    Args:
        count: Number of chargers.
        seconds: How long it is looked at.
        stay: Seconds that a car stays; the next one comes half an hour after it has left.
    """
    fuse = 25.0 if count <= 3 else 5.0 * count
    boards = [f"board_{number}" for number in range(count // 10)]
    circuits = [Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(fuse,) * 3, metered=True)]
    circuits += [Circuit(id=board, name=board, parent=MAIN, fuse=(63.0,) * 3, metered=True) for board in boards]
    lines = {f"charger_{number}": WIRINGS[number % len(WIRINGS)] for number in range(count)}
    chargers = tuple(
        Charger(
            id=key,
            name=key,
            circuit=boards[number // 10] if boards else MAIN,
            wiring=tuple(frozenset({line}) for line in on),
            capability=Capability(maximum=16.0, phases=len(on), poll_interval=POLL),
        )
        for number, (key, on) in enumerate(lines.items())
    )
    hob = Appliance(name="hob", amperes=(0.0, 9.0, 0.0), periods=((300.0, float(seconds)),), cycle=(20.0, 25.0))
    return Scenario(
        name=f"{count} chargers",
        about="Made to be timed.",
        seconds=seconds,
        site=Site(grid=Grid.TN, circuits=tuple(circuits), chargers=chargers),
        households={MAIN: Household(base=(2.0, 1.5, 1.0), noise=0.2, appliances=(hob,))},
        meters={circuit.id: MeterModel(interval=1.0) for circuit in circuits},
        chargers={key: ChargerModel(lines=on) for key, on in lines.items()},
        cars=tuple(
            CarModel(
                name=f"{key} at {arrives}",
                charger=key,
                arrives=float(arrives),
                leaves=float(min(arrives + stay, seconds)),
                needs=40_000.0,
                phases=len(on),
            )
            for number, (key, on) in enumerate(lines.items())
            for arrives in range(10 * number, seconds, stay + HOUR // 2)
        ),
    )


def step_time(count: int) -> float:
    """Median seconds of a step with so many chargers."""
    controller = Timed()
    run(house(count, STEP_SECONDS, STEP_SECONDS), controller)
    return median(controller.taken)


def day_time() -> float:
    """Processor seconds of a day with three chargers."""
    scenario = house(3, DAY, 5 * HOUR)
    begun = process_time()
    run(scenario, PoolController())
    return process_time() - begun


def main() -> int:
    """Print the times beside their bounds; 1 where one does not hold."""
    verdicts = []
    for count, bound in STEP_BOUNDS.items():
        taken = step_time(count)
        verdicts.append(taken <= bound)
        print(f"one step at {count:>2} chargers: {taken * 1e3:.3f} ms, bound {bound * 1e3:g} ms", flush=True)
    taken = day_time()
    verdicts.append(taken < DAY_BOUND)
    print(f"24 h of three chargers: {taken:.1f} s, bound {DAY_BOUND:g} s")
    print("holds" if all(verdicts) else "DOES NOT HOLD")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
