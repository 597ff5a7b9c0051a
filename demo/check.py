"""Plays the fixed case without a person and judges it by what was true in the house."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
import json
import time

from custom_components.ev_charger_pool.simulation.charger import LEAST_OFFER

from .home_assistant.client import Client, Json
from .home_assistant.process import HomeAssistantProcess
from .home_assistant.site import Site
from .house import FUSE, HOB, KEBA, KETTLE, METER, DemoHouse, Moment
from .truth import all_asked, between, first_raise, peak, relief, seconds_over, settled

STEP = 1.3
"""The least overload that the steps must make, as a share of the fuse."""
SECOND_STEP_AFTER = 3.0
STEPS_LAST = 25.0
METER_AWAY = 60.0
CHARGER_AWAY = 30.0
SETTLING = 15.0
"""Seconds without a change after which limits count as settled."""
PATIENCE = 420.0

RELIEF_OF_FIRST_STEP = 10.0
RELIEF_OF_SECOND_STEP = 15.0
CHARGING_AFTER_RESTART = 60.0
LONGEST_CALLBACK = 20.0
"""ms."""

KETTLE_LINE, HOB_LINE = 0, 1
FULL = FUSE - 2.5
"""From here on a line is made full use of: half an ampere of margin, an ampere of dead band for each of two cars."""
FAIR = 9.0
"""With equal shares and nobody cooking no car in this house gets less."""


@dataclass(slots=True)
class Event:
    """What happened from one deed to the next settled state; limits in A by charger.

    Args:
        name: The deed.
        limits_before: In the chargers.
        limits_after: In the chargers, at the end.
        seconds_over_fuse: On any line.
        reasons: As Home Assistant shows them at the end.
        more: Figures of this event only.
    """

    name: str
    limits_before: dict[str, float]
    limits_after: dict[str, float] = field(default_factory=dict)
    seconds_over_fuse: float = 0.0
    reasons: dict[str, str] = field(default_factory=dict)
    more: dict[str, Json] = field(default_factory=dict)

    def as_json(self) -> Json:
        """One flat object, numbers rounded to what matters."""
        flat = asdict(self)
        return _rounded(flat | flat.pop("more"))


class Check:
    """The fixed case.

    Args:
        house: With its devices on the network and living.
        home_assistant: Running, without a site yet.
    """

    def __init__(self, house: DemoHouse, home_assistant: HomeAssistantProcess) -> None:
        self._house = house
        self._home_assistant = home_assistant
        self._events: list[Event] = []
        self._missed: list[str] = []
        self._loops: list[Json] = []
        self._version = ""

    async def play(self) -> bool:
        """Play everything, print the result as one line of JSON.

        Returns:
            Whether all figures were met.
        """
        async with Client(self._home_assistant.url) as client:
            await client.wait_until_running()
            self._version = (await client.get("/api/config"))["version"]
            site = await Site.make(client, self._house.ports)
            await self._take_control(site)
            await self._cook(site)
            await self._stop_cooking(site)
            await self._lose_meter(site)
            await self._lose_charger(site)
            self._loops.append(await client.command("loop_monitor/figures"))
        await self._restart()
        self._judge_loop()
        result = {
            "passed": not self._missed,
            "missed": self._missed,
            "events": [event.as_json() for event in self._events],
            "event_loop": self._loops,
            "home_assistant": self._version,
        }
        print(json.dumps(result), flush=True)
        return not self._missed

    async def _take_control(self, site: Site) -> None:
        event, start = self._begin("control on")
        await site.switch_control(on=True)
        await self._until_full()
        await self._end(event, start, site)

    async def _cook(self, site: Site) -> None:
        event, start = self._begin("kettle on, hob on 3 s later")
        self._house.switch(KETTLE, on=True)
        await asyncio.sleep(SECOND_STEP_AFTER)
        second = time.monotonic()
        self._house.switch(HOB, on=True)
        await asyncio.sleep(RELIEF_OF_SECOND_STEP)
        relieved_by = await site.reasons()
        await asyncio.sleep(STEPS_LAST)
        await self._end(event, start, site, may_be_over=True)
        peaks = [peak(self._since(start), line) for line in (KETTLE_LINE, HOB_LINE)]
        reliefs = [relief(self._since(start), KETTLE_LINE, FUSE), relief(self._since(second), HOB_LINE, FUSE)]
        event.more = {"peaks": peaks, "seconds_to_relief": reliefs, "reasons_at_relief": relieved_by}
        for amperes, seconds, most in zip(peaks, reliefs, (RELIEF_OF_FIRST_STEP, RELIEF_OF_SECOND_STEP), strict=True):
            self._expect(amperes >= STEP * FUSE, f"{event.name}: a peak of only {amperes:.1f} A")
            self._expect(seconds is not None and seconds <= most, f"{event.name}: {seconds} s to relief, not {most}")

    async def _stop_cooking(self, site: Site) -> None:
        event, start = self._begin("kettle and hob off")
        self._house.switch(KETTLE, on=False)
        self._house.switch(HOB, on=False)
        await self._until_full()
        await self._end(event, start, site)

    async def _lose_meter(self, site: Site) -> None:
        event, start = self._begin("meter unplugged for 60 s")
        await self._house.devices[METER].unplug()
        await asyncio.sleep(METER_AWAY)
        event.more = {"limits_while_away": dict(self._now.limits), "reasons_while_away": await site.reasons()}
        self._expect(first_raise(self._since(start)) is None, f"{event.name}: a limit was raised")
        await self._house.devices[METER].plug_in()
        await self._until_full()
        await self._end(event, start, site)

    async def _lose_charger(self, site: Site) -> None:
        event, start = self._begin("charger unplugged for 30 s")
        await self._house.devices[KEBA].unplug()
        await asyncio.sleep(CHARGER_AWAY)
        event.more = {"limits_while_away": dict(self._now.limits), "reasons_while_away": await site.reasons()}
        await self._house.devices[KEBA].plug_in()
        await self._until_full()
        await self._end(event, start, site)

    async def _restart(self) -> None:
        event, start = self._begin("Home Assistant restarted")
        charging = [name for name, amperes in self._now.drawn.items() if amperes > 0]
        await self._home_assistant.stop()
        handed_over, started = dict(self._now.limits), time.monotonic()
        await self._home_assistant.start()
        async with Client(self._home_assistant.url) as client:
            await client.wait_until_running()
            site = await Site.find(client)
            await self._until(
                lambda: all(self._now.drawn[name] >= LEAST_OFFER for name in charging), CHARGING_AFTER_RESTART
            )
            charge_after = self._now.at - started
            self._expect(charge_after <= CHARGING_AFTER_RESTART, f"{event.name}: {charging} do not all charge again")
            self._expect((await site.state(Site.OWN, "control"))["state"] == "on", f"{event.name}: control is not on")
            await self._until_full()
            seen, raised = all_asked(self._since(started)), first_raise(self._since(started))
            self._expect(
                seen is not None and raised is not None and raised >= seen,
                f"{event.name}: raised at {raised}, all seen at {seen}",
            )
            event.more = {
                "limits_handed_over": handed_over,
                "seconds_to_all_charging": charge_after,
                "seconds_to_all_seen": None if seen is None else seen - started,
                "seconds_to_first_raise": None if raised is None else raised - started,
            }
            await self._end(event, start, site)
            self._loops.append(await client.command("loop_monitor/figures"))
        for name, amperes in self._now.drawn.items():
            self._expect(amperes >= LEAST_OFFER, f"at the end: {name} has {amperes:.1f} A")

    def _judge_loop(self) -> None:
        for figures in self._loops:
            longest = figures["after"]["maximum"]
            self._expect(longest <= LONGEST_CALLBACK, f"event loop: a callback of {longest} ms")

    def _begin(self, name: str) -> tuple[Event, float]:
        print(f"{name} ...", flush=True)
        return Event(name, dict(self._now.limits)), time.monotonic()

    async def _end(self, event: Event, start: float, site: Site, *, may_be_over: bool = False) -> None:
        event.limits_after = dict(self._now.limits)
        event.seconds_over_fuse = seconds_over(self._since(start), FUSE)
        event.reasons = await site.reasons()
        self._expect(
            may_be_over or not event.seconds_over_fuse, f"{event.name}: {event.seconds_over_fuse:.1f} s over the fuse"
        )
        self._events.append(event)

    def _expect(self, met: bool, otherwise: str) -> None:  # noqa: FBT001
        if not met:
            self._missed.append(otherwise)
            print(f"MISSED {otherwise}", flush=True)

    async def _until_full(self) -> None:
        """Wait until the limits have settled as high as the fuse lets them, with a fair share for everybody."""

        def full() -> bool:
            recent = self._since(time.monotonic() - 2 * SETTLING)
            return (
                settled(recent, SETTLING)
                and all(self._now.mains[line] >= FULL for line in (KETTLE_LINE, HOB_LINE))
                and min(self._now.limits.values()) >= FAIR
            )

        met = await self._until(full, PATIENCE)
        self._expect(met, f"limits did not come back: {dict(self._now.limits)}, mains {self._now.mains}")

    async def _until(self, condition: Callable[[], bool], patience: float) -> bool:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    @property
    def _now(self) -> Moment:
        return self._house.moments[-1]

    def _since(self, start: float) -> list[Moment]:
        return between(self._house.moments, start, time.monotonic())


def _rounded(value: Json) -> Json:
    match value:
        case float():
            return round(value, 2)
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
        case _:
            return value
