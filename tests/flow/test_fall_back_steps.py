"""An honest word about a charger before it is added, and what it shall do when Home Assistant stops."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.ev_charger_pool.devices import async_charger_profiles
from tests.common import entity_charger, know_chargers
from tests.drivers.conftest import FIXTURES, hurried
from tests.drivers.raw_server import RawServer
from tests.houses import ALFEN, add_entity, add_site, charger

from .test_charger_subentry import PLACE, begin, change, chargers, fields, host_form, proceed

KEEPS = "If Home Assistant stops, the charger keeps its last limit"


@pytest.fixture
async def box(request: pytest.FixtureRequest, hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[RawServer]:
    """A device of a fixture, asked without the waiting that it needs."""
    know_chargers(hass, {key: hurried(profile) for key, profile in (await async_charger_profiles(hass)).items()})
    async with RawServer(FIXTURES[request.param]) as server:
        yield server


def of(name: str) -> Any:
    return pytest.mark.parametrize("box", [name], indirect=True)


async def placed(hass: HomeAssistant, entry: ConfigEntry, box: RawServer, profile: str) -> SubentryFlowResult:
    """What comes after the place of a charger."""
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(box, profile=profile))
    assert result["step_id"] == "details"
    return await proceed(hass, result, **PLACE)


def defaults(result: SubentryFlowResult) -> dict[str, Any]:
    """What the form shows before it is touched."""
    assert result["data_schema"] is not None
    return {str(field): field.default() for field in result["data_schema"].schema}


def saved(entry: ConfigEntry) -> dict[str, Any]:
    (data,) = chargers(entry).values()
    return data


@pytest.mark.parametrize(
    ("box", "profile", "now", "shown"),
    [
        ("keba_p40", "keba_kecontact", KEEPS, {"arm": True, "amperes": 6, "timeout": 60}),
        ("keba_p30", "keba_kecontact", "goes to 6 A by itself after 30 s.", {"amperes": 6, "timeout": 30}),
        ("webasto_next", "webasto_next", "goes to 8 A by itself after 8 s.", {"amperes": 8, "timeout": 8}),
        ("abb_terra_ac", "abb_terra_ac", "stops charging by itself", {"amperes": 6, "timeout": 60}),
        ("innogy_ebox", "innogy_ebox", "goes to 6 A by itself after a while.", {"amperes": 6}),
        ("pce_ev11", "pce_ev11", "goes to a current of its own", {"amperes": 6}),
    ],
    indirect=["box"],
)
async def test_what_it_does_now_and_what_is_suggested(
    hass: HomeAssistant, box: RawServer, profile: str, now: str, shown: dict[str, Any]
) -> None:
    result = await placed(hass, add_site(hass), box, profile)
    assert result["step_id"] == "fall_back"
    assert now in result["description_placeholders"]["now"]
    assert defaults(result) == {"arm": False} | shown
    assert not box.writes()


@of("vestel_evc04")
async def test_the_users_word_is_saved(hass: HomeAssistant, box: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await placed(hass, entry, box, "vestel_evc04"), arm=True, amperes=7, timeout=45)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert saved(entry)["fall_back"] == {"amperes": 7, "timeout": 45}
    assert not box.writes(), "it is set when control is taken"


@of("innogy_ebox")
async def test_a_time_that_cannot_be_set_is_not_asked_for(hass: HomeAssistant, box: RawServer) -> None:
    entry = add_site(hass)
    await proceed(hass, await placed(hass, entry, box, "innogy_ebox"), arm=True, amperes=6)
    assert saved(entry)["fall_back"] == {"amperes": 6}


@of("keba_p40")
async def test_who_says_no_saves_nothing(hass: HomeAssistant, box: RawServer) -> None:
    entry = add_site(hass)
    await proceed(hass, await placed(hass, entry, box, "keba_kecontact"), arm=False)
    assert "fall_back" not in saved(entry)


@of("keba_p40")
@pytest.mark.parametrize("form", [{"amperes": 5}, {"amperes": 17}, {"timeout": 14}, {"timeout": 601}], ids=str)
async def test_what_it_cannot_have(hass: HomeAssistant, box: RawServer, form: dict[str, int]) -> None:
    """Not above what cable and installation allow, and not before three polls have failed."""
    result = await placed(hass, add_site(hass), box, "keba_kecontact")
    with pytest.raises(InvalidData):
        await proceed(hass, result, **{"arm": True, "amperes": 6, "timeout": 60, **form})


@pytest.mark.parametrize("form", [{"arm": True, "amperes": 8, "timeout": 50}, {"arm": False}])
async def test_it_can_be_changed_while_the_charger_is_off(hass: HomeAssistant, form: dict[str, Any]) -> None:
    driver = ALFEN | {"profile": "vestel_evc04", "unit": 255}
    entry = add_site(hass, charger("Left", driver, "7001234523000042_1", fall_back={"amperes": 7.0, "timeout": 40.0}))
    result = await proceed(hass, await change(hass, entry, "left", "details"), **PLACE)
    assert defaults(result) == {"arm": True, "amperes": 7, "timeout": 40}
    result = await proceed(hass, result, **form)
    assert result["reason"] == "reconfigure_successful"
    wanted = {name: value for name, value in form.items() if name != "arm"}
    assert saved(entry).get("fall_back", {}) == wanted


@of("alfen_eve")
async def test_one_that_cannot_be_set_is_described_at_once(hass: HomeAssistant, box: RawServer) -> None:
    entry = add_site(hass)
    result = await proceed(hass, await begin(hass, entry, "host"), **host_form(box))
    assert result["description_placeholders"]["about"].endswith("goes to 6 A by itself after 60 s.")
    assert "arm" not in fields(result)
    assert (await proceed(hass, result, **PLACE))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("box", "profile", "said", "unsaid"),
    [
        ("vestel_evc04", "vestel_evc04", "was verified by two sources.", "share or follow power"),
        ("pce_ev11", "pce_ev11", "comes from one source: once control is on, please watch", "two sources"),
        ("alfen_eve", "alfen_eve", "some comes from one: once control is on, please watch", "share or follow power"),
        ("peblar_modbus", "peblar_modbus", "It can also share or follow power by itself.", "two sources"),
        ("peblar_modbus", "peblar_modbus", KEEPS, "goes to"),
    ],
    indirect=["box"],
)
async def test_how_well_it_is_known(hass: HomeAssistant, box: RawServer, profile: str, said: str, unsaid: str) -> None:
    form = host_form(box, profile=profile, unit=box.default_unit)
    result = await proceed(hass, await begin(hass, add_site(hass), "host"), **form)
    about = result["description_placeholders"]["about"]
    assert said in about
    assert unsaid not in about


async def test_one_made_of_entities_keeps_its_limit_as_far_as_is_known(hass: HomeAssistant) -> None:
    add_entity(hass, "sensor.box_garage", "free")
    add_entity(hass, "input_number.box_garage", "6", "A")
    entry = add_site(hass, charger("Garage", entity_charger("Garage"), None))
    result = await change(hass, entry, "garage", "details")
    assert result["description_placeholders"]["about"].startswith(KEEPS)
