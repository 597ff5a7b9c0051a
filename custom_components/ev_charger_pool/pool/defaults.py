"""The numbers of balancing, each with its reason. Seconds and amperes."""

METER_LAG = 1.5
"""So old may a value be when a meter is read, s: most meters measure once a second."""

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
