"""The catalogue of chargers and meters with an interface of their own on the network; adding one is a line here."""

from .goe import GOE_V2
from .homewizard_p1 import HOMEWIZARD_P1
from .keba_udp import KEBA_UDP
from .model import NetworkCharger, NetworkMeter
from .openwb_pro import OPENWB_PRO
from .salia import HARDYBARTH_SALIA
from .shelly_pro_3em import SHELLY_PRO_3EM
from .sma_speedwire import SMA_SPEEDWIRE
from .smartevse import SMARTEVSE_V3
from .warp import TINKERFORGE_WARP

_CHARGERS: tuple[NetworkCharger, ...] = (GOE_V2, HARDYBARTH_SALIA, KEBA_UDP, OPENWB_PRO, SMARTEVSE_V3, TINKERFORGE_WARP)

_METERS: tuple[NetworkMeter, ...] = (HOMEWIZARD_P1, SHELLY_PRO_3EM, SMA_SPEEDWIRE)


def network_chargers() -> dict[str, NetworkCharger]:
    """The chargers, by id."""
    return {charger.id: charger for charger in _CHARGERS}


def network_meters() -> dict[str, NetworkMeter]:
    """The meters, by id."""
    return {meter.id: meter for meter in _METERS}
