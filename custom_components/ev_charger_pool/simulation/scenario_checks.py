"""What has to hold between the parts of a scenario file."""

from collections.abc import Sequence
from itertools import pairwise

from ..pool.model import LINES, MAIN, Amperes, AverageLimit, Expiry, Feed
from .fields import Place, listed
from .scenario import CarModel, Fault, FaultKind, Household, LimitChange, Scenario
from .scenario_format import METER_FAULTS, SITE_FAULTS
from .values import duration


def check(scenario: Scenario, place: Place) -> None:
    """Refuse what cannot be.

    Args:
        scenario: As it was read.
        place: The file.

    Raises:
        ScenarioError: With the field and what was expected.
    """
    for circuit, household in scenario.households.items():
        section = place if circuit == MAIN else place.field("circuits").field(circuit)
        _check_house(household, scenario.site.lines(circuit), scenario.seconds, section.field("house"))
    for charger in scenario.site.chargers:
        capability = charger.capability
        at = place.field("chargers").field(charger.id)
        if scenario.chargers[charger.id].timeout is not None:
            if capability.feed is Feed.NOTHING:
                at.field("feed").expect("what feeds its watchdog, because it has a timeout", capability.feed)
            if capability.expiry is Expiry.KEEPS_LIMIT:
                at.field("expiry").expect("what it does after its timeout", capability.expiry)
    _check_cars(scenario, place.field("cars"))
    for index, change in enumerate(scenario.limits):
        _check_limit(change, scenario, place.field("limits").item(index))
    for index, average in enumerate(scenario.averages):
        _check_average(average, scenario, place.field("averages").item(index).field("circuit"))
    for index, fault in enumerate(scenario.faults):
        _check_fault(fault, scenario, place.field("faults").item(index))


def _check_house(household: Household, lines: frozenset[int], end: float, place: Place) -> None:
    _check_lines(household.base, lines, place.field("base"))
    if household.trace is not None and len(lines) < LINES:
        place.field("trace").refuse("needs a circuit with three lines")
    for index, appliance in enumerate(household.appliances):
        at = place.field("appliances").item(index)
        _check_lines(appliance.amperes, lines, at.field("amperes"))
        for number, (begin, until) in enumerate(appliance.periods):
            period = at.field("periods").item(number)
            _check_span(begin, until, end, (period.item(0), period.item(1)), "its beginning")
        for number, (before, after) in enumerate(pairwise(appliance.periods)):
            if after[0] < before[1]:
                period = at.field("periods").item(number + 1)
                period.expect(f"a period after the one before it ({duration(before[1])})", duration(after[0]))


def _check_lines(amperes: Amperes, lines: frozenset[int], place: Place) -> None:
    for line, value in enumerate(amperes):
        if value and line not in lines:
            place.expect(f"a list with 0 on L{line + 1}, which the circuit does not have", f"{value:g}")


def _check_cars(scenario: Scenario, place: Place) -> None:
    chargers = [charger.id for charger in scenario.site.chargers]
    stays: dict[str, list[CarModel]] = {key: [] for key in chargers}
    names: set[str] = set()
    for index, car in enumerate(scenario.cars):
        at = place.item(index)
        if car.name in names:
            at.field("name").expect("a name that no other car has", car.name)
        names.add(car.name)
        if car.charger not in stays:
            at.field("charger").expect(f"one of the chargers ({listed(chargers)})", car.charger)
        _check_span(car.arrives, car.leaves, scenario.seconds, (at.field("arrives"), at.field("leaves")), "arrives")
        _check_alone(car, stays[car.charger], at)
        stays[car.charger].append(car)
        if car.minimum > car.maximum:
            at.field("minimum").expect(f"at most the maximum of the car ({car.maximum:g} A)", f"{car.minimum:g}")
        if car.taper > car.needs:
            at.field("taper").expect(f"at most what the car needs ({car.needs:g} Wh)", f"{car.taper:g} Wh")
        if car.later_phases is not None and car.later_phases[1] <= car.phases:
            at.field("later_phases").expect(f"more phases than at first ({car.phases})", car.later_phases[1])


def _check_alone(car: CarModel, others: Sequence[CarModel], place: Place) -> None:
    for other in others:
        if car.arrives < other.leaves and other.arrives < car.leaves:
            span = f"{duration(other.arrives)} to {duration(other.leaves)}"
            place.field("charger").refuse(f"{car.charger} is taken by {other.name} from {span}")


def _check_limit(change: LimitChange, scenario: Scenario, place: Place) -> None:
    site = scenario.site
    targets = [*(circuit.id for circuit in site.circuits), *(charger.id for charger in site.chargers)]
    if change.limit.target not in targets:
        place.field("target").expect(f"a circuit or a charger ({listed(targets)})", change.limit.target)
    if change.limit.id in {other.limit.id for other in scenario.limits if other is not change}:
        place.field("id").expect("an id that no other limit has", change.limit.id)
    _check_span(change.at, change.until, scenario.seconds, (place.field("at"), place.field("until")), "at")


def _check_average(average: AverageLimit, scenario: Scenario, place: Place) -> None:
    if average.circuit not in scenario.meters:
        place.expect(f"a circuit with a meter ({listed(scenario.meters)})", average.circuit)
    if sum(other.circuit == average.circuit for other in scenario.averages) > 1:
        place.expect("a circuit that no other average is for", average.circuit)


def _check_fault(fault: Fault, scenario: Scenario, place: Place) -> None:
    if fault.kind in METER_FAULTS:
        if fault.target not in scenario.meters:
            expected = f"a circuit with a meter ({listed(scenario.meters)})"
            place.field("target").expect(expected, fault.target)
        if fault.kind is FaultKind.PHASE_MISSING and fault.line not in scenario.site.lines(fault.target):
            place.field("line").refuse(f"circuit {fault.target} does not have L{fault.line + 1}")
    elif fault.kind not in SITE_FAULTS and fault.target not in scenario.chargers:
        place.field("target").expect(f"a charger ({listed(scenario.chargers)})", fault.target)
    _check_span(fault.at, fault.until, scenario.seconds, (place.field("at"), place.field("until")), "at")


def _check_span(begin: float, until: float, end: float, places: tuple[Place, Place], after: str) -> None:
    """Refuse what does not begin, go on and end within the scenario.

    Args:
        begin: Of the span.
        until: Its end.
        end: Of the scenario.
        places: Of both.
        after: What the begin is called.
    """
    first, last = places
    if begin >= end:
        first.expect(f"a time before the end of the scenario ({duration(end)})", duration(begin))
    if until <= begin:
        last.expect(f"a time after {after} ({duration(begin)})", duration(until))
    if until > end:
        last.expect(f"a time up to the end of the scenario ({duration(end)})", duration(until))
