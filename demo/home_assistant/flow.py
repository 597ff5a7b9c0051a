"""Config flows, filled in as a person would: read the step, answer it."""

import asyncio
from collections.abc import Mapping
from typing import Self

from .client import Client, Json

LONGEST_PROGRESS = 120.0
SITES = "/api/config/config_entries/flow"
PARTS = "/api/config/config_entries/subentries/flow"


class FlowError(Exception):
    """A flow went another way than expected; the text shows its step."""


class Flow:
    """A running flow.

    Args:
        client: Who fills it in.
        path: Of the kind of flow.
        step: As Home Assistant answered.
    """

    def __init__(self, client: Client, path: str, step: Json) -> None:
        self.step = step
        self._client = client
        self._path = path

    @classmethod
    async def of_site(cls, client: Client, domain: str) -> Self:
        """Add an integration."""
        return cls(client, SITES, await client.post(SITES, {"handler": domain}))

    @classmethod
    async def of_part(cls, client: Client, entry_id: str, kind: str) -> Self:
        """Add a part to an entry."""
        return cls(client, PARTS, await client.post(PARTS, {"handler": [entry_id, kind]}))

    async def choose(self, option: str) -> None:
        """Choose from a menu.

        Raises:
            FlowError: Where the step is no menu or has no such option.
        """
        if self.step["type"] != "menu" or option not in self.step["menu_options"]:
            raise FlowError(f"no menu with {option}: {self.step}")
        await self._answer({"next_step_id": option})

    async def fill_in(self, step_id: str, **answers: object) -> None:
        """Send a form, with its suggested values for all fields that are not given.

        Raises:
            FlowError: Where the step is another one, a field does not exist or Home Assistant found an error.
        """
        if self.step["type"] != "form" or self.step["step_id"] != step_id:
            raise FlowError(f"not the form {step_id}: {self.step}")
        fields = self.step["data_schema"] or []
        unknown = answers.keys() - {field["name"] for field in fields}
        if unknown:
            raise FlowError(f"{step_id} has no fields {sorted(unknown)}: {self.step}")
        await self._answer(_merged(_suggested(fields), answers))
        if self.step.get("errors"):
            raise FlowError(f"{step_id}: {self.step['errors']}")

    async def end_progress(self) -> None:
        """Wait for what a progress bar shows.

        Raises:
            FlowError: Where it takes too long.
        """
        try:
            async with asyncio.timeout(LONGEST_PROGRESS):
                while self.step["type"] in ("progress", "progress_done"):
                    await asyncio.sleep(0.3)
                    self.step = await self._client.get(f"{self._path}/{self.step['flow_id']}")
        except TimeoutError:
            raise FlowError(f"no end after {LONGEST_PROGRESS:.0f} s: {self.step}") from None

    def finished(self) -> Json:
        """The result of a flow that has made its entry.

        Raises:
            FlowError: Where it has not.
        """
        if self.step["type"] != "create_entry":
            raise FlowError(f"nothing was made: {self.step}")
        return self.step

    async def _answer(self, answers: dict[str, object]) -> None:
        self.step = await self._client.post(f"{self._path}/{self.step['flow_id']}", answers)


def _suggested(fields: list[Json]) -> dict[str, object]:
    """What the frontend would send if nothing was touched."""
    values: dict[str, object] = {}
    for field in fields:
        description = field.get("description") or {}
        if "suggested_value" in description:
            values[field["name"]] = description["suggested_value"]
        elif "default" in field:
            values[field["name"]] = field["default"]
        elif field.get("type") == "expandable":
            values[field["name"]] = _suggested(field["schema"])
    return values


def _merged(suggested: Mapping[str, object], answers: Mapping[str, object]) -> dict[str, object]:
    """Answers over suggestions, within sections too."""
    merged = {**suggested}
    for name, answer in answers.items():
        below = merged.get(name)
        merged[name] = _merged(below, answer) if isinstance(below, dict) and isinstance(answer, dict) else answer
    return merged
