"""Meters and chargers made of entities, in a Home Assistant with states and actions."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed_exact,
    async_mock_service,
)

from custom_components.ev_charger_pool.drivers import entities, entity_actions
from custom_components.ev_charger_pool.drivers.entities import EntityMissing
from custom_components.ev_charger_pool.drivers.entity_charger import chosen_charger
from custom_components.ev_charger_pool.drivers.entity_meter import PHASE_LAG, EntityMeter
from custom_components.ev_charger_pool.drivers.interface import (
    BadAnswer,
    CannotConnect,
    ChargerDriver,
    Identity,
    MeterDriver,
)
from custom_components.ev_charger_pool.pool.model import VehicleState
from tests.houses import add_entity, show

CURRENTS = [f"sensor.current_{line}" for line in (1, 2, 3)]
POWERS = [f"sensor.power_{line}" for line in (1, 2, 3)]
VOLTAGES = [f"sensor.voltage_{line}" for line in (1, 2, 3)]


def show_all(hass: HomeAssistant, entity_ids: list[str], states: list[str], unit: str) -> None:
    for entity_id, state in zip(entity_ids, states, strict=True):
        show(hass, entity_id, state, unit)


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds of one sample, more than a test takes: only ``pass_time`` ends it."""
    monkeypatch.setattr(entities, "SAMPLE_SPREAD", 60.0)
    return 60.0


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    async_fire_time_changed_exact(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


class TestMeter:
    async def test_currents(self, hass: HomeAssistant) -> None:
        show_all(hass, CURRENTS, ["1.5", "-2.25", "0"], "A")
        values = await EntityMeter(hass, currents=CURRENTS).read()
        assert values.amperes == (1.5, -2.25, 0.0)
        assert values.watts == (None, None, None)

    async def test_milliamperes(self, hass: HomeAssistant) -> None:
        show_all(hass, CURRENTS, ["1500", "250", "0"], "mA")
        assert (await EntityMeter(hass, currents=CURRENTS).read()).amperes == pytest.approx((1.5, 0.25, 0.0))

    async def test_powers_and_voltages(self, hass: HomeAssistant) -> None:
        show_all(hass, POWERS, ["2.3", "-1.15", "0"], "kW")
        show_all(hass, VOLTAGES, ["230", "230", "231.5"], "V")
        values = await EntityMeter(hass, powers=POWERS, voltages=VOLTAGES).read()
        assert values.amperes == pytest.approx((10.0, -5.0, 0.0))
        assert values.watts == pytest.approx((2300.0, -1150.0, 0.0))

    async def test_the_power_gives_the_direction(self, hass: HomeAssistant) -> None:
        show_all(hass, CURRENTS, ["10", "5", "-3"], "A")
        show_all(hass, POWERS, ["2300", "-1100", "600"], "W")
        values = await EntityMeter(hass, currents=CURRENTS, powers=POWERS).read()
        assert values.amperes == (10.0, -5.0, 3.0)
        assert values.watts == (2300.0, -1100.0, 600.0)

    async def test_without_power_the_magnitude_counts_as_load(self, hass: HomeAssistant) -> None:
        show_all(hass, CURRENTS, ["10", "5", "3"], "A")
        show_all(hass, POWERS, ["-2300", "unknown", "unavailable"], "W")
        values = await EntityMeter(hass, currents=CURRENTS, powers=POWERS).read()
        assert values.amperes == (-10.0, 5.0, 3.0)
        assert values.watts == (-2300.0, None, None)

    @pytest.mark.parametrize(
        "state", ["unavailable", "unknown", "", "nan", "sNaN", "inf", "-inf", "1e999", "12 A", "on"]
    )
    async def test_a_state_that_is_no_number_is_missing(self, hass: HomeAssistant, state: str) -> None:
        show_all(hass, CURRENTS, ["1", state, "3"], "A")
        assert (await EntityMeter(hass, currents=CURRENTS).read()).amperes == (1.0, None, 3.0)

    @pytest.mark.parametrize("unit", [None, "W", "%"])
    async def test_another_unit_is_missing(self, hass: HomeAssistant, unit: str | None) -> None:
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        show(hass, CURRENTS[1], "2", unit)
        assert (await EntityMeter(hass, currents=CURRENTS).read()).amperes == (1.0, None, 3.0)

    @pytest.mark.parametrize(
        ("power", "voltage"), [("unknown", "230"), ("100", "unknown"), ("100", "0"), ("100", "12")]
    )
    async def test_no_current_without_power_and_mains_voltage(
        self, hass: HomeAssistant, power: str, voltage: str
    ) -> None:
        show(hass, "sensor.power", power, "W")
        show(hass, "sensor.voltage", voltage, "V")
        meter = EntityMeter(hass, powers=["sensor.power"], voltages=["sensor.voltage"])
        assert (await meter.read()).amperes == (None, None, None)

    async def test_lines_that_are_not_there(self, hass: HomeAssistant) -> None:
        show(hass, CURRENTS[1], "2", "A")
        values = await EntityMeter(hass, currents=[None, CURRENTS[1], None]).read()
        assert values.amperes == (None, 2.0, None)

    async def test_all_unavailable_is_no_answer(self, hass: HomeAssistant) -> None:
        show_all(hass, CURRENTS[:2], ["unavailable", "unavailable"], "A")
        with pytest.raises(CannotConnect, match=CURRENTS[0]):
            await EntityMeter(hass, currents=CURRENTS).read()

    async def test_the_resolution_is_the_finest_digit_seen(self, hass: HomeAssistant) -> None:
        meter = EntityMeter(hass, currents=CURRENTS[:1])
        for state, resolution in (("10", 1.0), ("10.0", 1.0), ("10.25", 0.01), ("11", 0.01), ("9.5", 0.01)):
            show(hass, CURRENTS[0], state, "A")
            assert (await meter.read()).resolution == pytest.approx(resolution)

    async def test_the_resolution_of_powers_in_amperes(self, hass: HomeAssistant) -> None:
        show(hass, "sensor.power", "1.23", "kW")
        show(hass, "sensor.voltage", "200", "V")
        meter = EntityMeter(hass, powers=["sensor.power"], voltages=["sensor.voltage"])
        assert (await meter.read()).resolution == pytest.approx(0.05)

    async def test_the_age_counts_from_the_last_report(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory
    ) -> None:
        meter = EntityMeter(hass, currents=CURRENTS)
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        freezer.tick(20)
        assert (await meter.read()).age == pytest.approx(20)
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        freezer.tick(3)
        assert (await meter.read()).age == pytest.approx(3)

    async def test_the_age_is_that_of_the_oldest_value(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory
    ) -> None:
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        show_all(hass, POWERS, ["1", "2", "3"], "W")
        freezer.tick(7)
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        assert (await EntityMeter(hass, currents=CURRENTS, powers=POWERS).read()).age == pytest.approx(7)

    async def test_a_phase_that_falls_silent_is_missing_alone(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory
    ) -> None:
        meter = EntityMeter(hass, currents=CURRENTS)
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        freezer.tick(PHASE_LAG + 1)
        show_all(hass, [CURRENTS[0], CURRENTS[2]], ["1", "3"], "A")
        values = await meter.read()
        assert values.amperes == (1.0, None, 3.0)
        assert values.age == 0.0

    async def test_a_clock_that_was_set_back_makes_nothing_younger_than_now(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory
    ) -> None:
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        freezer.tick(-3600)
        assert (await EntityMeter(hass, currents=CURRENTS).read()).age == 0.0

    async def test_a_renamed_sensor_is_still_read(self, hass: HomeAssistant) -> None:
        source = add_entity(hass, "sensor.old", "1", "A")
        meter = EntityMeter(hass, currents=[source])
        hass.states.async_remove("sensor.old")
        er.async_get(hass).async_update_entity("sensor.old", new_entity_id="sensor.new")
        show(hass, "sensor.new", "2", "A")
        assert (await meter.read()).amperes == (2.0, None, None)

    async def test_a_removed_sensor_is_named(self, hass: HomeAssistant) -> None:
        sources = [add_entity(hass, entity_id, "1", "A") for entity_id in CURRENTS]
        er.async_get(hass).async_remove(CURRENTS[1])
        with pytest.raises(EntityMissing, match=CURRENTS[1]):
            await EntityMeter(hass, currents=sources).read()

    async def test_a_sensor_that_never_was_is_named_by_its_id(self, hass: HomeAssistant) -> None:
        with pytest.raises(EntityMissing, match="0123456789abcdef"):
            await EntityMeter(hass, currents=["0123456789abcdef"]).identify()

    async def test_who_it_is(self, hass: HomeAssistant) -> None:
        owner = MockConfigEntry(domain="elsewhere")
        owner.add_to_hass(hass)
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=owner.entry_id, identifiers={("elsewhere", "meter")}, manufacturer="Maker", model="P1"
        )
        bare = dr.async_get(hass).async_get_or_create(
            config_entry_id=owner.entry_id, identifiers={("elsewhere", "bare")}
        )
        registry = er.async_get(hass)
        source = add_entity(hass, "sensor.with_device", "1", "A")
        registry.async_update_entity("sensor.with_device", device_id=device.id)
        assert await EntityMeter(hass, currents=[source]).identify() == Identity(manufacturer="Maker", model="P1")
        registry.async_update_entity("sensor.with_device", device_id=bare.id)
        unnamed = Identity(manufacturer="elsewhere", model="sensor.with_device")
        assert await EntityMeter(hass, currents=[source]).identify() == unnamed
        registry.async_update_entity("sensor.with_device", device_id=None)
        assert await EntityMeter(hass, currents=[source]).identify() == unnamed
        yaml = Identity(manufacturer="Home Assistant", model="sensor.yaml")
        assert await EntityMeter(hass, currents=["sensor.yaml"]).identify() == yaml

    async def test_it_is_a_meter(self, hass: HomeAssistant) -> None:
        meter: MeterDriver = EntityMeter(hass, currents=CURRENTS)
        assert meter.poll_interval == 5.0
        await meter.close()


class TestNews:
    def test_one_sample_takes_as_long_as_sensors_of_one_device_need(self) -> None:
        assert entities.SAMPLE_SPREAD == 0.2

    async def test_values_of_one_sample_are_one_call(self, hass: HomeAssistant, spread: float) -> None:
        calls: list[int] = []
        stop = EntityMeter(hass, currents=CURRENTS).subscribe(lambda: calls.append(len(hass.states.async_all())))
        show_all(hass, CURRENTS[:2], ["1", "2"], "A")
        await pass_time(hass, spread / 2)
        assert not calls
        show(hass, CURRENTS[2], "3", "A")
        await pass_time(hass, spread + 1)
        assert calls == [3]
        stop()

    async def test_unchanged_values_are_news(self, hass: HomeAssistant, spread: float) -> None:
        calls: list[None] = []
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        await hass.async_block_till_done()
        stop = EntityMeter(hass, currents=CURRENTS).subscribe(lambda: calls.append(None))
        show_all(hass, CURRENTS, ["1", "2", "3"], "A")
        await pass_time(hass, spread + 1)
        assert len(calls) == 1
        show(hass, CURRENTS[0], "1", "A")
        await pass_time(hass, spread + 1)
        assert len(calls) == 2
        stop()

    async def test_it_follows_a_renamed_entity(self, hass: HomeAssistant, spread: float) -> None:
        calls: list[None] = []
        source = add_entity(hass, "sensor.old", "1", "A")
        stop = EntityMeter(hass, currents=[source]).subscribe(lambda: calls.append(None))
        hass.states.async_remove("sensor.old")
        await pass_time(hass, spread + 1)
        calls.clear()
        er.async_get(hass).async_update_entity("sensor.old", new_entity_id="sensor.new")
        await hass.async_block_till_done()
        assert len(calls) == 1
        show(hass, "sensor.new", "2", "A")
        await pass_time(hass, spread + 1)
        assert len(calls) == 2
        stop()

    async def test_a_removed_entity_is_news_at_once(self, hass: HomeAssistant) -> None:
        calls: list[None] = []
        sources = [add_entity(hass, entity_id, "1", "A") for entity_id in CURRENTS]
        stop = EntityMeter(hass, currents=sources).subscribe(lambda: calls.append(None))
        er.async_get(hass).async_remove(CURRENTS[0])
        await hass.async_block_till_done()
        assert calls
        stop()

    @pytest.mark.parametrize("pending", [False, True])
    async def test_after_its_end_nothing_is_called(self, hass: HomeAssistant, spread: float, pending: bool) -> None:
        calls: list[None] = []
        stop = EntityMeter(hass, currents=CURRENTS).subscribe(lambda: calls.append(None))
        if pending:
            show(hass, CURRENTS[0], "1", "A")
            await hass.async_block_till_done()
        stop()
        show(hass, CURRENTS[0], "2", "A")
        await pass_time(hass, spread + 1)
        assert not calls


LIMIT, STATE, PAUSE = "number.limit", "sensor.state", "switch.charge"


@pytest.fixture
def box(hass: HomeAssistant) -> dict[str, Any]:
    """The arguments of a charger whose entities have states."""
    show(hass, STATE, "charging")
    show(hass, LIMIT, "16", "A")
    return {
        "state": STATE,
        "state_map": {"free": "A", "plugged": "B", "charging": "C", "faulted": "E"},
        "limit": LIMIT,
        "minimum": 6.0,
        "maximum": 32.0,
        "step": 0.5,
    }


@pytest.fixture
def actions(hass: HomeAssistant) -> list[ServiceCall]:
    """The actions that are called, in their order."""
    calls: list[ServiceCall] = []
    for domain, action in (("number", "set_value"), ("switch", "turn_on"), ("switch", "turn_off")):
        hass.services.async_register(domain, action, calls.append)
    return calls


def called(actions: list[ServiceCall]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{call.domain}.{call.service}", dict(call.data)) for call in actions]


SET_16 = ("number.set_value", {"entity_id": LIMIT, "value": 16.0})
ON, OFF = ("switch.turn_on", {"entity_id": PAUSE}), ("switch.turn_off", {"entity_id": PAUSE})


class TestCharger:
    @pytest.mark.parametrize(
        ("word", "state"),
        [
            ("free", VehicleState.A),
            ("plugged", VehicleState.B),
            ("charging", VehicleState.C),
            ("faulted", VehicleState.E),
            ("mystery", None),
            ("unavailable", None),
            ("unknown", None),
        ],
    )
    async def test_its_state(
        self, hass: HomeAssistant, box: dict[str, Any], word: str, state: VehicleState | None
    ) -> None:
        show(hass, STATE, word)
        assert (await chosen_charger(hass, **box).read()).state is state

    async def test_its_currents(self, hass: HomeAssistant, box: dict[str, Any]) -> None:
        show_all(hass, CURRENTS[:2], ["15.9", "unknown"], "A")
        charger = chosen_charger(hass, **box, currents=CURRENTS[:2])
        assert (await charger.read()).amperes == (15.9, None, None)
        assert (charger.capability.phases, charger.capability.measures) == (2, True)

    async def test_what_it_can_do(self, hass: HomeAssistant, box: dict[str, Any]) -> None:
        charger: ChargerDriver = chosen_charger(hass, **box)
        told = charger.capability
        assert (told.minimum, told.maximum, told.step, told.phases, told.measures) == (6.0, 32.0, 0.5, 3, False)
        assert told.fall_back is None
        assert not told.stored
        assert await charger.identify() == Identity(manufacturer="Home Assistant", model=LIMIT)
        await charger.close()

    @pytest.mark.parametrize(
        ("limit", "unit", "switch", "read_back"),
        [
            ("16", "A", None, 16.0),
            ("16", "A", "on", 16.0),
            ("16", "A", "off", 0.0),
            ("16", "A", "unknown", None),
            ("16", "A", "unavailable", None),
            ("unknown", "A", None, None),
            ("unavailable", "A", "off", 0.0),
            ("3000", "W", None, None),
        ],
    )
    async def test_its_limit(
        self,
        hass: HomeAssistant,
        box: dict[str, Any],
        limit: str,
        unit: str,
        switch: str | None,
        read_back: float | None,
    ) -> None:
        show(hass, LIMIT, limit, unit)
        if switch is not None:
            show(hass, PAUSE, switch)
        charger = chosen_charger(hass, **box, pause=PAUSE if switch else None)
        assert (await charger.read()).limit == read_back

    async def test_all_unavailable_is_no_answer(self, hass: HomeAssistant, box: dict[str, Any]) -> None:
        show(hass, STATE, "unavailable")
        show(hass, LIMIT, "unavailable")
        with pytest.raises(CannotConnect, match=LIMIT):
            await chosen_charger(hass, **box).read()

    @pytest.mark.parametrize("gone", [STATE, LIMIT, PAUSE])
    async def test_a_removed_entity_is_named(self, hass: HomeAssistant, box: dict[str, Any], gone: str) -> None:
        sources = {}
        for entity_id in (STATE, LIMIT, PAUSE):
            hass.states.async_remove(entity_id)
            sources[entity_id] = add_entity(hass, entity_id, "on")
        er.async_get(hass).async_remove(gone)
        charger = chosen_charger(hass, **box | {"state": sources[STATE], "limit": sources[LIMIT]}, pause=sources[PAUSE])
        with pytest.raises(EntityMissing, match=gone):
            await charger.read()

    async def test_it_tells_of_news(self, hass: HomeAssistant, box: dict[str, Any], spread: float) -> None:
        calls: list[None] = []
        stop = chosen_charger(hass, **box, pause=PAUSE).subscribe(lambda: calls.append(None))
        show(hass, PAUSE, "off")
        await pass_time(hass, spread + 1)
        assert len(calls) == 1
        stop()

    @pytest.mark.parametrize(
        ("switch", "amperes", "expected"),
        [
            (None, 16.0, [SET_16]),
            (None, 16.4, [SET_16]),
            (None, 0.0, [("number.set_value", {"entity_id": LIMIT, "value": 0.0})]),
            ("on", 16.0, [SET_16]),
            ("off", 16.0, [SET_16, ON]),
            ("unknown", 16.0, [SET_16, ON]),
            ("on", 0.0, [OFF]),
            ("off", 0.0, [OFF]),
        ],
    )
    async def test_writing_the_limit(
        self,
        hass: HomeAssistant,
        box: dict[str, Any],
        actions: list[ServiceCall],
        switch: str | None,
        amperes: float,
        expected: list[tuple[str, dict[str, Any]]],
    ) -> None:
        if switch is not None:
            show(hass, PAUSE, switch)
        await chosen_charger(hass, **box, pause=PAUSE if switch else None).write_limit(amperes)
        assert called(actions) == expected

    async def test_helpers_are_written_by_their_own_actions(self, hass: HomeAssistant, box: dict[str, Any]) -> None:
        numbers = async_mock_service(hass, "input_number", "set_value")
        switches = async_mock_service(hass, "input_boolean", "turn_on")
        show(hass, "input_number.limit", "10", "A")
        show(hass, "input_boolean.charge", "off")
        charger = chosen_charger(hass, **box | {"limit": "input_number.limit"}, pause="input_boolean.charge")
        await charger.write_limit(16.0)
        assert called([*numbers, *switches]) == [
            ("input_number.set_value", {"entity_id": "input_number.limit", "value": 16.0}),
            ("input_boolean.turn_on", {"entity_id": "input_boolean.charge"}),
        ]

    @pytest.mark.parametrize("amperes", [-1.0, 5.5, 32.5, float("nan")])
    async def test_a_limit_that_it_cannot_have(
        self, hass: HomeAssistant, box: dict[str, Any], actions: list[ServiceCall], amperes: float
    ) -> None:
        with pytest.raises(ValueError, match="A is neither 0 nor from"):
            await chosen_charger(hass, **box).write_limit(amperes)
        assert not actions

    @pytest.mark.parametrize(("away", "amperes"), [(LIMIT, 16.0), (PAUSE, 0.0), (PAUSE, 16.0)])
    async def test_an_unavailable_entity_is_not_written(
        self, hass: HomeAssistant, box: dict[str, Any], actions: list[ServiceCall], away: str, amperes: float
    ) -> None:
        show(hass, PAUSE, "off")
        show(hass, away, "unavailable")
        with pytest.raises(CannotConnect, match=away):
            await chosen_charger(hass, **box, pause=PAUSE).write_limit(amperes)

    async def test_a_number_that_is_no_longer_in_amperes_is_not_written(
        self, hass: HomeAssistant, box: dict[str, Any], actions: list[ServiceCall]
    ) -> None:
        show(hass, LIMIT, "3000", "W")
        with pytest.raises(BadAnswer, match=LIMIT):
            await chosen_charger(hass, **box).write_limit(16.0)
        assert not actions

    @pytest.mark.parametrize(
        "failure",
        [HomeAssistantError("busy"), ServiceValidationError("no"), TypeError("a bug of the other integration")],
    )
    async def test_an_action_that_fails(self, hass: HomeAssistant, box: dict[str, Any], failure: Exception) -> None:
        def fail(_: ServiceCall) -> None:
            raise failure

        hass.services.async_register("number", "set_value", fail)
        with pytest.raises(BadAnswer, match=LIMIT):
            await chosen_charger(hass, **box).write_limit(16.0)

    async def test_an_action_that_does_not_exist(self, hass: HomeAssistant, box: dict[str, Any]) -> None:
        with pytest.raises(BadAnswer, match=LIMIT):
            await chosen_charger(hass, **box).write_limit(16.0)

    async def test_an_action_that_hangs(
        self, hass: HomeAssistant, box: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = asyncio.Event()

        async def hang(_: ServiceCall) -> None:
            await released.wait()

        monkeypatch.setattr(entity_actions, "WRITE_TIMEOUT", 0.01)
        hass.services.async_register("number", "set_value", hang)
        with pytest.raises(CannotConnect, match=LIMIT):
            await chosen_charger(hass, **box).write_limit(16.0)
        released.set()


async def test_no_entity_switches_phases(hass: HomeAssistant, box: dict[str, Any]) -> None:
    charger = chosen_charger(hass, **box)
    assert not charger.capability.phase_switch
    with pytest.raises(ValueError, match="cannot be switched to 1 phases"):
        await charger.write_phases(1)
