"""What happens in the house while somebody watches: by itself, and by two keys."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import itertools
import sys
import termios
import tty

from .house import HOB, KETTLE, DemoHouse

TALE = (
    (90.0, KETTLE, True),
    (5.0, HOB, True),
    (40.0, KETTLE, False),
    (20.0, HOB, False),
)
"""Seconds to wait, what is switched and how; then it begins again. By the first one all cars have their current."""
KEYS = {"k": KETTLE, "h": HOB}


async def tell(house: DemoHouse) -> None:
    """Let somebody cook, again and again, until cancelled."""
    for wait, appliance, on in itertools.cycle(TALE):
        await asyncio.sleep(wait)
        _switch(house, appliance, on=on)


@contextmanager
def keys(house: DemoHouse) -> Iterator[None]:
    """Switch the kettle by k and the hob by h, where there is a keyboard."""
    if not sys.stdin.isatty():
        yield
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)

    def pressed() -> None:
        appliance = KEYS.get(sys.stdin.read(1))
        if appliance is not None:
            _switch(house, appliance, on=not house.house.appliances[appliance].on)

    loop = asyncio.get_running_loop()
    tty.setcbreak(keyboard)
    loop.add_reader(keyboard, pressed)
    try:
        print("Press k for the kettle, h for the hob.")
        yield
    finally:
        loop.remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _switch(house: DemoHouse, appliance: str, *, on: bool) -> None:
    house.switch(appliance, on=on)
    mains = " ".join(f"{amperes:5.1f}" for amperes in house.house.currents)
    print(f"The {appliance} goes {'on' if on else 'off'}: the main fuse carries {mains} A on L1 to L3.")
