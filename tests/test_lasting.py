"""Only what has lasted is told."""

from custom_components.ev_charger_pool.lasting import LASTING, PASSED, Lasting


def test_what_passes_by_itself_is_not_told() -> None:
    things = Lasting[str]()
    assert things.after({"a": "old"}, 0.0) == {}
    assert things.after({"a": "new"}, LASTING) == {"a": "new"}
    assert things.after({}, LASTING + PASSED + 1) == {}
    assert things.after({"a": "again"}, LASTING + PASSED + 2) == {}


def test_what_comes_and_goes_is_told_once() -> None:
    things = Lasting[str]()
    things.after({"a": "there"}, 0.0)
    things.after({}, 20.0)
    things.after({"a": "there"}, 40.0)
    assert things.after({}, LASTING) == {"a": "there"}
    assert things.after({}, 40.0 + PASSED + 1) == {}
