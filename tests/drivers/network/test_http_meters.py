"""HomeWizard and Shelly meters, against what their documented interfaces answer."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import (
    BadAnswer,
    CannotConnect,
    DriverError,
    Identity,
    MeterDriver,
    WrongDevice,
)
from custom_components.ev_charger_pool.drivers.network.homewizard_p1 import HomeWizardMeter
from custom_components.ev_charger_pool.drivers.network.model import Place, Shared
from custom_components.ev_charger_pool.drivers.network.models import network_meters

from ..conftest import IMPATIENT
from .meter_box import MeterBox

P1_ABOUT = {
    "product_type": "HWE-P1",
    "product_name": "P1 Meter",
    "serial": "3c39e7aabbcc",
    "firmware_version": "4.19",
    "api_version": "v1",
}
P1_DATA = {
    "wifi_ssid": "My Wi-Fi",
    "wifi_strength": 100,
    "smr_version": 50,
    "meter_model": "ISKRA  2M550T-101",
    "unique_id": "00112233445566778899AABBCCDDEEFF",
    "total_power_import_kwh": 13779.338,
    "active_power_w": -543,
    "active_power_l1_w": -676,
    "active_power_l2_w": 133,
    "active_power_l3_w": 0,
    "active_current_l1_a": -4,
    "active_current_l2_a": 2,
    "active_current_l3_a": 0,
}
KWH3_DATA = {
    "wifi_strength": 84,
    "active_power_w": 7100.278,
    "active_power_l1_w": 0,
    "active_power_l2_w": -3547.015,
    "active_power_l3_w": 3553.263,
    "active_voltage_l1_v": 230.751,
    "active_voltage_l2_v": 228.391,
    "active_voltage_l3_v": 229.612,
    "active_current_a": 30.999,
    "active_current_l1_a": 0,
    "active_current_l2_a": 15.521,
    "active_current_l3_a": 15.477,
    "active_apparent_current_l1_a": 0.06,
    "active_apparent_current_l2_a": 15.539,
    "active_apparent_current_l3_a": 15.519,
}
SHELLY_ABOUT = {
    "name": None,
    "id": "shellypro3em-fce8c0d9e9d8",
    "mac": "FCE8C0D9E9D8",
    "slot": 0,
    "model": "SPEM-003CEBEU",
    "gen": 2,
    "fw_id": "20241011-114455/1.4.4-g6d2a586",
    "ver": "1.4.4",
    "app": "Pro3EM",
    "auth_en": False,
    "auth_domain": None,
    "profile": "triphase",
}
SHELLY_STATUS = {
    "id": 0,
    "a_current": 4.029,
    "a_voltage": 236.1,
    "a_act_power": 951.2,
    "a_aprt_power": 951.9,
    "a_pf": 1,
    "b_current": 4.027,
    "b_voltage": 236.2,
    "b_act_power": -951.1,
    "b_aprt_power": 951.8,
    "b_pf": -1,
    "c_current": 3.03,
    "c_voltage": 236.2,
    "c_act_power": 0.0,
    "n_current": None,
    "total_current": 11.083,
    "total_act_power": 0.1,
    "user_calibrated_phase": [],
}
STATUS = "/rpc/EM.GetStatus?id=0"
DATA = "/api/v1/data"


@dataclass(frozen=True)
class Case:
    """A meter as its vendor documents it: its answers, where it measures, and one that is the same kind but other."""

    answers: dict[str, Any]
    measures: str
    stranger: dict[str, Any]
    identity: Identity


CASES = {
    "homewizard_p1": Case(
        answers={"/api": P1_ABOUT, DATA: P1_DATA},
        measures=DATA,
        stranger={"/api": P1_ABOUT | {"product_type": "HWE-WTR", "product_name": "Watermeter"}, DATA: P1_DATA},
        identity=Identity(manufacturer="HomeWizard", model="P1 Meter", serial="3c39e7aabbcc", firmware="4.19"),
    ),
    "shelly_pro_3em": Case(
        answers={"/shelly": SHELLY_ABOUT, STATUS: SHELLY_STATUS},
        measures=STATUS,
        stranger={"/shelly": SHELLY_ABOUT | {"model": "SPEM-002CEBEU50", "app": "ProEM50"}, STATUS: SHELLY_STATUS},
        identity=Identity(manufacturer="Shelly", model="Pro 3EM", serial="FCE8C0D9E9D8", firmware="1.4.4"),
    ),
}


@pytest.fixture
async def shared(socket_enabled: None) -> AsyncGenerator[Shared]:
    async with aiohttp.ClientSession() as session:
        yield Shared(session=session)


def place_of(box: MeterBox) -> Place:
    return Place(host="127.0.0.1", port=box.port, timeout=IMPATIENT * 5)


@pytest.fixture(params=CASES)
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def case(kind: str) -> Case:
    return CASES[kind]


@pytest.fixture
async def box(socket_enabled: None, case: Case) -> AsyncGenerator[MeterBox]:
    async with MeterBox(dict(case.answers)) as box:
        yield box


@pytest.fixture
async def meter(shared: Shared, kind: str, box: MeterBox) -> MeterDriver:
    return network_meters()[kind].factory(shared, place_of(box))


async def test_it_tells_who_it_is(meter: MeterDriver, case: Case) -> None:
    assert await meter.identify() == case.identity
    assert meter.poll_interval == 1


async def test_another_model_is_refused(meter: MeterDriver, box: MeterBox, case: Case) -> None:
    box.answers = case.stranger
    with pytest.raises(WrongDevice):
        await meter.identify()


@pytest.mark.parametrize("answers", [{}, {"/api": {}, "/shelly": {}}, {"/api": [1], "/shelly": "hello"}])
async def test_another_device_is_refused(meter: MeterDriver, box: MeterBox, answers: dict[str, Any]) -> None:
    box.answers = answers
    with pytest.raises(WrongDevice):
        await meter.identify()


@pytest.mark.parametrize(
    ("status", "error"), [(401, DriverError), (429, BadAnswer), (500, BadAnswer), (503, BadAnswer), (302, BadAnswer)]
)
async def test_an_error_status_is_an_error(
    meter: MeterDriver, box: MeterBox, status: int, error: type[DriverError]
) -> None:
    await meter.identify()
    box.status = status
    with pytest.raises(error, match=str(status)):
        await meter.read()


@pytest.mark.parametrize("cut", [0, 1, 40, 150])
async def test_half_an_answer_is_none(meter: MeterDriver, box: MeterBox, cut: int) -> None:
    await meter.identify()
    box.cut = cut
    with pytest.raises((CannotConnect, BadAnswer)):
        await meter.read()
    box.cut = None
    assert (await meter.read()).amperes[0] is not None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b"<html>", b'{"errors": 7}'])
async def test_nonsense_is_refused(meter: MeterDriver, box: MeterBox, case: Case, body: bytes) -> None:
    await meter.identify()
    box.answers[case.measures] = body
    with pytest.raises(DriverError):
        await meter.read()


async def test_nobody_there(shared: Shared, kind: str, socket_enabled: None) -> None:
    async with MeterBox({}) as box:
        place = place_of(box)
    with pytest.raises(CannotConnect):
        await network_meters()[kind].factory(shared, place).identify()


# HomeWizard


@pytest.fixture
def now() -> list[float]:
    """The time that a meter of HomeWizard sees."""
    return [1000.0]


@pytest.fixture
async def p1(socket_enabled: None) -> AsyncGenerator[MeterBox]:
    async with MeterBox({"/api": P1_ABOUT, DATA: P1_DATA}) as box:
        yield box


@pytest.fixture
async def homewizard(shared: Shared, p1: MeterBox, now: list[float]) -> HomeWizardMeter:
    return HomeWizardMeter(shared, place_of(p1), clock=lambda: now[0])


async def test_whole_amperes_are_told_as_such(homewizard: HomeWizardMeter) -> None:
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == (-4, 2, 0)
    assert values.watts == (-676, 133, 0)
    assert values.resolution == 1
    assert values.age == 0


@pytest.mark.parametrize(
    ("amperes", "watts", "volts", "meant"),
    [
        # 5.43 A of real current are finer than the 5 A that are told.
        (5, 1250, 230.2, 1250 / 230.2),
        # 2.17 A of real current are less than the 6 A with what is reactive.
        (6, 500, 230.2, 6),
        (5, -1250, 230.2, -1250 / 230.2),
        (6, -500, 230.2, -6),
        (0, 95, 230, 95 / 230),
    ],
)
async def test_the_larger_of_current_and_power_over_voltage_counts(
    homewizard: HomeWizardMeter, p1: MeterBox, amperes: float, watts: float, volts: float, meant: float
) -> None:
    told = {"active_current_l1_a": amperes, "active_power_l1_w": watts, "active_voltage_l1_v": volts}
    p1.answers[DATA] = {"smr_version": 50} | told
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == (pytest.approx(meant), None, None)
    assert values.resolution == pytest.approx(0.1)


async def test_decimals_of_one_reading_hold_for_the_next(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    await homewizard.identify()
    p1.answers[DATA] = P1_DATA | {"active_current_l1_a": 3.07}
    assert (await homewizard.read()).resolution == pytest.approx(0.1)
    p1.answers[DATA] = P1_DATA
    assert (await homewizard.read()).resolution == pytest.approx(0.1)


async def test_without_power_the_current_is_taken_as_it_is_told(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    p1.answers[DATA] = {"smr_version": 50, "active_current_l1_a": -7.5, "active_current_l3_a": 2}
    await homewizard.identify()
    assert (await homewizard.read()).amperes == (-7.5, None, 2)


async def test_a_broken_voltage_makes_no_current(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    p1.answers[DATA] = {"smr_version": 50, "active_power_l1_w": 100, "active_voltage_l1_v": 0, "active_current_l2_a": 1}
    await homewizard.identify()
    assert (await homewizard.read()).amperes == (None, 1, None)


async def test_a_meter_that_tells_no_current_is_an_error(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    p1.answers[DATA] = {"smr_version": 40, "active_power_w": 300, "active_power_l1_w": 300}
    await homewizard.identify()
    with pytest.raises(BadAnswer, match="tells neither a current nor power and voltage"):
        await homewizard.read()


async def test_a_three_phase_kwh_meter(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    """The apparent current is what a fuse carries."""
    p1.answers = {"/api": P1_ABOUT | {"product_type": "HWE-KWH3"}, DATA: KWH3_DATA}
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == pytest.approx((0.06, -15.539, 15.519))
    assert values.watts == pytest.approx((0, -3547.015, 3553.263))


async def test_a_one_phase_kwh_meter(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    data = {
        "active_power_w": -690.4,
        "active_power_l1_w": -690.4,
        "active_voltage_v": 231.5,
        "active_current_a": 2.98,
        "active_apparent_current_a": 3.02,
    }
    p1.answers = {"/api": P1_ABOUT | {"product_type": "SDM230-wifi"}, DATA: data}
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == (pytest.approx(-3.02), None, None)
    assert values.watts == (pytest.approx(-690.4), None, None)


async def test_the_sum_of_a_three_phase_meter_is_no_current_of_a_phase(
    homewizard: HomeWizardMeter, p1: MeterBox
) -> None:
    p1.answers = {"/api": P1_ABOUT, DATA: {"smr_version": 50, "active_current_a": 18.2, "active_current_l2_a": 8.4}}
    await homewizard.identify()
    assert (await homewizard.read()).amperes == (None, 8.4, None)


@pytest.mark.parametrize("version", [22, 40, 42, None])
async def test_an_older_meter_tells_the_same_for_ten_seconds(
    homewizard: HomeWizardMeter, p1: MeterBox, now: list[float], version: int | None
) -> None:
    p1.answers[DATA] = P1_DATA | {"smr_version": version}
    await homewizard.identify()
    ages = []
    for second in range(12):
        now[0] = 1000.0 + second
        # That the signal is another one does not make the telegram a new one.
        p1.answers[DATA] = P1_DATA | {"smr_version": version, "wifi_strength": 80 + second}
        ages.append((await homewizard.read()).age)
    assert ages == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


async def test_a_new_telegram_of_an_older_meter_is_new(
    homewizard: HomeWizardMeter, p1: MeterBox, now: list[float]
) -> None:
    p1.answers[DATA] = P1_DATA | {"smr_version": 42}
    await homewizard.identify()
    await homewizard.read()
    now[0] += 4
    p1.answers[DATA] = P1_DATA | {"smr_version": 42, "active_current_l2_a": 17}
    values = await homewizard.read()
    assert (values.amperes[1], values.age) == (17, 0)


async def test_an_api_that_is_off_is_told(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    p1.statuses[DATA] = 403
    with pytest.raises(BadAnswer, match="switch the local API on in the HomeWizard app"):
        await homewizard.identify()


async def test_another_meter_behind_the_address_is_noticed(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    await homewizard.identify()
    p1.answers[DATA] = P1_DATA | {"unique_id": "FF"}
    with pytest.raises(WrongDevice, match="unique_id: FF instead of 0011"):
        await homewizard.read()


async def test_a_meter_that_keeps_silent_about_itself_for_once_is_the_same(
    homewizard: HomeWizardMeter, p1: MeterBox
) -> None:
    await homewizard.identify()
    p1.answers[DATA] = {key: value for key, value in P1_DATA.items() if key != "unique_id"}
    assert (await homewizard.read()).amperes == (-4, 2, 0)


# Shelly


@pytest.fixture
async def em(socket_enabled: None) -> AsyncGenerator[MeterBox]:
    async with MeterBox({"/shelly": SHELLY_ABOUT, STATUS: SHELLY_STATUS}) as box:
        yield box


@pytest.fixture
async def shelly(shared: Shared, em: MeterBox) -> MeterDriver:
    return network_meters()["shelly_pro_3em"].factory(shared, place_of(em))


async def test_the_power_tells_the_direction(shelly: MeterDriver) -> None:
    await shelly.identify()
    values = await shelly.read()
    assert values.amperes == (4.029, -4.027, 3.03)
    assert values.watts == (951.2, -951.1, 0)


@pytest.mark.parametrize("profile", ["monophase", "other"])
async def test_three_meters_of_one_phase_are_refused_with_the_remedy(
    shelly: MeterDriver, em: MeterBox, profile: str
) -> None:
    em.answers["/shelly"] = SHELLY_ABOUT | {"profile": profile}
    with pytest.raises(WrongDevice, match=f"profile: {profile}: three meters of one phase; set it to triphase"):
        await shelly.identify()


async def test_one_that_becomes_three_meters_is_noticed(shelly: MeterDriver, em: MeterBox) -> None:
    await shelly.identify()
    del em.answers[STATUS]
    with pytest.raises(WrongDevice, match="does not measure three phases as one meter"):
        await shelly.read()


async def test_older_firmware_has_only_one_profile(shelly: MeterDriver, em: MeterBox) -> None:
    em.answers["/shelly"] = {key: value for key, value in SHELLY_ABOUT.items() if key != "profile"}
    assert (await shelly.identify()).serial == "FCE8C0D9E9D8"


@pytest.mark.parametrize(
    ("model", "name"),
    [("SPEM-003CEBEU400", "Pro 3EM"), ("SPEM-003CEBEU120", "Pro 3EM"), ("S3EM-003CXCEU63", "3EM-63 Gen3")],
)
async def test_its_relatives_are_known(shelly: MeterDriver, em: MeterBox, model: str, name: str) -> None:
    em.answers["/shelly"] = SHELLY_ABOUT | {"model": model}
    assert (await shelly.identify()).model == name


async def test_a_phase_that_is_not_measured_is_missing(shelly: MeterDriver, em: MeterBox) -> None:
    await shelly.identify()
    em.answers[STATUS] = SHELLY_STATUS | {"b_current": None, "c_errors": ["out_of_range:current"], "errors": ["other"]}
    assert (await shelly.read()).amperes == (4.029, None, None)


@pytest.mark.parametrize("error", ["power_meter_failure", "ct_type_not_set"])
async def test_a_meter_that_cannot_be_trusted_is_an_error(shelly: MeterDriver, em: MeterBox, error: str) -> None:
    await shelly.identify()
    em.answers[STATUS] = SHELLY_STATUS | {"errors": ["phase_sequence", error]}
    with pytest.raises(BadAnswer, match=f"errors: {error}"):
        await shelly.read()


async def test_a_phase_without_power_has_no_direction(shelly: MeterDriver, em: MeterBox) -> None:
    await shelly.identify()
    em.answers[STATUS] = SHELLY_STATUS | {"a_act_power": None, "c_act_power": -0.0}
    values = await shelly.read()
    assert values.amperes == (4.029, -4.027, 3.03)
    assert values.watts[0] is None
