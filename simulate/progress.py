"""How far a long run is, for the person who waits."""

import sys
from time import monotonic
from typing import TextIO

_TERMINAL_PACE = 0.2
_LOG_PACE = 5.0
"""Seconds between two lines where nobody can rewrite one."""


class Progress:
    """Rewrites one line of a terminal; writes a line every few seconds to anything else.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._pace = _TERMINAL_PACE if self._terminal else _LOG_PACE
        self._shown = monotonic()
        self._open = False

    def tell(self, text: str) -> None:
        """Show where it is, unless that was shown just now."""
        if monotonic() - self._shown < self._pace:
            return
        self._shown = monotonic()
        self._open = self._terminal
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()

    def clear(self) -> None:
        """Leave the line to what is printed next."""
        if self._open:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._open = False
