"""The numbers of balancing, each with its reason. Seconds and amperes."""

METER_LAG = 1.5
"""So old may a value be when a meter is read, s: most meters measure once a second."""

URGENT_LAG = 0.5
"""Where a bound is exceeded a value is taken to be no older than this: better one cut too deep than one too late."""

STALE_INTERVALS = 3
STALE_LEAST = 10.0
STALE_MOST = 90.0
"""A meter is stale (stage 1) after three of its own intervals, within these bounds: one lost poll is no failure,
and 10 s is what a breaker at 1.45 times its rating forgives with ease."""

STALE_STAGE_2 = 60.0
"""From here on the last hour says nothing about the house: assume the configured worst."""

WORST_HOUSE_MEMORY = 3600.0
"""How long a house load is remembered for stage 1."""

RAISE_HOLD = 60.0
"""Room has to be there this long before a car gets more: shorter than that a hob's pause is no room."""

RAISE_WINDOW = 300.0
"""Raises start from the worst house load of this window: hobs and heat pumps cycle within five minutes."""

DEAD_BAND = 1.0
"""A raise of less than this is not worth a write; cuts have no dead band."""

CUT_RESERVE = 1.0
"""A cut leaves this much more room than it has to, where nobody has to pause for it: until the car follows, a load that
is rising has moved on."""

PROMPT = 5.0
"""A charger that is asked and written to at least this often, s, shows soon whether it has used a raise: nobody is
paused before that for what the raise may explain."""

MINIMUM_ON = 300.0
"""A contactor that has just closed stays closed this long, where every fuse allows."""

DECIDED_ABSENT = 300.0
"""A charger not seen this long after Home Assistant has started is decided absent (R18)."""

UNREACHABLE_INTERVALS = 3
UNREACHABLE_LEAST = 10.0
"""A charger is unreachable after three missed polls, but not within 10 s: Wi-Fi hiccups are shorter."""

PHASE_SEEN = 1.0
"""From this current on a phase counts as used; less is a ghost."""

PHASE_UNUSED = 60.0
"""A phase without current while the car charges stops counting after this (R4)."""

RETRY_FIRST = 2.0
RETRY_MOST = 60.0
"""Back-off of failed writes: doubles from the first to the most."""

IGNORES_LIMIT = 1.0
"""Drawing this much over the limit, once settled, is not obeying it: cars and meters differ by less."""

IGNORES_PATIENCE = 5.0
"""Seconds beyond the settle time that a car may need, once more what IEC 61851-1 allows."""

ABSURD_MULTIPLE = 10.0
"""No wiring carries this many times its fuse: the breaker trips at once (IEC 60898-1, C) long before."""

ABSURD_CURRENT = 3.0
"""No charger draws this many times what it is installed for."""

ANSWER_PATIENCE = 30.0
"""After this a write without an answer is taken for a failed one."""

SHORT_REPEAT = 60.0
"""A box that stands below its limit is told again no more often than this: perhaps it caps itself."""

UNMEASURED_SETTLE = 30.0
"""So long after a change the draw of a charger that does not measure may still be moving."""

PEAK_BUCKET = 5.0
"""House loads within this time are remembered as one."""

LEND_AFTER = 60.0
LEND_MARGIN = 1.0
"""What a car has not drawn for this long, less a margin to ask for more with, is lent to others (R10)."""

SATISFIED_AFTER = 300.0
"""A car that has drawn nothing for this long is taken for full or asleep: others are served first. Some cars pause for
a minute to cool their battery."""

RIVAL_STEPS = 3
STEP_BACK = 900.0
RIVAL_FORGOTTEN = 3600.0
"""After so many limits of ours were replaced by somebody else, we leave the charger alone for this long; a peace of an
hour is forgotten."""

MINIMUM_OFF = 210.0
"""A contactor that has just opened stays open this long: cars need time to notice, and relays wear."""

STOPS_PER_SESSION = 8
"""So many pauses for the sake of others does a car have to bear: some fall asleep after ten."""

SLOW_RELIEF = 20.0
"""A charger that needs longer than this from a rise of the house to less current is slow (R12)."""

LONG_MEMORY = 7 * 86_400.0
LONG_BUCKET = 3600.0
"""Slow chargers are planned against the worst house load of a week, remembered by the hour."""

FUTURE = 5.0
"""A reading that claims to be this much newer than now is not believed."""
