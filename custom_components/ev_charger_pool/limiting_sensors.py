"""What limits the site most, and on which phase."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription

from .const import LINE_NAMES
from .entity import SiteEntity
from .explanation import details, explain
from .pool.model import Decision, Why
from .pool.totals import BINDING, binding
from .runner import PoolConfigEntry

NO_LINE = "none"

LIMITING_REASON = SensorEntityDescription(
    key="limiting_reason",
    translation_key="limiting_reason",
    device_class=SensorDeviceClass.ENUM,
    options=[why.value for why in (Why.UNLIMITED, *BINDING)],
)

LIMITING_PHASE = SensorEntityDescription(
    key="limiting_phase",
    translation_key="limiting_phase",
    device_class=SensorDeviceClass.ENUM,
    options=[NO_LINE, *(name.lower() for name in LINE_NAMES)],
)


def limiting_sensors(entry: PoolConfigEntry) -> list[SensorEntity]:
    """Reason and phase."""
    return [LimitingReasonSensor(entry, LIMITING_REASON), LimitingPhaseSensor(entry, LIMITING_PHASE)]


class _BindingEntity(SiteEntity, SensorEntity):
    """Shows the decision that limits the site most."""

    @property
    def binding(self) -> Decision | None:
        """None before the first decision and while nothing but the chargers themselves limits."""
        outcome = self.coordinator.data
        return None if outcome is None else binding(outcome.decisions.values())


class LimitingReasonSensor(_BindingEntity):
    """What limits the site now."""

    _unrecorded_attributes = frozenset({"sentence"})

    @property
    @override
    def native_value(self) -> str | None:
        """The kind of reason; unlimited while nothing but the chargers themselves limits."""
        if self.coordinator.data is None:
            return None
        return (Why.UNLIMITED if self.binding is None else self.binding.reason.why).value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Where it limits, and the whole sentence."""
        if (decision := self.binding) is None:
            return None
        where = details(self.runner, decision)
        return {
            "circuit": where["circuit"],
            "line": where["line"],
            "source": where["source"],
            "sentence": explain(self.hass, self.runner, decision),
        }


class LimitingPhaseSensor(_BindingEntity):
    """The line that limits the site now."""

    @property
    @override
    def native_value(self) -> str | None:
        """A line, or that none does."""
        if self.coordinator.data is None:
            return None
        decision = self.binding
        return NO_LINE if decision is None or decision.reason.line is None else LINE_NAMES[decision.reason.line].lower()
