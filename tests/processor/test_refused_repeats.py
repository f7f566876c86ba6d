"""A repeat that is refused for good, while the request before it may still take effect."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from processor.outcome import End, InDoubt, Letter, Shadow, after_write
from processor.work import Trace, Wrote
from tests.processor.bench import DROPPED, House, cut
from tests.processor.test_outcome import Most, claimed, looked, policy, wrote
from tidegate.adapter import Capability, Repeat
from tidegate.outcome import Applied, CannotTell, Rejected

Build = Callable[..., House]
REPEATS = [Repeat.CONDITIONAL, Repeat.KEY]
NO = Rejected("no", "e")
IN_DOUBT = 60.0


@pytest.mark.parametrize("repeat", REPEATS)
@pytest.mark.parametrize("kind", ["document", "command"])
def test_its_refusal_counts_for_nothing_yet(repeat: Repeat, kind: str) -> None:
    by = policy(repeat=repeat, in_doubt=IN_DOUBT)
    found = wrote(NO, by, kind=kind, unknown_age_s=10.0, sent_age_s=10.0)
    assert found == InDoubt(50.0)


def test_once_the_first_can_no_longer_land_the_refusal_is_the_end() -> None:
    by = policy(in_doubt=IN_DOUBT)
    late = {"unknown_age_s": 60.0, "sent_age_s": 60.0}
    assert wrote(NO, by, kind="command", **late) == End("refused")
    assert isinstance(wrote(NO, by, **late), Letter)


def test_a_refusal_of_the_first_attempt_is_the_end() -> None:
    assert isinstance(wrote(NO, policy(in_doubt=IN_DOUBT)), Letter)


def test_where_no_time_in_doubt_is_named_the_refusal_is_the_end() -> None:
    assert isinstance(wrote(NO, unknown_age_s=1.0, sent_age_s=1.0), Letter)


@pytest.mark.parametrize(("age", "end"), [(10.0, InDoubt(50.0)), (60.0, Shadow())])
def test_nothing_is_a_mere_shadow_of_what_may_still_land(age: float, end: object) -> None:
    again = claimed(unknown_age_s=age, sent_age_s=age)
    shadow = Wrote(again, Applied(), Trace(shadow=True))
    assert after_write(shadow, policy(in_doubt=IN_DOUBT), Most()) == end


def test_a_look_that_failed_is_made_again_before_that() -> None:
    assert looked(CannotTell("m"), policy(in_doubt=IN_DOUBT), sent_age_s=1.0) == InDoubt(1.0)


def lost_and_then_refused(build: Build, seconds: int) -> House:
    """The answer of the first request is lost; seconds later every repeat is refused."""
    house = build(capability=Capability(Repeat.CONDITIONAL, IN_DOUBT), lands=False)
    house.far.answers["A"].extend([DROPPED, *[NO] * 9])
    house.far.findings["A"].extend([CannotTell()] * 3)
    house.post("A")
    for _ in range(seconds):
        house.run(4)
        house.clock.advance(1.0)
    return house


def test_its_event_waits_until_the_first_can_no_longer_land(build: Build) -> None:
    assert lost_and_then_refused(build, 55).letters() == []


def test_then_it_is_tried_once_more_and_dies(build: Build) -> None:
    house = lost_and_then_refused(build, 65)
    assert house.letters() == ["rejected"]
    assert len(house.far.seen) == 3


def test_what_landed_meanwhile_is_applied(build: Build) -> None:
    house = lost_and_then_refused(build, 30)
    house.far.findings["A"].append(Applied(found=True))
    house.run(40, 1.0)
    assert house.rows("SELECT state FROM inbox") == [{"state": "applied"}]


def test_if_a_refusal_counted_at_once_its_event_would_die_in_doubt(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processor.outcome._may_land", lambda *_: False)
    assert lost_and_then_refused(build, 55).letters() == ["rejected"]


def test_if_the_doubt_counted_from_the_repeat_it_would_begin_anew_each_time(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, " AND NOT (x.decision = 'indoubt' AND x.outcome <> 'unknown')", "")
    assert lost_and_then_refused(build, 110).letters() == []
