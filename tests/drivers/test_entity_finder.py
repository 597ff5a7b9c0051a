"""Entities are found by integration, device, translation key and unique id."""

import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charger_pool.drivers.entity_finder import (
    DeviceEntities,
    EntityPattern,
    devices_of,
    entity_pattern,
)
from custom_components.ev_charger_pool.drivers.fields import Fields, ProfileError


@pytest.fixture
def box(hass: HomeAssistant) -> dr.DeviceEntry:
    entry = MockConfigEntry(domain="boxes")
    entry.add_to_hass(hass)
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("boxes", "1")}, name="Box"
    )


def add(hass: HomeAssistant, device: dr.DeviceEntry | None, domain: str, unique_id: str, key: str | None = None) -> str:
    return (
        er.async_get(hass)
        .async_get_or_create(domain, "boxes", unique_id, device_id=device.id if device else None, translation_key=key)
        .id
    )


def found(device: DeviceEntities, domain: str, key: str | None = None, unique_id: str | None = None) -> str | None:
    pattern = EntityPattern(
        domain=domain, translation_key=key, unique_id=None if unique_id is None else re.compile(unique_id)
    )
    entity = device.find(pattern)
    return None if entity is None else entity.id


async def test_what_tells_an_entity(hass: HomeAssistant, box: dr.DeviceEntry) -> None:
    state = add(hass, box, "sensor", "1_state", "state")
    first = add(hass, box, "sensor", "1_current_1", "current")
    add(hass, box, "sensor", "1_current_2", "current")
    limit = add(hass, box, "number", "1_state", "state")
    add(hass, None, "sensor", "2_state", "state")
    (_, device), *_ = [pair for pair in devices_of(hass, ["boxes"]) if pair[1].device]
    assert found(device, "sensor", "state") == state
    assert found(device, "number", "state") == limit
    assert found(device, "sensor", unique_id=r".+_current_1") == first
    assert found(device, "sensor", "current", r".+_current_1") == first
    assert found(device, "sensor", "current") is None, "two entities have this key"
    assert found(device, "sensor", unique_id="current_1") is None, "the whole unique id has to match"
    assert found(device, "sensor", "other", r".+_current_1") is None


async def test_what_one_entity_tells_of_the_others(hass: HomeAssistant, box: dr.DeviceEntry) -> None:
    add(hass, box, "sensor", "1.5_state_1")
    second = add(hass, box, "sensor", "1.5_state_2")
    limit = add(hass, box, "number", "1.5_limit_2")
    add(hass, box, "number", "105_limit_2")
    (_, device), *_ = devices_of(hass, ["boxes"])
    anchor = EntityPattern(domain="sensor", unique_id=re.compile(r"(?P<serial>.+)_state_(?P<socket>\d)"))
    other = EntityPattern(domain="number", unique_id=re.compile("{serial}_limit_{socket}"))
    assert (anchor.placeholders, set(other.placeholders)) == ((), {"serial", "socket"})
    _, entity = device.find_all(anchor)
    assert entity.id == second
    entity_of_socket = device.find(other.filled(anchor.groups(entity)))
    assert entity_of_socket is not None
    assert entity_of_socket.id == limit


async def test_devices_with_their_areas(hass: HomeAssistant, box: dr.DeviceEntry) -> None:
    add(hass, box, "sensor", "1_state")
    add(hass, None, "sensor", "2_state")
    er.async_get(hass).async_get_or_create("sensor", "others", "1")
    assert [(integration, device.label) for integration, device in devices_of(hass, ["boxes"])] == [
        ("boxes", "Box"),
        ("boxes", "boxes"),
    ]
    area = ar.async_get(hass).async_create("Garage")
    dr.async_get(hass).async_update_device(box.id, area_id=area.id)
    assert devices_of(hass, ["boxes"])[0][1].label == "Box (Garage)"
    dr.async_get(hass).async_update_device(box.id, name_by_user="Garage left")
    assert [device.label for _, device in devices_of(hass, ["boxes"])] == ["boxes", "Garage left"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"domain": "sensor"}, "box.translation_key: is missing, and so is unique_id"),
        ({"translation_key": "state"}, "box.domain: is missing"),
        ({"domain": "sensor", "unique_id": "("}, "box.unique_id: is no regular expression"),
    ],
)
def test_a_pattern_that_cannot_be_used(data: dict[str, str], message: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(message)):
        entity_pattern(Fields(data, "box"))
