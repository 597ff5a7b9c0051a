"""The house of the demo as a site of the integration, made by the integration's own flows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ..house import ABB, ALFEN, CHARGERS, FUSE, INSTALLED, KEBA, METER
from .client import Client, Json
from .flow import Flow, FlowError

DOMAIN = "ev_charger_pool"
HOST = "127.0.0.1"
FIRST_ANSWERS = 60.0
METER_PROFILE = "eastron_sdm630"
RAISE_HOLD, RAISE_WINDOW = 20, 30
"""Shorter than a house would have them, so that nobody has to wait long to see limits come back, s."""


@dataclass(frozen=True, slots=True)
class Place:
    """How a charger of the demo is called and wired."""

    name: str
    wiring: str


PLACES = {
    ALFEN: Place("Carport", "l1_l2_l3"),
    ABB: Place("Garage", "l1"),
    KEBA: Place("Guest", "l2"),
}


class Site:
    """The site in Home Assistant and its entities.

    Args:
        client: Who looks at it.
        entities: Entity id by owner, the name of the charger or ``OWN``, and key.
    """

    OWN = "site"

    def __init__(self, client: Client, entities: Mapping[tuple[str, str], str]) -> None:
        self.entities = entities
        self._client = client

    @classmethod
    async def make(cls, client: Client, ports: Mapping[str, int]) -> Self:
        """Fill in the flows: the site with its meter, then each charger from a search of the network.

        Raises:
            FlowError: Where a flow goes another way.
            TimeoutError: Where a charger does not answer.
        """
        flow = await Flow.of_site(client, DOMAIN)
        fuses = {f"fuse_l{line}": FUSE for line in (1, 2, 3)}
        patience = {"raise_hold": RAISE_HOLD, "raise_window": RAISE_WINDOW}
        await flow.fill_in("user", name="Demo house", grid="tn", meter="modbus", advanced=patience, **fuses)
        await flow.fill_in("meter_modbus", profile=METER_PROFILE, host=HOST, port=ports[METER])
        await flow.fill_in("confirm")
        entry_id = flow.finished()["result"]["entry_id"]
        for name in CHARGERS:
            await cls._add_charger(client, entry_id, name, ports)
        return await cls._once_all_chargers_told(client)

    @classmethod
    async def find(cls, client: Client) -> Self:
        """Look up the entities of a site that is there already; their unique ids are owner and key."""
        keys = {place.name: key for key, place in PLACES.items()}
        owners: dict[str, str] = {}
        for entry in await client.command("config_entries/get", domain=DOMAIN):
            owners[entry["entry_id"]] = cls.OWN
            for subentry in await client.command("config_entries/subentries/list", entry_id=entry["entry_id"]):
                owners[subentry["subentry_id"]] = keys.get(subentry["title"], subentry["title"])
        entities: dict[tuple[str, str], str] = {}
        for entity in await client.command("config/entity_registry/list"):
            if entity["platform"] == DOMAIN:
                owner, _, key = entity["unique_id"].partition("_")
                entities[owners[owner], key] = entity["entity_id"]
        return cls(client, entities)

    @classmethod
    async def _once_all_chargers_told(cls, client: Client) -> Self:
        """Some entities come with the first answer of their charger."""
        async with asyncio.timeout(FIRST_ANSWERS):
            while True:
                site = await cls.find(client)
                if all((name, "current_l1") in site.entities for name in CHARGERS):
                    return site
                await asyncio.sleep(1)

    async def state(self, owner: str, key: str) -> Json:
        """State and attributes of an entity."""
        return await self._client.get(f"/api/states/{self.entities[owner, key]}")

    async def reasons(self) -> dict[str, str]:
        """Why each charger stands where it stands, as Home Assistant shows it."""
        return {name: (await self.state(name, "reason"))["state"] for name in CHARGERS}

    async def switch_control(self, *, on: bool) -> None:
        """Let the pool write, or not."""
        action = "switch.turn_on" if on else "switch.turn_off"
        await self._client.call_action(action, entity_id=self.entities[self.OWN, "control"])

    @staticmethod
    async def _add_charger(client: Client, entry_id: str, name: str, ports: Mapping[str, int]) -> None:
        flow = await Flow.of_part(client, entry_id, "charger")
        await flow.choose("search")
        searched = ", ".join(str(ports[charger]) for charger in CHARGERS)
        await flow.fill_in("search", addresses=HOST, ports=searched)
        await flow.end_progress()
        await flow.fill_in("found", found=_found(flow.step, ports[name]))
        place = PLACES[name]
        await flow.fill_in("details", name=place.name, wiring=place.wiring, maximum=INSTALLED)
        if flow.step.get("step_id") == "fall_back":
            await flow.fill_in("fall_back")
        flow.finished()


def _found(step: Json, port: int) -> str:
    options = [option for field in step.get("data_schema") or [] for option in field["selector"]["select"]["options"]]
    for option in options:
        if f"{HOST}:{port}" in option["label"]:
            return str(option["value"])
    raise FlowError(f"the search has not found port {port}: {step}")
