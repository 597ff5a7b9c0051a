"""What one unit of a Modbus device answers: its registers, and an exception for everything else."""

from collections.abc import Callable
from enum import IntEnum

from .words import Words

type Source = Callable[[], Words]
type Sink = Callable[[Words], None]


class Function(IntEnum):
    """Function codes of the Modbus application protocol."""

    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_ONE = 6
    WRITE_SEVERAL = 16


class Refusal(IntEnum):
    """Exception codes of the Modbus application protocol."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    BUSY = 6
    NO_SUCH_UNIT = 11


class Refused(Exception):
    """The device answers with an exception."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


class Registers:
    """The registers of one unit.

    Args:
        reads: Function code that reads them.
        writes: Function codes that write them.
        longest_read: Most words the device hands out at once.
        heard: Called on every request that is answered without an exception.
    """

    def __init__(
        self,
        *,
        reads: Function,
        writes: tuple[Function, ...] = (),
        longest_read: int = 125,
        heard: Callable[[], None] = lambda: None,
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._longest_read = longest_read
        self._heard = heard
        self._sources: dict[int, tuple[Source, int]] = {}
        self._sinks: dict[int, tuple[Sink, int]] = {}

    def give(self, address: int, source: Source) -> None:
        """Add a value that can be read, as many words long as it is now."""
        for offset in range(len(source())):
            self._sources[address + offset] = (source, offset)

    def take(self, address: int, sink: Sink, *, words: int = 1) -> None:
        """Add a value that can be written, all its words at once; the sink may refuse it."""
        self._sinks[address] = (sink, words)

    def read(self, function: int, address: int, count: int) -> Words:
        """Read words.

        Raises:
            Refused: Where the device has no such function or address, or not as many words.
        """
        if function != self._reads:
            raise Refused(Refusal.ILLEGAL_FUNCTION)
        wanted = range(address, address + count)
        if count > self._longest_read or any(one not in self._sources for one in wanted):
            raise Refused(Refusal.ILLEGAL_ADDRESS)
        self._heard()
        return tuple(source()[offset] for source, offset in (self._sources[one] for one in wanted))

    def write(self, function: int, address: int, words: Words) -> None:
        """Write words.

        Raises:
            Refused: Where the device has no such function or address, where a value would be
                written in part, or where the device does not take the value.
        """
        if function not in self._writes:
            raise Refused(Refusal.ILLEGAL_FUNCTION)
        orders: list[tuple[Sink, Words]] = []
        while words:
            sink, size = self._sinks.get(address, (None, 0))
            if sink is None or size > len(words):
                raise Refused(Refusal.ILLEGAL_ADDRESS)
            orders.append((sink, words[:size]))
            address, words = address + size, words[size:]
        for sink, value in orders:
            sink(value)
        self._heard()
