"""Boxes that answer over HTTP, and drivers that talk to them without waiting long."""

from collections.abc import AsyncGenerator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import ChargerDriver
from custom_components.ev_charger_pool.drivers.network.model import Place, Shared
from custom_components.ev_charger_pool.drivers.network.models import network_chargers

from ..conftest import IMPATIENT
from .boxes import CASES, Case
from .http_box import HttpBox


@dataclass
class Charger:
    """A box that runs and what it knows."""

    id: str
    case: Case
    says: dict[str, Any]
    box: HttpBox

    def driver(self, session: aiohttp.ClientSession, **place: Any) -> ChargerDriver:
        """A driver for it."""
        where = Place(**{"host": "127.0.0.1", "port": self.box.port, "timeout": IMPATIENT} | place)
        return network_chargers()[self.id].factory(Shared(session=session), where)


def charger_box(model: str) -> Charger:
    """A box of a model that does not run yet."""
    case = CASES[model]
    says = deepcopy(case.says)
    return Charger(model, case, says, HttpBox(lambda asked: case.answers(says, asked)))


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def charger(socket_enabled: None, request: pytest.FixtureRequest) -> AsyncGenerator[Charger]:
    """The box of this case, parametrised by the id of the model."""
    charger = charger_box(request.param)
    async with charger.box:
        yield charger
