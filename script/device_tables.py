"""The tables of devices in README.md, made of the profiles, network models and mappings."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from custom_components.ev_charger_pool.drivers.mapping import charger_mappings
from custom_components.ev_charger_pool.drivers.mapping_model import ChargerMapping, Obstacle, Origin
from custom_components.ev_charger_pool.drivers.meter_mapping import meter_mappings
from custom_components.ev_charger_pool.drivers.modbus_line import Framing
from custom_components.ev_charger_pool.drivers.network.model import Connection
from custom_components.ev_charger_pool.drivers.network.models import network_chargers, network_meters
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles, meter_profiles
from custom_components.ev_charger_pool.drivers.profile_model import Confidence
from custom_components.ev_charger_pool.pool.model import Capability, Expiry

README = Path(__file__).parents[1] / "README.md"

SOURCES = {Confidence.DOUBLE: "two", Confidence.SINGLE: "one", Confidence.MIXED: "two in part"}
FRAMINGS = {Framing.TCP: "Modbus TCP", Framing.RTU: "Modbus RTU", Framing.SERIAL: "Modbus RTU"}
CONNECTIONS = {Connection.HTTP: "HTTP", Connection.UDP: "UDP", Connection.MULTICAST: "multicast"}
OBSTACLES = {
    Obstacle.START_STOP: "it can only be started and stopped",
    Obstacle.READ_ONLY: "it can only be read",
    Obstacle.STORED: "every limit goes to its permanent memory",
}
YES, NO, SOME, NOT_TOLD = "yes", "no", "some models", "not told"

type Row = tuple[str, ...]


def rewritten(text: str) -> str:
    """A text with the tables between its markers as they should be.

    Raises:
        ValueError: Where a marker is not there once.
    """
    for name, table in _tables().items():
        begin, end = f"<!-- {name}: written by script/devices -->", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{begin} and {end} have to be there once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    return text


def _tables() -> dict[str, str]:
    """By the name of their markers."""
    chargers = ("charger", "connected by", "current per phase", "fall-back", "sources")
    return {
        "overview": _table(("device", "connected by", "known"), _overview()),
        "chargers": _table(chargers, _by_name(_charger_rows())),
        "chargers that are not balanced": _table(("charger", "connected by", "why"), _by_name(_obstacle_rows())),
        "meters": _table(("meter", "connected by", "current per phase", "sources"), _by_name(_meter_rows())),
    }


def _overview() -> Iterator[Row]:
    balanced = (mapping for mapping in charger_mappings().values() if mapping.obstacle is None)
    integration, chosen = "its integration in Home Assistant", "entities that you choose"
    yield "Charger", "Modbus", _known(profile.brand for profile in charger_profiles().values())
    yield "Charger", "HTTP or UDP", _known(model.brand for model in network_chargers().values())
    yield "Charger", integration, _known(mapping.title for mapping in balanced)
    yield "Charger", chosen, "any with a state and a limit"
    yield "Meter", "Modbus", _known(profile.brand for profile in meter_profiles().values())
    yield "Meter", "HTTP or multicast", _known(model.brand for model in network_meters().values())
    yield "Meter", integration, _known(mapping.title for mapping in meter_mappings().values())
    yield "Meter", chosen, "any with currents, or powers and voltages"


def _charger_rows() -> Iterator[Row]:
    for profile in charger_profiles().values():
        variants = (variant.profile.capability for variant in profile.variants)
        models = (profile.capability, *variants)
        fall_back = _fall_back(profile.capability, may_be_off=profile.watchdog.read_timeout is not None)
        how, sources = FRAMINGS[profile.transport.framing], SOURCES[profile.confidence]
        yield profile.title, how, _per_phase(model.measures for model in models), fall_back, sources
    for model in network_chargers().values():
        fall_back = _fall_back(model.capability, may_be_off=False)
        how, sources = CONNECTIONS[model.connection], SOURCES[model.confidence]
        yield model.title, how, _per_phase([model.per_phase]), fall_back, sources
    for mapping in charger_mappings().values():
        if mapping.obstacle is None:
            per_phase = _per_phase([mapping.roles.currents != ()])
            yield mapping.title, _integration(mapping), per_phase, NOT_TOLD, SOURCES[mapping.confidence]


def _obstacle_rows() -> Iterator[Row]:
    for mapping in charger_mappings().values():
        if mapping.obstacle is not None:
            yield mapping.title, _integration(mapping), OBSTACLES[mapping.obstacle]


def _meter_rows() -> Iterator[Row]:
    """Only the meters of the network say whether they measure each phase: the others have to."""
    for profile in meter_profiles().values():
        yield profile.title, FRAMINGS[profile.transport.framing], YES, SOURCES[profile.confidence]
    for model in network_meters().values():
        yield model.title, CONNECTIONS[model.connection], _per_phase([model.per_phase]), SOURCES[model.confidence]
    for mapping in meter_mappings().values():
        yield mapping.title, f"integration `{mapping.integration}`", YES, SOURCES[mapping.confidence]


def _per_phase(models: Iterable[bool]) -> str:
    """Whether each model of a family measures a current per phase."""
    told = set(models)
    return SOME if len(told) > 1 else YES if told.pop() else NO


def _fall_back(capability: Capability, *, may_be_off: bool) -> str:
    """What a charger does when nobody talks to it.

    Args:
        capability: Of the charger.
        may_be_off: Whether that can be turned off in the charger.
    """
    match capability.expiry:
        case Expiry.KEEPS_LIMIT:
            return "where it is turned on" if may_be_off else "none"
        case Expiry.FALL_BACK:
            does = "a current of its own"
        case Expiry.STOPS:
            does = "pauses"
    return f"{does} unless turned off" if may_be_off else does


def _integration(mapping: ChargerMapping) -> str:
    name = f"integration `{mapping.integration}`"
    return name if mapping.origin is Origin.CORE else f"{name} from [HACS](https://github.com/{mapping.repository})"


def _known(names: Iterable[str]) -> str:
    """How many there are, and each name once."""
    names = list(names)
    return f"{len(names)}: {', '.join(sorted(set(names), key=str.casefold))}"


def _by_name(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row[0].casefold(), row))


def _table(head: Sequence[str], rows: Iterable[Row]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write the tables anew."""
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
