"""The chargers that were found, each once, and the ways to reach it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN, KIND_MODBUS
from ..devices import async_charger_mappings, async_charger_profiles, known_network_chargers
from ..drivers.entities import POLL_INTERVAL
from ..drivers.entity_recognition import RecognisedCharger, recognise
from ..drivers.network.model import NetworkCharger
from ..drivers.profile_model import ChargerProfile
from ..pool.model import Expiry
from .existing import find_charger
from .marks import Marks, async_saved_marks, native_marks, recognised_marks
from .recognised import async_recognised
from .searching import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to reach a charger.

    Args:
        to: What is reached.
        name: What a form calls the way.
        measures: Whether the current of each phase is told.
        seconds: Between two values.
        expiry: What the charger does when it hears nothing.
        marks: What tells that other ways lead to the same charger.
    """

    to: Candidate | RecognisedCharger
    name: str
    measures: bool
    seconds: float
    expiry: Expiry
    marks: Marks

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """The best way has the lowest: safe on its own, then measured, then fast."""
        return self.expiry is Expiry.KEEPS_LIMIT, not self.measures, self.seconds


@dataclass(frozen=True, slots=True)
class Box:
    """A socket of a charger that no site has.

    Args:
        ways: To reach it, the best first.
    """

    ways: tuple[Way, ...]

    @property
    def key(self) -> str:
        """What tells it from the others that were found."""
        return self.ways[0].to.key

    @property
    def label(self) -> str:
        """How a list shows it: as it names itself, with its address."""
        return next((way.to for way in self.ways if isinstance(way.to, Candidate)), self.ways[0].to).label


async def async_boxes(hass: HomeAssistant, candidates: Sequence[Candidate]) -> list[Box]:
    """What was found on the network and no site has yet, with the other ways that Home Assistant has to it."""
    profiles, models = await async_charger_profiles(hass), known_network_chargers(hass)
    taken = await async_saved_marks(hass)
    native = [
        _native(hass, candidate, profiles, models)
        for candidate in candidates
        if find_charger(hass, candidate.unique_id, candidate.driver) is None
    ]
    native = [way for way in native if not any(one.same(way.marks) for one in taken)]
    marks = recognised_marks(hass, recognise(hass, await async_charger_mappings(hass)))
    others = [
        _recognised(charger, marks[charger.key])
        for charger in await async_recognised(hass)
        if charger.mapping.obstacle is None and not charger.missing
    ]
    groups: list[list[Way]] = []
    for way in native:
        joined = [group for group in groups if any(way.marks.same(one.marks) for one in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(one for group in joined for one in group), way])
    return [
        Box(
            tuple(
                sorted(
                    [*group, *(other for other in others if any(other.marks.same(way.marks) for way in group))],
                    key=lambda way: way.rank,
                )
            )
        )
        for group in groups
    ]


async def async_describe_ways(hass: HomeAssistant, box: Box) -> str:
    """What each way is like, as lines of a text."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.way_traits.options"

    def said(way: Way) -> str:
        traits = (
            texts[f"{prefix}.{'measures' if way.measures else 'measures_nothing'}"],
            texts[f"{prefix}.pace"].format(seconds=f"{way.seconds:g}"),
            texts[f"{prefix}.{way.expiry}"],
        )
        return f"- **{way.name}**: {', '.join(traits)}."

    return "\n".join(map(said, box.ways))


def _native(
    hass: HomeAssistant,
    candidate: Candidate,
    profiles: Mapping[str, ChargerProfile],
    models: Mapping[str, NetworkCharger],
) -> Way:
    driver = candidate.driver
    if driver["kind"] == KIND_MODBUS:
        name, capability = "Modbus", profiles[driver["profile"]].capability
    else:
        model = models[driver["model"]]
        name, capability = model.connection.value.upper(), model.capability
    return Way(
        to=candidate,
        name=f"{name} ({driver['host']}:{driver['port']})",
        measures=capability.measures,
        seconds=capability.poll_interval,
        expiry=capability.expiry,
        marks=native_marks(hass, driver, candidate.identity.serial),
    )


def _recognised(charger: RecognisedCharger, marks: Marks) -> Way:
    roles = charger.mapping.roles
    return Way(
        to=charger,
        name=charger.label,
        measures=bool(roles.measured(charger.sources)),
        seconds=roles.pace.poll_interval or POLL_INTERVAL,
        expiry=Expiry.KEEPS_LIMIT,
        marks=marks,
    )
