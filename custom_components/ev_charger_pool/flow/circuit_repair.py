"""Repair: the circuit of what hangs on one that was deleted."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlowResult
import voluptuous as vol

from ..const import CONF_CIRCUIT, CONF_FUSE, CONF_GRID, CONF_PARENT, CONF_WIRING, SUBENTRY_CHARGER
from ..pool.model import Grid
from .charger_form import check_wiring
from .existing import check_place, circuit_fuse, circuit_names
from .forms import FormError, circuit_choice
from .part_repair import PartRepair


class CircuitRepair(PartRepair):
    """Asks for another circuit for a charger or a circuit."""

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the only question."""
        return await self.async_step_circuit()

    async def async_step_circuit(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Choose the circuit."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._check(user_input)
            except FormError as err:
                errors[CONF_CIRCUIT] = err.key
            else:
                field = CONF_CIRCUIT if self._is_charger else CONF_PARENT
                return self._async_mended(**{field: user_input[CONF_CIRCUIT]})
        circuits = {key: name for key, name in circuit_names(self.entry).items() if key != self.subentry_id}
        schema = vol.Schema(circuit_choice(CONF_CIRCUIT, circuits, is_gone=True))
        return self.async_show_form(
            step_id="circuit",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    @property
    def _is_charger(self) -> bool:
        return self.subentry.subentry_type == SUBENTRY_CHARGER

    def _check(self, user_input: Mapping[str, Any]) -> None:
        circuit = user_input.get(CONF_CIRCUIT)
        if self._is_charger:
            fuse = circuit_fuse(self.entry, circuit, CONF_CIRCUIT)
            check_wiring(self.saved[CONF_WIRING], Grid(self.entry.data[CONF_GRID]), fuse, CONF_CIRCUIT)
        else:
            check_place(self.entry, self.subentry_id, circuit, self.saved[CONF_FUSE])
