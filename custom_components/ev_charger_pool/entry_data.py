"""The shape of what config flows save: one entry is a site, its subentries are circuits and chargers.

Entities are kept by their registry id, so that a renamed one is still found; by their entity id where they have none.
"""

from typing import Literal, NotRequired, TypedDict


class LineData(TypedDict):
    """Settings of a serial line."""

    baud: int
    parity: Literal["N", "E", "O"]
    stop_bits: int


class ModbusData(TypedDict):
    """A device reached over Modbus."""

    kind: Literal["modbus"]
    profile: str
    host: str
    """The path of a serial port, where it hangs on one."""
    port: int
    """0 for a serial port."""
    unit: int
    framing: NotRequired[Literal["rtu", "serial"]]
    """RTU frames over TCP or over a serial port; Modbus TCP without it."""
    line: NotRequired[LineData]
    """Of a serial port, where it is not as the profile says."""


class ModbusChargerData(ModbusData):
    """A socket of a charger reached over Modbus."""

    connector: int


class NetworkData(TypedDict):
    """A device with an interface of its own on the network: HTTP, UDP or multicast."""

    kind: Literal["network"]
    model: str
    """Its id in ``drivers.network.models``."""
    host: str
    port: int
    username: NotRequired[str]
    password: NotRequired[str]


class NetworkChargerData(NetworkData):
    """A socket of such a charger."""

    connector: int


class EntityMeterData(TypedDict):
    """A meter made of sensors of Home Assistant: currents, or powers and voltages, or currents and powers for the sign.

    One that was found by its integration may have all of them, and the power out of the site by itself.

    Lists hold one registry id per line L1, L2, L3, None on a line that the circuit does not have.
    """

    kind: Literal["entities"]
    currents: NotRequired[list[str | None]]
    powers: NotRequired[list[str | None]]
    """Active power, positive into the site."""
    exports: NotRequired[list[str | None]]
    """Active power out of the site, subtracted from ``powers``."""
    voltages: NotRequired[list[str | None]]


class EntityChargerData(TypedDict):
    """A charger made of entities of Home Assistant."""

    kind: Literal["entities"]
    state: str
    state_map: dict[str, str]
    """State word of the entity to letter of IEC 61851-1."""
    currents: NotRequired[list[str]]
    """Per phase of the charger; fewer than three on a charger with fewer phases."""
    limit: str
    """A number entity in A."""
    pause: NotRequired[str]
    """A switch that is on while the charger may charge; without it a limit of 0 pauses."""
    minimum: float
    maximum: float
    step: float


class MappedChargerData(TypedDict):
    """A charger whose integration is known: ``mappings/`` says what its entities are for."""

    kind: Literal["mapping"]
    mapping: str
    """Domain of the integration."""
    entities: dict[str, str]
    """Role to registry id of its entities."""
    minimum: float
    maximum: float
    step: float


type MeterData = ModbusData | NetworkData | EntityMeterData
"""How a meter is read."""

type ChargerDriverData = ModbusChargerData | NetworkChargerData | EntityChargerData | MappedChargerData
"""How a charger is reached."""


class AverageData(TypedDict):
    """An average power that a circuit must not exceed in any quarter-hour or hour of the wall clock."""

    watts: float
    minutes: int
    """15 or 60."""


class SiteData(TypedDict):
    """Data of the config entry; its title is the name of the site."""

    grid: Literal["tn", "split_phase", "it"]
    fuse: list[float]
    """Rated current per line, 0 on a line that the site does not have."""
    breaker: Literal["b", "c", "d", "gg"]
    meter: MeterData
    worst_house: list[float]
    """Per line, assumed when the meter has been silent for long; preset: the whole fuse."""
    raise_hold: float
    """Seconds that room has to be there before a car gets more (R8)."""
    raise_window: float
    """Seconds over which the worst house load is taken for raises (R8)."""
    average: NotRequired[AverageData]


class CircuitData(TypedDict):
    """Data of a circuit subentry; its title is the name, its subentry id the id of the circuit."""

    parent: str
    """``main`` or the subentry id of another circuit."""
    fuse: list[float]
    breaker: Literal["b", "c", "d", "gg"]
    meter: NotRequired[MeterData]
    reserve: list[float]
    """Per line, kept free for other loads where there is no meter."""
    average: NotRequired[AverageData]
    """Only where there is a meter."""


class FallBackData(TypedDict):
    """What a charger shall do once it hears nothing; it is set when control is taken (R15)."""

    amperes: float
    timeout: NotRequired[float]
    """Seconds until then; not saved where the charger has a time of its own."""


class ChargerData(TypedDict):
    """Data of a charger subentry; its unique id is ``serial_connector``, its subentry id the id of the charger."""

    driver: ChargerDriverData
    circuit: str
    """``main`` or the subentry id of a circuit."""
    wiring: str
    """A key of ``wiring.WIRINGS``; ``unknown`` counts on all lines."""
    maximum: float
    """Highest current that cable and installation allow, A."""
    car_minimum: NotRequired[float]
    fall_back: NotRequired[FallBackData]
    """Only where the user wants it to be set."""
    phase_switching: NotRequired[bool]
    """Whether it is switched to one phase where three do not fit; not saved where it is not."""
