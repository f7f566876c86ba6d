"""A held key: nothing of it runs, whenever it came; released, it goes on in its order."""

from __future__ import annotations

from tests.processor.bench import House
from tests.processor.desk import Desk, effects


def test_what_comes_to_a_held_key_later_is_held_too_and_goes_on_after_release(
    house: House,
) -> None:
    first = house.post("A", "one")
    house.run()
    desk = Desk(house)
    key = desk.key(first)
    desk.done("hold", key_id=key)
    later = [house.post("A", name) for name in ("two", "three")]
    other = house.post("B", "else")
    house.run()
    assert [house.state(each) for each in (*later, other)] == ["held", "waiting", "applied"]
    desk.done("release", key_id=key)
    house.run()
    assert [house.state(each) for each in later] == ["applied", "applied"]
    assert [each for each in effects(house) if each != "else"] == ["one", "two", "three"]
