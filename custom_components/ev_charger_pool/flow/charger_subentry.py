"""Subentry flow: a charger that Home Assistant has, found on the network, named by its address or made of entities."""

from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, SubentryFlowContext, SubentryFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME
from homeassistant.data_entry_flow import AbortFlow

from ..const import (
    CONF_CAR_MINIMUM,
    CONF_CIRCUIT,
    CONF_DRIVER,
    CONF_FALL_BACK,
    CONF_FUSE,
    CONF_GRID,
    CONF_KIND,
    CONF_LIMIT,
    CONF_MAPPING,
    CONF_MAXIMUM,
    CONF_PHASE_SWITCHING,
    CONF_WIRING,
    KIND_ENTITIES,
    KIND_MAPPING,
    KIND_MODBUS,
    KIND_NETWORK,
)
from ..devices import async_charger_driver, async_charger_mappings
from ..entry_data import ChargerDriverData, EntityChargerData, FallBackData, MappedChargerData
from ..pool.model import Capability, Grid
from ..site import installed
from .address_steps import AddressSteps
from .charger_form import (
    charger_data,
    charger_name,
    check_details,
    details_schema,
)
from .entity_charger_form import (
    EntityChoice,
    choose_entities,
    entities_schema,
    entity_charger,
    entity_charger_name,
    states_schema,
    suggest_entities,
    suggest_states,
)
from .existing import circuit_fuse, circuit_names, find_charger, is_gone
from .fall_back_steps import FallBackSteps, async_about
from .forms import FormError
from .probing import async_probe_charger
from .recognised import suggest_roles
from .search_steps import SearchSteps


class ChargerSubentryFlow(
    FallBackSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], SearchSteps, AddressSteps
):
    """Add a charger or change one."""

    _driver: ChargerDriverData
    _unique_id: str | None
    _name: str
    _capability: Capability
    _chosen: EntityChoice
    _details: dict[str, Any]

    async def async_step_user(self, _: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Choose how the charger is reached."""
        ways = ["search", "host", "entities"]
        if await self._async_any_recognised():
            ways.insert(0, "recognised")
        return self.async_show_menu(step_id="user", menu_options=ways)

    async def async_step_reconfigure(self, _: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Choose what to change: neither needs the other, so a charger that is off can still be moved."""
        ways = {
            KIND_MODBUS: ["host"],
            KIND_NETWORK: ["host"],
            KIND_ENTITIES: ["entities"],
            KIND_MAPPING: ["recognised", "entities"],
        }
        return self.async_show_menu(
            step_id="reconfigure", menu_options=["details", *ways[self._known_driver[CONF_KIND]]]
        )

    @override
    async def async_step_entities(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The entities of a charger that Home Assistant knows already, but whose integration we do not."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                self._chosen = choose_entities(self.hass, user_input)
            except FormError as err:
                shown = err.shown
            else:
                return await self.async_step_entity_states()
        suggested = user_input or self._suggested or await self._async_suggested_entities()
        return self.async_show_form(
            step_id="entities", data_schema=self.add_suggested_values_to_schema(entities_schema(), suggested), **shown
        )

    async def async_step_entity_states(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """What the words of the state mean and which currents the limit takes."""
        shown: dict[str, Any] = {}
        if user_input is not None:
            try:
                return await self._async_try(entity_charger(self.hass, self._chosen, user_input))
            except FormError as err:
                shown = err.shown
        schema = states_schema(self.hass, self._chosen)
        suggested = user_input or suggest_states(self.hass, self._chosen, self._known_entities)
        return self.async_show_form(
            step_id="entity_states", data_schema=self.add_suggested_values_to_schema(schema, suggested), **shown
        )

    async def async_step_details(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The charger's place in the house."""
        entry = self._get_entry()
        grid = Grid(entry.data[CONF_GRID])
        if self.source == SOURCE_RECONFIGURE:
            await self._async_take_known()
        errors: dict[str, str] = {}
        about = await async_about(self.hass, self._driver, self._capability)
        placeholders = {CONF_NAME: self._name, "about": about}
        if user_input is not None:
            try:
                fuse = circuit_fuse(entry, user_input.get(CONF_CIRCUIT), CONF_CIRCUIT)
                check_details(user_input, grid, fuse, self._capability)
            except FormError as err:
                errors[err.field] = err.key
                placeholders |= err.placeholders
            else:
                self._details = user_input
                return await self._async_ask_fall_back(
                    installed(self._capability, user_input),
                    user_input[CONF_NAME],
                    self._saved_fall_back,
                    is_new=self.source != SOURCE_RECONFIGURE,
                )
        schema = details_schema(
            grid,
            entry.data[CONF_FUSE],
            circuit_names(entry),
            self._capability,
            self._name,
            circuit_is_gone=self._circuit_is_gone,
            phase_switching=self._switches_phases,
        )
        return self.async_show_form(
            step_id="details",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self._known_details()),
            errors=errors,
            description_placeholders=placeholders,
        )

    @property
    def _known_driver(self) -> ChargerDriverData:
        driver: ChargerDriverData = self._get_reconfigure_subentry().data[CONF_DRIVER]
        return driver

    async def _async_suggested_entities(self) -> dict[str, str] | None:
        """The entities of a charger that is being changed."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        driver = self._known_driver
        if driver[CONF_KIND] == KIND_MAPPING:
            mappings = await async_charger_mappings(self.hass)
            return suggest_roles(self.hass, mappings[driver[CONF_MAPPING]], driver["entities"])
        return suggest_entities(self.hass, driver) if driver[CONF_KIND] == KIND_ENTITIES else None

    @property
    def _known_entities(self) -> EntityChargerData | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        driver = self._known_driver
        return driver if driver[CONF_KIND] == KIND_ENTITIES else None

    @property
    def _circuit_is_gone(self) -> bool:
        return self.source == SOURCE_RECONFIGURE and is_gone(
            self._get_entry(), self._get_reconfigure_subentry().data[CONF_CIRCUIT]
        )

    @property
    def _switches_phases(self) -> bool:
        """Whether its phases can be switched, as far as it has told while it runs; what was chosen before stays."""
        if self.source != SOURCE_RECONFIGURE:
            return self._capability.phase_switch
        return self._capability.phase_switch or CONF_PHASE_SWITCHING in self._get_reconfigure_subentry().data

    @property
    def _saved_fall_back(self) -> FallBackData | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        saved: FallBackData | None = self._get_reconfigure_subentry().data.get(CONF_FALL_BACK)
        return saved

    async def _async_take_known(self) -> None:
        """Take the charger as it was set up, and what it has told while it runs, without a connection to it."""
        charger = self._get_reconfigure_subentry()
        self._driver = charger.data[CONF_DRIVER]
        self._unique_id = charger.unique_id
        self._name = charger.title
        driver = await async_charger_driver(self.hass, self._driver)
        self._capability = driver.capability
        await driver.close()
        entry = self._get_entry()
        chargers = entry.runtime_data.chargers if entry.state is ConfigEntryState.LOADED else {}
        if (running := chargers.get(charger.subentry_id)) is not None:
            self._capability = running.driver.capability

    def _known_details(self) -> dict[str, Any] | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        known = self._get_reconfigure_subentry().data
        fields = [CONF_CIRCUIT, CONF_WIRING, CONF_MAXIMUM, CONF_CAR_MINIMUM, CONF_PHASE_SWITCHING]
        if self._circuit_is_gone:
            fields.remove(CONF_CIRCUIT)
        return {field: known[field] for field in fields if field in known}

    @override
    async def _async_try(self, driver: ChargerDriverData) -> SubentryFlowResult:
        """Ask the charger once, then save the way to it or go on with its place.

        Raises:
            FormError: Where it does not answer or is another one than before.
            AbortFlow: Where a site has it already.
        """
        identity, capability = await async_probe_charger(self.hass, driver)
        if driver[CONF_KIND] == KIND_ENTITIES:
            name = entity_charger_name(self.hass, driver[CONF_LIMIT])
            return await self._async_take(driver, capability, driver[CONF_LIMIT], name)
        if self.source == SOURCE_RECONFIGURE and identity.unique_id != self._get_reconfigure_subentry().unique_id:
            raise FormError("wrong_device", CONF_HOST)
        return await self._async_take(driver, capability, identity.unique_id, charger_name(identity))

    @override
    async def _async_accept(self, driver: MappedChargerData, unique_id: str, name: str) -> SubentryFlowResult:
        _, capability = await async_probe_charger(self.hass, driver)
        return await self._async_take(driver, capability, unique_id, name)

    async def _async_take(
        self, driver: ChargerDriverData, capability: Capability, unique_id: str | None, name: str
    ) -> SubentryFlowResult:
        known = find_charger(self.hass, unique_id, driver)
        if self.source == SOURCE_RECONFIGURE:
            charger = self._get_reconfigure_subentry()
            if known is not None and known[1].subentry_id != charger.subentry_id:
                raise AbortFlow("already_configured", {CONF_NAME: known[0].title})
            return self.async_update_and_abort(
                self._get_entry(), charger, unique_id=unique_id, data_updates={CONF_DRIVER: driver}
            )
        if known is not None:
            raise AbortFlow("already_configured", {CONF_NAME: known[0].title})
        self._driver = driver
        self._unique_id = unique_id
        self._capability = capability
        self._name = name
        return await self.async_step_details()

    @override
    async def _async_fall_back_chosen(self, fall_back: FallBackData | None) -> SubentryFlowResult:
        user_input = self._details
        data = charger_data(user_input, self._driver, fall_back)
        if self.source == SOURCE_RECONFIGURE:
            charger = self._get_reconfigure_subentry()
            return self.async_update_and_abort(self._get_entry(), charger, title=user_input[CONF_NAME], data=data)
        if (known := find_charger(self.hass, self._unique_id, self._driver)) is not None:
            return self.async_abort(reason="already_configured", description_placeholders={CONF_NAME: known[0].title})
        return self.async_create_entry(title=user_input[CONF_NAME], data=data, unique_id=self._unique_id)
