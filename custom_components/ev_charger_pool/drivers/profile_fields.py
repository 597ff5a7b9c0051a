"""What the files of chargers and meters have in common: who they are, how they are reached, and their registers."""

import math
import re
from typing import Any

from ..pool.records import field_values
from .fields import Fields
from .modbus_line import Framing, Parity, SerialSettings
from .profile_model import Check, Confidence, DeviceProfile, IdentityRegisters, NextConnector, Transport
from .registers import Encoding, Kind, Register, Render, Table, WordOrder, Write

MAX_WORDS_PER_READ = 125
"""Modbus Application Protocol 1.1b3, section 6.3."""
MODBUS_PORT = 502

_ANYTHING = re.compile("")


def _serial(fields: Fields) -> SerialSettings:
    settings = SerialSettings(
        baud=fields.whole("baud", least=300, most=1_000_000),
        parity=fields.choice("parity", Parity, Parity.NONE),
        stop_bits=fields.whole("stop_bits", 1, least=1, most=2),
    )
    fields.finish()
    return settings


def optional_number(fields: Fields, name: str, *, least: float = 0.0) -> float | None:
    """A number that the file may leave out."""
    return fields.number(name, least=least) if name in fields else None


class DeviceFields:
    """Reads what chargers and meters have in common, and registers with the device's defaults."""

    def __init__(self, fields: Fields, profile_id: str) -> None:
        self._id = profile_id
        connection = fields.fields("connection")
        self._transport = Transport(
            port=connection.whole("port", MODBUS_PORT, least=1),
            unit=connection.whole("unit", most=255),
            connectors=connection.whole("connectors", 1, least=1, most=9),
            next_connector=connection.choice("next_connector", NextConnector, NextConnector.UNIT),
            connector_step=connection.whole("connector_step", 0),
            words_per_read=connection.whole("words_per_read", MAX_WORDS_PER_READ, least=1, most=MAX_WORDS_PER_READ),
            gap=connection.number("gap", 0.0, most=10.0),
            framing=connection.choice("framing", Framing, Framing.TCP),
            serial=_serial(connection.fields("serial")) if "serial" in connection else None,
        )
        if (self._transport.next_connector is NextConnector.REGISTER) != (self._transport.connector_step > 0):
            raise connection.refuse("connector_step", "is there for sockets with registers of their own")
        if self._transport.framing is Framing.SERIAL:
            raise connection.refuse("framing", "a serial port is the user's choice")
        self._word_order = connection.choice("word_order", WordOrder)
        not_available = connection.fields("not_available")
        self._not_available = {
            Kind(name): not_available.whole(name, most=(1 << 64) - 1) for name in not_available.names() if name in Kind
        }
        not_available.finish()
        connection.finish()
        self.poll_interval = fields.number("poll_interval", least=0.1)

    def register(self, fields: Fields) -> Register:
        """A register of the file."""
        kind = fields.choice("type", Kind)
        least, most = fields.pair("range") if "range" in fields else (-math.inf, math.inf)
        bits = fields.pair("bits") if "bits" in fields else None
        not_available = self._not_available.get(kind)
        if "not_available" in fields:
            not_available = fields.whole("not_available", most=(1 << 64) - 1)
        register = Register(
            address=fields.whole("address"),
            kind=kind,
            unit=fields.whole("unit", most=255) if "unit" in fields else None,
            table=fields.choice("table", Table, Table.HOLDING),
            count=fields.whole("count", 1, least=1, most=MAX_WORDS_PER_READ),
            stride=fields.whole("stride", least=1, most=1000) if "stride" in fields else None,
            encoding=fields.choice("encoding", Encoding, Encoding.ASCII),
            byte_order=fields.choice("byte_order", WordOrder, WordOrder.BIG),
            scale=fields.number("scale", 1, least=1e-6),
            word_order=fields.choice("word_order", WordOrder, self._word_order),
            bits=None if bits is None else (int(bits[0]), int(bits[1])),
            not_available=not_available,
            least=least,
            most=most,
            render=fields.choice("render", Render) if "render" in fields else None,
            optional=fields.flag("optional", default=False),
            seldom=fields.flag("seldom", default=False),
        )
        fields.finish()
        if register.atom > self._transport.words_per_read:
            raise fields.refuse("type", f"{register.atom} words are more than one request may ask for")
        if bits is not None and (not kind.numeric or kind.floating):
            raise fields.refuse("bits", f"a {kind} has none")
        if register.table.bits and kind is not Kind.U16:
            raise fields.refuse("type", f"a bit is read as u16, not as {kind}")
        if register.stride is not None and (not kind.numeric or register.stride < register.atom):
            raise fields.refuse("stride", "is the distance of numbers, at least their length")
        return register

    def optional(self, fields: Fields, name: str) -> Register | None:
        """A register that the file may leave out."""
        return self.register(fields.fields(name)) if name in fields else None

    def write(self, fields: Fields) -> Write:
        """A write of the file."""
        write = Write(
            address=fields.whole("address"),
            kind=fields.choice("type", Kind),
            code=fields.whole("code"),
            unit=fields.whole("unit", most=255) if "unit" in fields else None,
            count=fields.whole("count", 1, least=1, most=9),
            scale=fields.number("scale", 1, least=1e-6),
            word_order=fields.choice("word_order", WordOrder, self._word_order),
            value=optional_number(fields, "value"),
        )
        fields.finish()
        if not write.kind.numeric:
            raise fields.refuse("type", f"a {write.kind} cannot be written")
        one = write.kind.words == write.count == 1
        if write.code not in (5, 6, 16) or (write.code != 16 and not one):
            raise fields.refuse("code", "is 5 for a coil, 6 for one word, 16 for any number of words")
        if write.code == 5 and write.value not in (0, 1):
            raise fields.refuse("value", "is 0 or 1 for a coil")
        return write

    def optional_write(self, fields: Fields, name: str) -> Write | None:
        """A write that the file may leave out."""
        return self.write(fields.fields(name)) if name in fields else None

    def checks(self, fields: Fields, name: str) -> tuple[Check, ...]:
        """What a device must answer."""
        checks = []
        for item in fields.each(name):
            matches = item.pattern("matches") if "matches" in item else _ANYTHING
            checks.append(Check(register=self.register(item), matches=matches))
        if not checks:
            raise fields.refuse(name, "is missing")
        return tuple(checks)

    def common(self, fields: Fields) -> dict[str, Any]:
        """The fields of ``DeviceProfile``, which chargers and meters have in common."""
        identity = fields.fields("identity")
        common = DeviceProfile(
            id=self._id,
            title=fields.text("title"),
            brand=fields.text("brand"),
            model=fields.text("model"),
            confidence=fields.choice("confidence", Confidence),
            sources=fields.texts("sources"),
            transport=self._transport,
            fingerprint=self.checks(fields, "fingerprint"),
            identity=IdentityRegisters(
                serial=self.optional(identity, "serial"),
                firmware=self.optional(identity, "firmware"),
                model=self.optional(identity, "model"),
                connectors=self.optional(identity, "connectors"),
            ),
            poll_interval=self.poll_interval,
        )
        identity.finish()
        return field_values(common)
