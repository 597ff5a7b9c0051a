"""The ways in which a charger made of entities is paused, and how it is told whether it is."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, assert_never, override

from homeassistant.components.button.const import SERVICE_PRESS
from homeassistant.components.select import ATTR_OPTION, SERVICE_SELECT_OPTION
from homeassistant.const import SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_OFF, STATE_ON

from .entities import Entities
from .entity_actions import Actions
from .mapping_model import ActionPause, ButtonPause, Pause, SelectPause, Sources, SwitchPause


class Pausing(Protocol):
    """Pauses a charger; every method raises DriverError."""

    def paused(self) -> bool | None:
        """Whether it is paused, None where nothing tells."""

    async def pause(self) -> None:
        """Pause it, whatever it shows."""

    async def run(self, *, connected: bool) -> None:
        """End a pause; ``connected`` says whether there is a car to start."""


def pausing(pause: Pause, sources: Sources, entities: Entities, actions: Actions) -> Pausing | None:
    """What pauses a charger, None where a limit of 0 does."""
    match pause:
        case None:
            return None
        case SwitchPause(activity=True):
            return _ActivitySwitch(pause, sources[pause.role], entities, actions)
        case SwitchPause():
            return _Switch(pause, sources[pause.role], entities, actions)
        case SelectPause():
            return _Select(pause, sources[pause.role], entities, actions)
        case ButtonPause():
            buttons = sources[pause.pause], sources[pause.run]
            return _Untold(*(partial(actions.on_entity, button, SERVICE_PRESS) for button in buttons))
        case ActionPause():
            return _Untold(partial(actions.call, pause.pause), partial(actions.call, pause.run))
        case _:
            assert_never(pause)


class _Switch:
    """A switch that shows whether it may charge."""

    def __init__(self, pause: SwitchPause, source: str, entities: Entities, actions: Actions) -> None:
        self._on_runs = pause.on_runs
        self._source = source
        self._entities = entities
        self._actions = actions

    def paused(self) -> bool | None:
        state = self._entities.state(self._source)
        runs = {STATE_ON: self._on_runs, STATE_OFF: not self._on_runs}.get(state.state) if state else None
        return None if runs is None else not runs

    async def pause(self) -> None:
        await self._turn(runs=False)

    async def run(self, *, connected: bool) -> None:  # noqa: ARG002 - permission does not depend on a car
        if self.paused() is not False:
            await self._turn(runs=True)

    async def _turn(self, *, runs: bool) -> None:
        await self._actions.on_entity(self._source, SERVICE_TURN_ON if runs == self._on_runs else SERVICE_TURN_OFF)


class _ActivitySwitch(_Switch):
    """A switch that shows whether a car charges: where none does, nobody knows why, unless it was us."""

    def __init__(self, pause: SwitchPause, source: str, entities: Entities, actions: Actions) -> None:
        super().__init__(pause, source, entities, actions)
        self._ours: bool | None = None

    @override
    def paused(self) -> bool | None:
        rests = super().paused()
        return self._ours if rests is not False else False

    @override
    async def pause(self) -> None:
        await super().pause()
        self._ours = True

    @override
    async def run(self, *, connected: bool) -> None:
        if connected and self._entities.state(self._source) is not None and super().paused() is not False:
            await self._turn(runs=True)
        self._ours = False


class _Select:
    """A select with an option that pauses."""

    def __init__(self, pause: SelectPause, source: str, entities: Entities, actions: Actions) -> None:
        self._pause = pause
        self._source = source
        self._entities = entities
        self._actions = actions

    def paused(self) -> bool | None:
        state = self._entities.state(self._source)
        if state is None or state.state not in (self._pause.pause, *self._pause.run):
            return None
        return state.state == self._pause.pause

    async def pause(self) -> None:
        await self._choose(self._pause.pause)

    async def run(self, *, connected: bool) -> None:  # noqa: ARG002 - permission does not depend on a car
        if self.paused() is not False:
            await self._choose(self._pause.run[0])

    async def _choose(self, option: str) -> None:
        await self._actions.on_entity(self._source, SERVICE_SELECT_OPTION, {ATTR_OPTION: option})


class _Untold:
    """Something that nothing shows: known is only what was done last.

    Args:
        pause: Pauses it.
        run: Ends the pause.
    """

    def __init__(self, pause: Callable[[], Awaitable[None]], run: Callable[[], Awaitable[None]]) -> None:
        self._pause = pause
        self._run = run
        self._ours: bool | None = None

    def paused(self) -> bool | None:
        return self._ours

    async def pause(self) -> None:
        await self._pause()
        self._ours = True

    async def run(self, *, connected: bool) -> None:  # noqa: ARG002 - permission does not depend on a car
        if self._ours is not False:
            await self._run()
            self._ours = False
