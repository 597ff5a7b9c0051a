"""What the user chooses while the pool runs, kept in a store of our own and loaded before the first step (R19)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypedDict, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .entry_data import CircuitData
from .pool.model import Limit, Source, Unit
from .pool.strategy import Strategy

_VERSION = 1
_SAVE_DELAY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerChoices:
    """What the user chose for one charger; None is "not chosen"."""

    user_cap: float | None = None
    priority: int = 1
    enabled: bool = True


class RememberedCircuit(TypedDict):
    """A circuit as it was when it was last there."""

    title: str
    data: CircuitData


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user chose for a site.

    Args:
        control: Whether the pool may write (R19).
        strategy: How current is shared.
        fuse_limit: A lower limit than the main fuse, A.
        limits: Live and expired limits of actions.
        chargers: By charger id.
        circuits: By id, also deleted ones while something hangs on them: they still bound it.
        uncompared: Ids of the circuits whose meter need not follow the cars: a battery evens out what they draw.
    """

    control: bool = False
    strategy: Strategy = Strategy.EQUAL_SHARE
    fuse_limit: float | None = None
    limits: tuple[Limit, ...] = ()
    chargers: Mapping[str, ChargerChoices] = field(default_factory=dict)
    circuits: Mapping[str, RememberedCircuit] = field(default_factory=dict)
    uncompared: frozenset[str] = frozenset()

    def charger(self, charger_id: str) -> ChargerChoices:
        """The choices for one charger."""
        return self.chargers.get(charger_id, ChargerChoices())

    def with_charger(self, charger_id: str, **changes: Any) -> Self:
        """These choices with some of one charger's changed."""
        return replace(self, chargers={**self.chargers, charger_id: replace(self.charger(charger_id), **changes)})

    def with_limit(self, limit: Limit) -> Self:
        """These choices with a limit that replaces the one of the same source and target."""
        return replace(self, limits=(*self._without(limit.target, limit.source), limit))

    def without_limits(self, target: str, source: str | None) -> Self:
        """These choices without the limits of a target, of one source or of all."""
        return replace(self, limits=self._without(target, source))

    def _without(self, target: str, source: str | None) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.limits if limit.target != target or source not in (None, limit.source))


class ChoicesStore(Store[dict[str, Any]]):
    """The choices of one site on disk."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        super().__init__(hass, _VERSION, f"{DOMAIN}.{entry_id}")
        self.choices = Choices()

    async def async_load_choices(self) -> None:
        """Read what was chosen before, if anything was."""
        if (data := await self.async_load()) is not None:
            self.choices = _from_json(data)

    @callback
    def async_set(self, choices: Choices) -> None:
        """Keep new choices; they reach the disk within a second or when Home Assistant stops."""
        self.choices = choices
        self.async_delay_save(lambda: _to_json(self.choices), _SAVE_DELAY)

    @override
    async def async_remove(self) -> None:
        """Forget everything."""
        self.choices = Choices()
        await super().async_remove()


def _to_json(choices: Choices) -> dict[str, Any]:
    return {
        "control": choices.control,
        "strategy": choices.strategy,
        "fuse_limit": choices.fuse_limit,
        "limits": [
            {
                "id": limit.id,
                "source": limit.source,
                "target": limit.target,
                "value": limit.value,
                "unit": limit.unit,
                "floor": limit.floor,
                "expires": limit.expires.isoformat() if limit.expires else None,
                "kind": limit.kind,
            }
            for limit in choices.limits
            if limit.expires is None or limit.expires > dt_util.utcnow()
        ],
        "chargers": {
            key: {"user_cap": charger.user_cap, "priority": charger.priority, "enabled": charger.enabled}
            for key, charger in choices.chargers.items()
        },
        "circuits": dict(choices.circuits),
        "uncompared": sorted(choices.uncompared),
    }


def _from_json(data: Mapping[str, Any]) -> Choices:
    return Choices(
        control=data["control"],
        strategy=Strategy(data["strategy"]),
        fuse_limit=data["fuse_limit"],
        limits=tuple(
            Limit(
                id=limit["id"],
                source=limit["source"],
                target=limit["target"],
                value=limit["value"],
                unit=Unit(limit["unit"]),
                floor=limit["floor"],
                expires=datetime.fromisoformat(limit["expires"]) if limit["expires"] else None,
                kind=Source(limit["kind"]),
            )
            for limit in data["limits"]
        ),
        chargers={key: ChargerChoices(**charger) for key, charger in data["chargers"].items()},
        circuits=data["circuits"],
        uncompared=frozenset(data.get("uncompared", ())),
    )
