"""A copy of another database tells nobody until a person says so, whatever is configured."""

from __future__ import annotations

import pytest

from ops.adoption import adopt
from ops.subscriptions import listed, switch
from ops.who import Who
from sql.install import place_of
from tests.outbox.bench import Bench
from tidegate.errors import ConfigError

ANN = Who("cli:ann", "cli", "desk")
UUID = "01a1fc1d-0000-7000-8000-000000000001"


@pytest.fixture
def copy(bench: Bench) -> Bench:
    """A house that told its subscriber, copied and adopted as such."""
    bench.run()
    adopted(bench, "copy")
    return bench


def adopted(bench: Bench, kind: str) -> None:
    here = place_of(bench.db, "test")
    adopt(bench.db, ANN, here, UUID, "c", kind, None, "a test")  # type: ignore[arg-type]


def told(bench: Bench) -> int:
    """How many messages arrive of one that is published now."""
    bench.publish()
    bench.run(8)
    return len(bench.receiver.received)


def elsewhere(bench: Bench) -> None:
    """The relay starts with another address of its subscriber, at which it is heard too."""
    bench.new_relay(subscribers=(bench.subscriber(url=f"{bench.receiver.url}?at=test"),))


def test_another_address_does_not_switch_a_copy_s_subscription_on(copy: Bench) -> None:
    elsewhere(copy)
    assert told(copy) == 0
    (row,) = listed(copy.db)
    assert (row["enabled"], row["url"]) == (False, f"{copy.receiver.url}?at=test")
    assert "tidegate subscriptions enable" in row["reason"]


def test_elsewhere_another_address_switches_it_on(bench: Bench) -> None:
    bench.run()
    assert switch(bench.db, ANN, "default", "quiet", "c", on=False)
    elsewhere(bench)
    assert told(bench) == 1


def test_one_that_was_off_before_the_copy_stays_off_too(bench: Bench) -> None:
    bench.run()
    switch(bench.db, ANN, "default", "quiet", "c", on=False)
    adopted(bench, "copy")
    elsewhere(bench)
    assert told(bench) == 0


def test_one_that_a_copy_s_configuration_adds_is_off(copy: Bench) -> None:
    copy.new_relay(subscribers=(copy.subscriber(name="new"),))
    assert told(copy) == 0
    assert [row["enabled"] for row in listed(copy.db)] == [False, False]


def test_a_copy_that_is_moved_is_a_copy_still(copy: Bench) -> None:
    adopted(copy, "moved")
    elsewhere(copy)
    assert told(copy) == 0


def test_a_person_lets_a_copy_tell_on_record(copy: Bench) -> None:
    elsewhere(copy)
    copy.run()
    assert switch(copy.db, ANN, "default", "the test receiver", "c", on=True)
    assert not switch(copy.db, ANN, "default", "twice", "c", on=True)
    copy.later(11)
    assert told(copy) == 1
    row = copy.rows("audit_trail")[-1]
    said = [row[name] for name in ("action", "actor", "entity", "entity_text", "reason")]
    assert said == ["enabled", "cli:ann", "subscription", "default", "the test receiver"]


def test_what_nobody_has_is_not_switched(bench: Bench) -> None:
    bench.run()
    with pytest.raises(ConfigError, match="default"):
        switch(bench.db, ANN, "defualt", "a typo", "c", on=False)
    with pytest.raises(ConfigError, match="reason"):
        switch(bench.db, ANN, "default", " ", "c", on=False)


def test_a_relay_that_takes_office_says_who_is_off_and_what_to_type(
    copy: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere(copy)
    copy.run()
    printed = capsys.readouterr()
    assert "tidegate subscriptions enable default" in printed.out + printed.err
