"""The catalogue of chargers and meters with an interface of their own on the network; adding one is a line here."""

from .goe import GOE_V2
from .model import NetworkCharger, NetworkMeter
from .openwb_pro import OPENWB_PRO
from .salia import HARDYBARTH_SALIA
from .smartevse import SMARTEVSE_V3
from .warp import TINKERFORGE_WARP

_CHARGERS: tuple[NetworkCharger, ...] = (GOE_V2, HARDYBARTH_SALIA, OPENWB_PRO, SMARTEVSE_V3, TINKERFORGE_WARP)

_METERS: tuple[NetworkMeter, ...] = ()


def network_chargers() -> dict[str, NetworkCharger]:
    """The chargers, by id."""
    return {charger.id: charger for charger in _CHARGERS}


def network_meters() -> dict[str, NetworkMeter]:
    """The meters, by id."""
    return {meter.id: meter for meter in _METERS}
