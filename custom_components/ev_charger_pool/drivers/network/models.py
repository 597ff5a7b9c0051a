"""The catalogue of chargers and meters with an interface of their own on the network; adding one is a line here."""

from .model import NetworkCharger, NetworkMeter

_CHARGERS: tuple[NetworkCharger, ...] = ()

_METERS: tuple[NetworkMeter, ...] = ()


def network_chargers() -> dict[str, NetworkCharger]:
    """The chargers, by id."""
    return {charger.id: charger for charger in _CHARGERS}


def network_meters() -> dict[str, NetworkMeter]:
    """The meters, by id."""
    return {meter.id: meter for meter in _METERS}
