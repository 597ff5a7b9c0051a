from pathlib import Path
import socket

import pytest

from demo.home_assistant.process import BootError, HomeAssistantProcess


async def test_does_not_start_on_a_port_that_is_taken(socket_enabled: None, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = HomeAssistantProcess(tmp_path, other.getsockname()[1], ())
        with pytest.raises(BootError, match="--port"):
            await process.start()
    await process.stop()
