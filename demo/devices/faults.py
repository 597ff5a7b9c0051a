"""What can go wrong between a request and its answer, for as long as it lasts."""

from enum import Enum, auto
import struct

from .registers import Function, Refusal

HEADER = struct.Struct(">HHHB")
"""MBAP: transaction, protocol 0, length of what follows, unit."""
NO_MODBUS = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class Fault(Enum):
    """What a device, or the way to it, does to every request."""

    SILENT = auto()
    """It does nothing and says nothing; the connection stays open."""
    ANSWER_LOST = auto()
    """It does what it was asked, but its answer never arrives."""
    DEVICE_FAILURE = auto()
    """Exception 4."""
    BUSY = auto()
    """Exception 6."""
    NO_SUCH_ADDRESS = auto()
    """Exception 2, as after new firmware."""
    TOO_SHORT = auto()
    """A whole answer with one word less than asked for."""
    TOO_LONG = auto()
    """A whole answer with one word more than asked for."""
    CUT_OFF = auto()
    """Half of the answer, then nothing more."""
    RESET = auto()
    """Half of the answer, then the connection is reset."""
    OTHER_TRANSACTION = auto()
    """The answer to a request that nobody made."""
    NO_MODBUS = auto()
    """Something that is no Modbus."""

    @property
    def refusal(self) -> Refusal | None:
        """The exception that it answers with, None for all but a refusal."""
        return _REFUSALS.get(self)


_REFUSALS = {
    Fault.DEVICE_FAILURE: Refusal.DEVICE_FAILURE,
    Fault.BUSY: Refusal.BUSY,
    Fault.NO_SUCH_ADDRESS: Refusal.ILLEGAL_ADDRESS,
}


def spoiled(fault: Fault, frame: bytes) -> bytes:
    """What arrives instead of a right answer; what is refused was made into a refusal before."""
    transaction, protocol, _, unit = HEADER.unpack_from(frame)
    answer = frame[HEADER.size :]
    match fault:
        case Fault.SILENT | Fault.ANSWER_LOST:
            return b""
        case Fault.TOO_SHORT:
            answer = _counted(answer[:-2])
        case Fault.TOO_LONG:
            answer = _counted(answer + bytes(2))
        case Fault.CUT_OFF | Fault.RESET:
            return frame[: len(frame) // 2]
        case Fault.OTHER_TRANSACTION:
            transaction ^= 0x0F0F
        case Fault.NO_MODBUS:
            return NO_MODBUS
    return HEADER.pack(transaction, protocol, len(answer) + 1, unit) + answer


def _counted(answer: bytes) -> bytes:
    """The same answer; one to a read says how many bytes it holds."""
    if answer[0] in (Function.READ_HOLDING, Function.READ_INPUT):
        return bytes((answer[0], len(answer) - 2)) + answer[2:]
    return answer
