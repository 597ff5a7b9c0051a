"""What is known of one charger: its last values, the commands under way, and what it may therefore draw."""

from dataclasses import dataclass, replace
import math

from .appetite import HUNGRY, Appetite
from .defaults import (
    ABSURD_CURRENT,
    ANSWER_PATIENCE,
    FUTURE,
    IGNORES_LIMIT,
    IGNORES_PATIENCE,
    PHASE_SEEN,
    PHASE_UNUSED,
    RETRY_FIRST,
    RETRY_MOST,
    UNREACHABLE_INTERVALS,
    UNREACHABLE_LEAST,
)
from .drawn import UNKNOWN, Command, Drawn, Sample, between
from .model import LINES, NO_LINE, NO_VALUES, Ack, Amperes, Charger, ChargerReading, Draw, PerLine, VehicleState, Write
from .phase_switch import PhaseAction, PhaseSwitch
from .records import changed
from .rivalry import ALONE, Rivalry
from .settle import Settle, unlearned

_SAMPLES = 8
_COMMANDS = 4
"""So many commands under way are kept apart; more are taken for one."""
_ALL_PHASES = {count: frozenset(range(count)) for count in range(1, LINES + 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A charger as the pool sees it.

    Args:
        charger: What it is.
        since: Monotonic time from which it is watched.
        reading: The last good one.
        samples: What it drew by its last readings, oldest first.
        limit: The limit in force by our last confirmed write or by adoption; None if it is not known.
        rewrite: The box has been away: its limit is written before anything else.
        under_way: Commands whose effect has not been seen.
        pending: A write without acknowledgement.
        pending_since: When it was ordered.
        written: Time of the last write.
        commanded: When the limit in force was confirmed first; to repeat it gives nobody more time to follow.
        number: Counts the writes.
        failures: Failed writes in a row.
        last_error: Why the last write failed, None if it did not.
        retry: Not before this time.
        plugged: When the car was plugged in.
        began: When it began to charge.
        running: Since when the limit is above 0.
        idle_phases: Per phase since when the car charges without it.
        owed: A lower limit that was decided and could not be written yet: it will be, even if room has come back.
        settled: When charger and car had surely followed the last command.
        steady: Since when nothing about it has changed: what the hold of raises counts from (R8).
        paused: When its limit became 0, None while it is not.
        stops: How often its car was paused in this session for the sake of others.
        settle: How long it and its car take to follow.
        appetite: What its car leaves of its limit.
        rivalry: Whether somebody else sets its limit.
        ignored: How many readings were out of order, doubled or from the future.
        phase_switch: Its phases over time, None where they are not switched.
        phases_written: When a write of phases was confirmed last.
    """

    charger: Charger
    since: float
    reading: ChargerReading | None = None
    samples: tuple[Sample, ...] = ()
    limit: float | None = None
    rewrite: bool = False
    under_way: tuple[Command, ...] = ()
    pending: Write | None = None
    pending_since: float = 0.0
    written: float | None = None
    commanded: float | None = None
    number: int = 0
    failures: int = 0
    last_error: str | None = None
    retry: float = 0.0
    plugged: float | None = None
    began: float | None = None
    running: float | None = None
    idle_phases: PerLine = NO_VALUES
    owed: float | None = None
    settled: float = math.inf
    steady: float = -math.inf
    paused: float | None = None
    stops: int = 0
    settle: Settle
    appetite: Appetite = HUNGRY
    rivalry: Rivalry = ALONE
    ignored: int = 0
    phase_switch: PhaseSwitch | None = None
    phases_written: float = -math.inf

    # What it is

    @property
    def seen(self) -> bool:
        """Whether it has ever answered."""
        return self.reading is not None

    @property
    def patience(self) -> float:
        """Seconds of silence after which it is unreachable."""
        return max(UNREACHABLE_INTERVALS * self.charger.capability.poll_interval, UNREACHABLE_LEAST)

    def reachable(self, now: float) -> bool:
        """Whether its last answer is recent."""
        return self.reading is not None and now - self.reading.taken <= self.patience

    @property
    def state(self) -> VehicleState | None:
        """The last state it told."""
        return None if self.reading is None else self.reading.state

    @property
    def connected(self) -> bool:
        """Whether a car may be plugged in: also when the charger does not tell."""
        return self.state is None or self.state.connected

    @property
    def phases_told(self) -> int | None:
        """The phases it tells that it is switched to, where they are ours to switch."""
        return self.reading.phases if self.charger.switches_phases and self.reading is not None else None

    @property
    def phase_action(self) -> PhaseAction:
        """What is done about its phases now."""
        return PhaseAction.STAY if self.phase_switch is None else self.phase_switch.plan.action

    @property
    def ceiling(self) -> float:
        """The highest limit that may be in force: ours, the one read back, a command under way."""
        told, limit = self._told, self.limit
        known = [command.ceiling for command in self.under_way]
        if limit is not None:
            known.append(limit)
        if told is not None:
            known.append(told)
        return max(known) if known else self.charger.capability.maximum

    @property
    def _told(self) -> float | None:
        """The limit that the box tells; one that we have paused may go on showing the limit before."""
        if self.reading is None or self.reading.limit is None:
            return None
        if self.limit != 0:
            return self.reading.limit
        drawing = self.state is VehicleState.C or any((value or 0.0) >= PHASE_SEEN for value in self.reading.amperes)
        return self.reading.limit if drawing else 0.0

    @property
    def in_force(self) -> float:
        """The limit that will stand once every command has taken effect."""
        if self.limit is None:
            return self.ceiling
        told = self._told if self._told_since_written else None
        return self.limit if told is None else max(self.limit, told)

    @property
    def away(self) -> float:
        """What it may draw while nobody hears of it: last limit, fall-back or reboot default."""
        capability = self.charger.capability
        return max(
            self.ceiling,
            capability.maximum if capability.fall_back is None else capability.fall_back,
            capability.maximum if capability.reboot_default is None else capability.reboot_default,
        )

    # What it draws

    def counted(self, now: float) -> frozenset[int]:
        """The phases of the charger that count (R4)."""
        phases = range(self.charger.capability.phases)
        if self.charger.phase_switching and self.phases_told == 1 and self.reachable(now):
            told = self.samples[-1].amperes
            return frozenset(phase for phase in phases if not phase or (told[phase] or 0.0) >= PHASE_SEEN)
        if self.idle_phases == NO_VALUES:
            return _ALL_PHASES[self.charger.capability.phases]
        used = frozenset(
            phase for phase in phases if (idle := self.idle_phases[phase]) is None or now - idle < PHASE_UNUSED
        )
        return used or frozenset(phases)

    def lines(self, now: float, site_lines: frozenset[int]) -> frozenset[int]:
        """The lines of the site that it counts on."""
        wiring = self.charger.wiring
        if wiring is None:
            return site_lines
        counted = self.counted(now)
        if len(counted) == len(wiring):
            return self.charger.lines
        return frozenset().union(*(lines for phase, lines in enumerate(wiring) if phase in counted)) or (
            self.charger.lines
        )

    def portion(self, now: float, site_lines: frozenset[int]) -> float:
        """Of what is counted on lines that nobody knows, how much flows at all: the phases in use by the lines."""
        if self.charger.wiring is not None or not site_lines:
            return 1.0
        return min(len(self.counted(now)) / len(site_lines), 1.0)

    def told_since(self, at: float, now: float) -> bool:
        """Whether all that can be known of what it drew at a time is known."""
        if not self.charger.capability.measures or not self.reachable(now):
            return True
        return self.samples[-1].since >= at

    def drawn(self, since: float, until: float, *, risen: bool = True) -> Drawn:
        """What it may have drawn at some moment between two times.

        The readings from the last one before to the first one after bound it, and the limit that the latter shows to
        have been followed; after the last reading of all, the commands under way do. What a car draws above a limit
        that it otherwise keeps counts as house load: it will go on doing so.

        Args:
            since: The first, monotonic.
            until: The last.
            risen: Whether a higher limit may have been used before a reading has shown it.
        """
        samples = self.samples
        if not samples or not self.charger.capability.measures or until - samples[-1].since > self.patience:
            return UNKNOWN
        commands = self.under_way if samples[-1].since < until else ()
        phases = self.counted(until) if commands and self.connected else frozenset()
        drawn, shown = between(samples, commands, phases, since, until, risen=risen)
        cap = shown.limit if shown.follows <= since else math.inf
        highest = max([value for value in drawn.most if value is not None], default=0.0)
        if (
            since >= self.settled + IGNORES_PATIENCE
            and (self.limit is None or highest > self.limit)
            and not self.disobeys(until)
        ):
            cap = min(cap, self.ceiling)
        return drawn.up_to(cap) if highest > cap else drawn

    def may_take(self, taken: float, site_lines: frozenset[int]) -> Amperes:
        """What it may have come to draw by a time without anybody having read it since, A per line."""
        if not self.connected or not self.samples or self.samples[-1].since >= taken:
            return NO_LINE
        lines, ceiling = self.lines(taken, site_lines), self.ceiling
        first, second, third = (ceiling if line in lines else 0.0 for line in range(LINES))
        return first, second, third

    def untold(self, taken: float, site_lines: frozenset[int]) -> Amperes:
        """The most it may draw at a time where no reading tells, A per line."""
        if self.reachable(taken) and not self.connected:
            return NO_LINE
        lines, most = self.lines(taken, site_lines), self.ceiling if self.reachable(taken) else self.away
        first, second, third = (most if line in lines else 0.0 for line in range(LINES))
        return first, second, third

    def may_have_drawn(self, drawn: Drawn) -> PerLine:
        """The most it may have drawn at a moment, also while nobody heard of it."""
        if not drawn.known and self.charger.capability.measures:
            return self.away, self.away, self.away
        return drawn.most

    def on_lines(self, values: PerLine, site_lines: frozenset[int], *, faint: bool = False) -> Amperes:
        """Currents per phase of the charger as currents per line of the site, a missing one as 0: a lower bound.

        With unknown wiring, a line carries the smallest phase in use or, if the car uses fewer phases, perhaps
        nothing. It is counted there all the same: what the charger may be set to is counted there too.

        Args:
            values: Per phase, A.
            site_lines: The lines that reach it.
            faint: Whether with unknown wiring a current counts that is too small for a phase in use.
        """
        result = list(NO_LINE)
        if self.charger.wiring is None:
            used = [value for value in values if value is not None and value >= PHASE_SEEN]
            if faint and not used:
                used = [max((value or 0.0 for value in values), default=0.0)]
            for line in site_lines:
                result[line] = min(used, default=0.0)
        else:
            for phase, lines in enumerate(self.charger.wiring):
                for line in lines:
                    result[line] += values[phase] or 0.0
        return result[0], result[1], result[2]

    @property
    def told_our_limit(self) -> bool:
        """Whether the box tells the limit that we gave it."""
        return self._told is not None and not self.overruled

    @property
    def overruled(self) -> bool:
        """Whether the box tells a higher limit than ours, although ours was confirmed."""
        return self.limit is not None and self.in_force > self.limit + self.charger.capability.step / 2

    @property
    def fallen_short(self) -> bool:
        """Whether the box tells a lower limit than ours, although ours was confirmed: it forgot, or caps itself."""
        told = self._told if self._told_since_written else None
        return told is not None and self.limit is not None and told < self.limit - self.charger.capability.step / 2

    @property
    def _told_since_written(self) -> bool:
        """Whether the box has told its limit after the last write, or after its limit was adopted."""
        if self.reading is None or self.pending is not None:
            return False
        if self.commanded is None:
            return self.limit is not None
        return self.reading.asked > self.commanded + self.charger.capability.latency

    def disobeys(self, now: float) -> bool:
        """Whether it does not keep to its limit although it has had more than the time to follow."""
        if self.limit is None or self.under_way or self.reading is None:
            return False
        capability, drawn = self.charger.capability, self._drawn_now
        told = self.reading.limit
        if drawn <= self.limit + IGNORES_LIMIT and (told is None or told <= self.limit + capability.step / 2):
            return False
        due = -math.inf if self.commanded is None else self.commanded + self.settle.seconds
        ignored = drawn > self.limit + IGNORES_LIMIT and self.reading.asked > due + IGNORES_PATIENCE
        return (ignored or self.overruled) and self.reachable(now)

    @property
    def _drawn_now(self) -> float:
        """Current of the phase that carries most by the last reading, A."""
        return max([value for value in self.samples[-1].amperes if value is not None], default=0.0)

    def elusive(self, site_lines: frozenset[int]) -> bool:
        """Whether nobody knows on which lines it draws: wiring unknown, and fewer phases in use than lines."""
        if self.charger.wiring is not None or not self.samples:
            return False
        used = sum(value is not None and value >= PHASE_SEEN for value in self.samples[-1].amperes)
        return used < len(site_lines)

    def standing(self, now: float, site_lines: frozenset[int]) -> Draw:
        """What it may draw without being asked: unreachable or never seen, writes failing, or not obeying."""
        if not self.seen and now - self.since <= self.patience:
            # What it draws now is in the house load, and it has not yet had the time to say more.
            return Draw(NO_LINE, NO_LINE)
        reachable = self.reachable(now)
        high = self.ceiling if reachable else self.away
        lines = self.lines(now, site_lines)
        highs = [high if line in lines else 0.0 for line in range(LINES)]
        if reachable and self.samples:
            for phase, value in enumerate(self.samples[-1].amperes):
                for line in site_lines if self.charger.wiring is None else self._lines_of(phase):
                    highs[line] = max(highs[line], value or 0.0)
        return Draw(NO_LINE, (highs[0], highs[1], highs[2]))

    def _lines_of(self, phase: int) -> frozenset[int]:
        """The lines that a phase of the charger loads, by a wiring that is known."""
        wiring = self.charger.wiring or ()
        return wiring[phase] if phase < len(wiring) else frozenset()

    # What happens to it

    def heard(self, reading: ChargerReading, now: float, *, control: bool) -> Outlet:
        """After a reading; without control its limit is whatever the box says.

        One out of order, told twice or from the future is counted, and changes nothing else.
        """
        late = self.reading is not None and (
            reading.sequence <= self.reading.sequence or reading.taken < self.reading.taken
        )
        if late or reading.taken > now + FUTURE:
            return changed(self, ignored=self.ignored + 1)
        reading = self._sensible(reading)
        switches = self.charger.switches_phases
        switched = switches and self.reading is not None and reading.phases != self.reading.phases
        back = self.reading is not None and reading.taken - self.reading.taken > self.patience
        adopt = self.reading is None or back or not control
        connected = reading.state is None or reading.state.connected
        arrived = connected and self.plugged is None
        begins = connected and self.began is None and self._charging(reading)
        heard = changed(
            self,
            reading=reading,
            samples=(*self.samples[1 - _SAMPLES :], self._sample(reading)),
            limit=self._adopted(reading, back=back) if adopt else self.limit,
            rewrite=self.rewrite or (back and control),
            retry=0.0 if back else self.retry,
            settled=reading.taken + self.settle.seconds if self.reading is None or back else self.settled,
            plugged=(reading.taken if self.plugged is None else self.plugged) if connected else None,
            began=(reading.taken if begins else self.began) if connected else None,
            # What a car leaves unused on one phase says nothing of three.
            idle_phases=NO_VALUES
            if not connected or switched or (switches and reading.phases == 1)
            else self._idle_phases(reading),
            # A session's phases are known a minute after it begins to charge: one raise then is better than two.
            steady=reading.taken if arrived or begins or back else self.steady,
            stops=self.stops if connected and not arrived else 0,
            settle=self.settle if connected else self.settle.parted(),
            appetite=self.appetite if connected and not arrived and not switched else HUNGRY,
        )
        return heard.judged() if connected else heard

    def _sample(self, reading: ChargerReading) -> Sample:
        """What a reading says of the current, and whether it shows that the last command was followed."""
        if self.settled > reading.asked:
            return Sample(reading.asked, reading.taken, reading.amperes)
        ours, told = self.limit, reading.limit
        limit = told if ours is None or (told is not None and told > ours) else ours
        kept = limit is not None and all(not value or value <= limit + IGNORES_LIMIT for value in reading.amperes)
        if limit is None or not kept:
            return Sample(reading.asked, reading.taken, reading.amperes)
        return Sample(reading.asked, reading.taken, reading.amperes, self.settled, limit)

    def judged(self) -> Outlet:
        """With what its last reading says of its car and of other masters."""
        reading, limit = self.reading, self.limit
        if reading is None or limit is None:
            return self
        step, minimum = self.charger.capability.step, self.charger.minimum
        appetite, rivalry, settle = self.appetite, self.rivalry, self.settle
        known = [value for value in reading.amperes if value is not None]
        if settle.watched is not None:
            settle = settle.heard(reading.asked, reading.taken, max(known, default=None))
        if self.under_way or limit < minimum or not known:
            appetite = appetite.paused()
        else:
            appetite = appetite.after(reading.taken, max(known), limit, minimum, step)
        if (told := self._told) is not None and self._told_since_written:
            rivalry = rivalry.after(reading.taken, self.number, same=abs(told - limit) < step / 2)
        if appetite is self.appetite and rivalry is self.rivalry and settle is self.settle:
            return self
        return changed(self, appetite=appetite, rivalry=rivalry, settle=settle)

    def _sensible(self, reading: ChargerReading) -> ChargerReading:
        """The reading without what no charger can mean: it is missing, as if it was not told."""
        most = ABSURD_CURRENT * self.charger.capability.maximum
        amperes = [value if value is not None and 0 <= value <= most else None for value in reading.amperes]
        limit = reading.limit if reading.limit is not None and 0 <= reading.limit < math.inf else None
        energy = reading.session_wh if reading.session_wh is not None and math.isfinite(reading.session_wh) else None
        phases = reading.phases if reading.phases in (1, LINES) else None
        told = _per_line(amperes)
        if (told, limit, energy, phases) == (reading.amperes, reading.limit, reading.session_wh, reading.phases):
            return reading
        return changed(reading, amperes=told, limit=limit, session_wh=energy, phases=phases)

    def _adopted(self, reading: ChargerReading, *, back: bool) -> float | None:
        """The limit that the box stands at; one that was away is not given more than it had."""
        if back and self.limit is not None:
            return min(self.limit, self.limit if reading.limit is None else reading.limit)
        return reading.limit

    def _charging(self, reading: ChargerReading) -> bool:
        """Whether its car draws so much that a phase without current is one that it does not use."""
        return max(value or 0.0 for value in reading.amperes) >= self.charger.capability.minimum - IGNORES_LIMIT

    def _idle_phases(self, reading: ChargerReading) -> PerLine:
        charging = self._charging(reading)
        idle = [
            None
            if not charging or value is None or value >= PHASE_SEEN
            else (reading.taken if since is None else since)
            for value, since in zip(reading.amperes, self.idle_phases, strict=True)
        ]
        if not charging:
            return self.idle_phases
        return idle[0], idle[1], idle[2]

    def ordered(self, write: Write, now: float) -> Outlet:
        """After a write was sent off; the hold of raises begins anew."""
        ceiling, amperes = self.ceiling, write.amperes
        stands = [limit for limit in (self.limit, self._told) if limit is not None] or [ceiling]
        falls, rises = amperes < max(stands) - 1e-6, amperes > min(stands) + 1e-6
        command = Command(now, max(ceiling, amperes), amperes if falls else math.inf, amperes if rises else 0.0)
        under_way = self.under_way
        if len(under_way) >= _COMMANDS:
            command = Command(
                under_way[0].sent,
                max(command.ceiling, *(earlier.ceiling for earlier in under_way)),
                min(command.low, *(earlier.low for earlier in under_way)),
                max(command.high, *(earlier.high for earlier in under_way)),
            )
            under_way = ()
        news = self.limit is None or abs(self.limit - amperes) > 1e-6
        return changed(
            self,
            pending=write,
            pending_since=now,
            number=write.number,
            owed=None,
            under_way=(*under_way, command) if news else self.under_way,
            settled=math.inf if news else self.settled,
            steady=now if news else self.steady,
        )

    def unanswered(self, now: float) -> Ack | None:
        """The failure to assume of a write that nobody has answered for too long."""
        patience = ANSWER_PATIENCE + 2 * self.charger.capability.write_interval
        if self.pending is None or now - self.pending_since <= patience:
            return None
        return Ack(
            charger=self.charger.id,
            number=self.pending.number,
            amperes=self.pending.amperes,
            at=now,
            error="nobody has answered",
        )

    def acknowledged(self, ack: Ack) -> Outlet:
        """After a write was confirmed or failed; then the old limit still stands."""
        if self.pending is None or ack.number != self.pending.number:
            return self
        under_way = tuple(
            command if command.effective is not None else replace(command, effective=ack.at + self._time_for(command))
            for command in self.under_way
        )
        stood = min(self.settled, max((command.effective or ack.at for command in under_way), default=ack.at))
        if ack.error is not None:
            wait = min(RETRY_FIRST * 2**self.failures, RETRY_MOST)
            return changed(
                self,
                pending=None,
                under_way=under_way,
                written=ack.at,
                settled=stood,
                failures=self.failures + 1,
                last_error=ack.error,
                retry=ack.at + wait,
            )
        running = None if ack.amperes <= 0 else (ack.at if self.running is None else self.running)
        return changed(
            self,
            pending=None,
            under_way=under_way,
            written=ack.at,
            settled=stood,
            commanded=ack.at if self.limit is None or abs(self.limit - ack.amperes) > 1e-6 else self.commanded,
            failures=0,
            last_error=None,
            limit=ack.amperes,
            settle=self.settle.confirmed(ack.at, ack.amperes, self._drawn_now if self.samples else None),
            rewrite=False,
            running=running,
            paused=None if ack.amperes > 0 else (ack.at if self.paused is None else self.paused),
            phases_written=self.phases_written if self.pending.phases is None else ack.at,
        )

    def _time_for(self, command: Command) -> float:
        """Seconds from the confirmation until charger and car have followed a command."""
        return self.settle.seconds if command.high > 0 else self.settle.cut.seconds

    def seen_through(self, metered: float) -> Outlet:
        """After all meters above it were read at a time: commands whose effect they have seen are done (R9)."""
        if not self.under_way:
            return self
        oldest = metered
        if self.charger.capability.measures and self.samples:
            oldest = min(oldest, self.samples[-1].since)
        left = tuple(command for command in self.under_way if command.effective is None or command.effective > oldest)
        return self if len(left) == len(self.under_way) else changed(self, under_way=left)


def _per_line(values: list[float | None]) -> PerLine:
    first, second, third = values
    return first, second, third


def watch(charger: Charger, now: float) -> Outlet:
    """A charger of which nothing is known yet."""
    return Outlet(charger=charger, since=now, settle=unlearned(charger.capability))
