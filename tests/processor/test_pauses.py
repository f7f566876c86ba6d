"""The leader's picture of pauses, and what refused logins and verbs ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from processor.pauses import Pauses, Refusals
from processor.work import Trace, Wrote
from tests.processor.test_outcome import claimed
from tidegate.outcome import Applied, Retry


def row(target: str | None, entity: str | None = None, kind: str = "operator") -> dict[str, Any]:
    return {"target": target, "entity": entity, "kind": kind, "reason": "why"}


def seen(*rows: dict[str, Any]) -> Pauses:
    made = Pauses()
    made.seen(rows, 0.0)
    return made


def refused(key: int, pause: Literal["adapter", "entity"] | None = "entity") -> Wrote:
    of_key = replace(claimed(), key_id=key)
    return Wrote(of_key, Retry("no", "forbidden"), Trace(rule="read.403", pause=pause))


def test_the_picture_is_a_second_old_at_most() -> None:
    made = Pauses()
    assert made.must_look(0.0)
    made.seen([], 0.0)
    assert [made.must_look(now) for now in (0.9, 1.0)] == [False, True]
    made.seen([], 1.0)
    made.look_again()
    assert made.must_look(1.0)


def test_a_target_stands_by_its_own_row_or_by_one_for_all() -> None:
    assert seen(row("a")).stands("a")
    assert seen(row(None)).stands("a")
    assert not seen(row("b")).stands("a")
    assert not seen(row("a", "items")).stands("a")


def test_entities_stand_by_target_or_for_all_targets() -> None:
    made = seen(row("a", "items"), row(None, "bills"), row("b", "vendors"), row("a"))
    assert made.entities("a") == ["bills", "items"]


def test_a_breaker_s_row_is_a_note_for_others() -> None:
    made = seen(row("a", None, "breaker"))
    assert not made.stands("a")
    assert made.broken == {"a": "why"}


def test_a_refused_login_pauses_the_target_at_once() -> None:
    asked = Refusals().heard(refused(1, "adapter"))
    assert asked is not None
    assert (asked.entity, asked.kind, asked.reason) == (None, "auth", "read.403: no")


def test_an_entity_is_paused_by_its_second_key() -> None:
    refusals = Refusals()
    assert [refusals.heard(refused(1)) for _ in range(5)] == [None] * 5
    asked = refusals.heard(refused(2))
    assert asked is not None
    assert asked.entity == claimed().entity
    assert refusals.heard(refused(2)) is None


def test_a_success_of_the_entity_between_begins_the_count_anew() -> None:
    refusals = Refusals()
    refusals.heard(refused(1))
    refusals.heard(Wrote(claimed(), Applied(), Trace(rule="adapter")))
    assert refusals.heard(refused(2)) is None
