"""Names shared by the whole integration."""

import logging
from typing import Final

DOMAIN: Final = "ev_charger_pool"
LOGGER: Final = logging.getLogger(__package__)

SUBENTRY_CHARGER: Final = "charger"
SUBENTRY_CIRCUIT: Final = "circuit"

KIND_ENTITIES: Final = "entities"
KIND_MAPPING: Final = "mapping"
KIND_MODBUS: Final = "modbus"
KIND_NETWORK: Final = "network"
KINDS_WITH_ADDRESS: Final = (KIND_MODBUS, KIND_NETWORK)

# Keys of entry and subentry data; entry_data.py says what they hold.
CONF_AVERAGE: Final = "average"
CONF_BREAKER: Final = "breaker"
CONF_CAR_MINIMUM: Final = "car_minimum"
CONF_CIRCUIT: Final = "circuit"
CONF_CONNECTOR: Final = "connector"
CONF_CURRENTS: Final = "currents"
CONF_DRIVER: Final = "driver"
CONF_ENTITIES: Final = "entities"
CONF_EXPORTS: Final = "exports"
CONF_FALL_BACK: Final = "fall_back"
CONF_FRAMING: Final = "framing"
CONF_FUSE: Final = "fuse"
CONF_GRID: Final = "grid"
CONF_KIND: Final = "kind"
CONF_LIMIT: Final = "limit"
CONF_LINE: Final = "line"
CONF_MAPPING: Final = "mapping"
CONF_MARGIN: Final = "margin"
CONF_MAXIMUM: Final = "maximum"
CONF_METER: Final = "meter"
CONF_MINIMUM: Final = "minimum"
CONF_MODEL: Final = "model"
CONF_PARENT: Final = "parent"
CONF_PAUSE: Final = "pause"
CONF_PHASE_SWITCHING: Final = "phase_switching"
CONF_POWERS: Final = "powers"
CONF_PROFILE: Final = "profile"
CONF_RAISE_HOLD: Final = "raise_hold"
CONF_RAISE_WINDOW: Final = "raise_window"
CONF_RESERVE: Final = "reserve"
CONF_STATE: Final = "state"
CONF_STATE_MAP: Final = "state_map"
CONF_STEP: Final = "step"
CONF_UNIT: Final = "unit"
CONF_VOLTAGES: Final = "voltages"
CONF_WIRING: Final = "wiring"
CONF_WORST_HOUSE: Final = "worst_house"

# Keys of the data of an issue: the site, and the circuit or charger of it or None.
CONF_ENTRY_ID: Final = "entry_id"
CONF_SUBENTRY_ID: Final = "subentry_id"

LINE_NAMES: Final = ("L1", "L2", "L3")
"""The lines of a site and the phases of a charger, as they are printed on a switchboard."""
