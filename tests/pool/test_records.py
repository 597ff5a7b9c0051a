"""A changed record is what dataclasses.replace would give."""

from dataclasses import replace

import pytest

from custom_components.ev_charger_pool.pool.model import Charger
from custom_components.ev_charger_pool.pool.outlet import watch
from custom_components.ev_charger_pool.pool.records import changed


def test_it_gives_what_replace_gives_and_leaves_the_old_one_alone() -> None:
    outlet = watch(Charger(id="a", name="A"), 5.0)
    assert changed(outlet, limit=8.0, stops=2) == replace(outlet, limit=8.0, stops=2)
    assert outlet == watch(Charger(id="a", name="A"), 5.0)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="limits"):
        changed(watch(Charger(id="a", name="A"), 5.0), limits=8.0)
