"""Shelly's meter, against what its RPC interface answers."""

from collections.abc import AsyncGenerator

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charger_pool.drivers.interface import BadAnswer, MeterDriver, WrongDevice
from custom_components.ev_charger_pool.drivers.network.model import Place, Shared
from custom_components.ev_charger_pool.drivers.network.shelly_pro_3em import ShellyMeter

from .meter_box import ABOUT_SHELLY, SHELLY_ABOUT, SHELLY_STATUS, STATUS, MeterBox


@pytest.fixture
async def em(socket_enabled: None) -> AsyncGenerator[MeterBox]:
    async with MeterBox({ABOUT_SHELLY: SHELLY_ABOUT, STATUS: SHELLY_STATUS}) as box:
        yield box


@pytest.fixture
async def shelly(session: aiohttp.ClientSession, em: MeterBox) -> MeterDriver:
    return em.driver("shelly_pro_3em", session)


async def test_the_power_tells_the_direction(shelly: MeterDriver) -> None:
    await shelly.identify()
    values = await shelly.read()
    assert values.amperes == (4.029, -4.027, 3.03)
    assert values.watts == (951.2, -951.1, 0)


@pytest.mark.parametrize("profile", ["monophase", "other"])
async def test_three_meters_of_one_phase_are_refused_with_the_remedy(
    shelly: MeterDriver, em: MeterBox, profile: str
) -> None:
    em.says[ABOUT_SHELLY] = SHELLY_ABOUT | {"profile": profile}
    with pytest.raises(WrongDevice, match=f"profile: {profile}: three meters of one phase; set it to triphase"):
        await shelly.identify()


async def test_one_that_becomes_three_meters_is_noticed(shelly: MeterDriver, em: MeterBox) -> None:
    await shelly.identify()
    del em.says[STATUS]
    with pytest.raises(WrongDevice, match="does not measure three phases as one meter"):
        await shelly.read()


async def test_older_firmware_has_only_one_profile(shelly: MeterDriver, em: MeterBox) -> None:
    em.says[ABOUT_SHELLY] = {key: value for key, value in SHELLY_ABOUT.items() if key != "profile"}
    assert (await shelly.identify()).serial == "FCE8C0D9E9D8"


@pytest.mark.parametrize(
    ("model", "name"),
    [("SPEM-003CEBEU400", "Pro 3EM"), ("SPEM-003CEBEU120", "Pro 3EM"), ("S3EM-003CXCEU63", "3EM-63 Gen3")],
)
async def test_its_relatives_are_known(shelly: MeterDriver, em: MeterBox, model: str, name: str) -> None:
    em.says[ABOUT_SHELLY] = SHELLY_ABOUT | {"model": model}
    assert (await shelly.identify()).model == name


async def test_a_phase_that_is_not_measured_is_missing(shelly: MeterDriver, em: MeterBox) -> None:
    await shelly.identify()
    em.says[STATUS] = SHELLY_STATUS | {"b_current": None, "c_errors": ["out_of_range:current"], "errors": ["other"]}
    assert (await shelly.read()).amperes == (4.029, None, None)


@pytest.mark.parametrize("error", ["power_meter_failure", "ct_type_not_set"])
async def test_a_meter_that_cannot_be_trusted_is_an_error(shelly: MeterDriver, em: MeterBox, error: str) -> None:
    await shelly.identify()
    em.says[STATUS] = SHELLY_STATUS | {"errors": ["phase_sequence", error]}
    with pytest.raises(BadAnswer, match=f"errors: {error}"):
        await shelly.read()


async def test_a_phase_without_power_has_no_direction(shelly: MeterDriver, em: MeterBox) -> None:
    await shelly.identify()
    em.says[STATUS] = SHELLY_STATUS | {"a_act_power": None, "c_act_power": -0.0}
    values = await shelly.read()
    assert values.amperes == (4.029, -4.027, 3.03)
    assert values.watts[0] is None


async def test_its_only_user_is_known(socket_enabled: None, session: aiohttp.ClientSession) -> None:
    shown: list[str] = []

    async def guarded(request: web.BaseRequest) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization", ""))
        if not shown[-1]:
            challenge = 'Digest realm="shellypro3em-fce8c0d9e9d8", nonce="abc", qop="auth", algorithm=SHA-256'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return web.json_response(SHELLY_STATUS)

    runner = web.ServerRunner(web.Server(guarded))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    place = Place(host="127.0.0.1", port=runner.addresses[0][1], password="secret")
    assert (await ShellyMeter(Shared(session=session), place).read()).amperes[0] == 4.029
    assert 'username="admin"' in shown[-1]
    await runner.cleanup()
