"""The rules of the verdict, one by one, as pure cases."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ingest.arrival import Arrival
from ingest.heads import Head, Known, Recent
from ingest.stamps import parse
from ingest.verdict import judge
from tidegate.clock import ManualClock
from tidegate.config import load_config
from tidegate.fingerprint import RULE_VERSION
from tidegate.ids import seeded_ids
from tidegate.testing import arrival

CLOCK = ManualClock()
IDS = seeded_ids(CLOCK, random.Random(1))
CONFIG = load_config(None)
A, B, C = (bytes([n]) * 32 for n in (1, 2, 3))


def came(
    content: bytes,
    minute: int | None = None,
    *,
    order: str = "latest_wins",
    operation: str = "update",
    **fields: object,
) -> Arrival:
    """A delivery of `content` (its hash), stamped 09:`minute`."""
    made = arrival(IDS, CONFIG, {"item_id": "1"}, operation=operation)
    stamp = None if minute is None else parse(f"2026-11-20T09:{minute:02}:00Z")
    given = {"content_hash": content, "stamp": stamp, "order": order} | fields
    return replace(made, **given)  # type: ignore[arg-type]


def head(*contents: bytes, minute: int | None = None, deleted: bool = False) -> Head:
    """An entity that has seen `contents`, oldest first; their events are e1, e2 …"""
    recent = [
        Recent(content.hex(), "shape", RULE_VERSION, f"e{number}")
        for number, content in enumerate(contents, 1)
    ]
    stamp = None if minute is None else parse(f"2026-11-20T09:{minute:02}:00Z")
    return Head(b"h", "zoho", "products", "1", 1, 1, stamp, deleted, recent[-1].event, recent)


def known(content: bytes, state: str = "live") -> Known:
    return Known("e1", 0, content, state)


def verdict(arrived: Arrival, seen: Head | None, by_id: Known | None = None) -> tuple[str, str]:
    judged = judge(arrived, seen, by_id)
    return judged.verdict, judged.rule


def test_the_first_of_an_entity_is_new() -> None:
    assert verdict(came(A, 1), None) == ("new", "4:new")


def test_a_known_message_id_with_the_same_content_is_a_duplicate() -> None:
    judged = judge(came(A, 1), None, known(A))
    assert (judged.verdict, judged.rule, judged.event) == ("duplicate", "1:message-id", "e1")


def test_a_known_message_id_with_other_content_is_a_conflict() -> None:
    assert verdict(came(B, 1), None, known(A)) == ("conflict", "1:message-id")


def test_the_message_id_is_asked_before_the_stamp() -> None:
    assert verdict(came(A, 1), head(A, B, minute=9), known(A))[0] == "duplicate"
    assert verdict(came(A, 1), head(A, B, minute=9))[0] == "stale"


def test_a_known_message_id_of_a_discarded_event_is_new_again() -> None:
    assert verdict(came(A, 1), None, known(A, "discarded")) == ("new", "1:discarded")


def test_a_command_key_of_a_discarded_event_stays_taken() -> None:
    command = came(A, kind="command", dedup="id")
    assert verdict(command, None, known(A, "discarded"))[0] == "duplicate"


def test_a_known_message_id_of_a_dead_event_names_it_and_its_state() -> None:
    judged = judge(came(A, 1), None, known(A, "dead"))
    assert (judged.verdict, judged.event, judged.state) == ("duplicate", "e1", "dead")


def test_without_dedup_nothing_is_a_duplicate() -> None:
    assert verdict(came(A, 1, dedup="none"), head(A, minute=1), known(A)) == ("new", "4:new")


def test_dedup_by_id_does_not_look_at_content_or_stamp() -> None:
    assert verdict(came(A, 1, dedup="id"), head(A, minute=9)) == ("new", "4:new")


def test_an_older_stamp_is_stale_where_the_latest_wins() -> None:
    judged = judge(came(B, 1), head(A, minute=2), None)
    assert (judged.verdict, judged.rule, judged.event) == ("stale", "2:older-stamp", "e1")


def test_an_older_stamp_is_late_and_new_under_strict_order() -> None:
    judged = judge(came(B, 1, order="strict"), head(A, minute=2), None)
    assert (judged.verdict, judged.late) == ("new", True)


def test_an_older_stamp_with_known_content_is_a_duplicate_under_strict_order() -> None:
    assert verdict(came(A, 1, order="strict"), head(A, B, minute=2))[0] == "duplicate"


def test_an_equal_or_newer_stamp_is_neither_stale_nor_late() -> None:
    for minute in (2, 3):
        judged = judge(came(B, minute), head(A, minute=2), None)
        assert (judged.verdict, judged.late) == ("new", False)


def test_with_a_stamp_any_of_the_kept_contents_is_a_duplicate() -> None:
    judged = judge(came(A, 2), head(A, B, minute=2), None)
    assert (judged.verdict, judged.rule, judged.event) == ("duplicate", "3:same-content", "e1")


def test_without_a_stamp_only_the_newest_content_is_a_duplicate() -> None:
    assert verdict(came(B), head(A, B))[0] == "duplicate"
    assert verdict(came(A), head(A, B)) == ("new", "4:new")


def test_a_b_a_with_moving_stamps_is_three_events() -> None:
    # The stamp is part of the content's hash, so the second A is content C.
    assert verdict(came(B, 2), head(A, minute=1))[0] == "new"
    assert verdict(came(C, 3), head(A, B, minute=2))[0] == "new"


@pytest.mark.parametrize("other", [{"channel": "envelope"}, {"channel": "pull"}])
def test_contents_are_compared_only_within_one_channel(other: dict[str, str]) -> None:
    assert verdict(came(A, 1, **other), head(A, minute=1))[0] == "new"


def test_contents_hashed_by_another_rule_version_do_not_match() -> None:
    seen = head(A, minute=1)
    seen.recent[0].rule_version = RULE_VERSION + 1
    assert verdict(came(A, 1), seen)[0] == "new"


def test_the_content_of_a_discarded_event_is_new_again() -> None:
    seen = head(A, minute=1)
    seen.gone["e1"] = "discarded"
    assert verdict(came(A, 1), seen) == ("new", "3:discarded")


def test_the_content_of_a_dead_event_stays_a_duplicate_and_names_the_letter() -> None:
    seen = head(A, minute=1)
    seen.gone["e1"] = "dead"
    judged = judge(came(A, 1), seen, None)
    assert (judged.verdict, judged.state) == ("duplicate", "dead")
    assert "e1" in judged.reason
    assert "dead letter" in judged.reason


def test_after_a_delete_an_update_that_is_no_newer_is_stale() -> None:
    for minute in (None, 2):
        judged = judge(came(B, minute), head(A, minute=2, deleted=True), None)
        assert (judged.verdict, judged.rule, judged.event) == ("stale", "4:deleted", "e1")


def test_after_a_delete_a_newer_stamp_or_a_create_is_new() -> None:
    assert verdict(came(B, 3), head(A, minute=2, deleted=True))[0] == "new"
    assert verdict(came(B, operation="create"), head(A, minute=2, deleted=True))[0] == "new"


def test_after_a_delete_a_late_one_is_new_under_strict_order() -> None:
    judged = judge(came(B, 1, order="strict"), head(A, minute=2, deleted=True), None)
    assert (judged.verdict, judged.late) == ("new", True)


def test_a_late_one_is_remembered_and_is_not_the_newest_picture() -> None:
    seen = head(A, B, minute=2)
    seen.accept(Recent(C.hex(), "shape", RULE_VERSION, "e3"), deleted=True, late=True)
    assert (seen.newest, seen.deleted, seen.recent[-1].event) == ("e2", False, "e2")
    assert [each.event for each in seen.recent] == ["e1", "e3", "e2"]


def test_a_head_keeps_its_last_eight_contents() -> None:
    seen = head(*(bytes([n]) * 32 for n in range(8)))
    seen.accept(Recent(C.hex(), "shape", RULE_VERSION, "e9"), deleted=False, late=False)
    assert [each.event for each in seen.recent] == [f"e{n}" for n in range(2, 10)]


def test_the_stamp_of_a_head_never_falls() -> None:
    seen = head(A, minute=5)
    seen.raise_stamp(parse("2026-11-20T09:04:00Z"))
    seen.raise_stamp(None)
    assert seen.stamp == parse("2026-11-20T09:05:00Z")
    assert not seen.moved()
