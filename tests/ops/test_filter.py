"""The one filter: what its words mean, and what each of its fields finds on every database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ops.filter import NAMES, WrongFilter, pinned, read
from sql.filters import Filter, events, letters, matching_letters
from sql.reads import rows, stream
from sql.tables.inbox import inbox
from sql.tables.queue import dead_letter
from sql.tables.system import leader
from tests.ops.dead import Dead
from tidegate.clock import ManualClock
from tidegate.testing import migrated

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
Words = dict[str, list[str]]


def found(dead: Dead, words: Words) -> str:
    """The letters of the entities that are found, in the order of their names."""
    flt = pinned(dead.house.db, read(words, dead.now, letters=True))
    texts = letters(flt).with_only_columns(inbox.c.entity_text)
    return "".join(sorted(row["entity_text"] for row in rows(dead.house.db, texts)))


def found_events(dead: Dead, words: Words) -> str:
    flt = pinned(dead.house.db, read(words, dead.now))
    texts = events(flt).with_only_columns(inbox.c.entity_text)
    return "".join(sorted(row["entity_text"] for row in rows(dead.house.db, texts)))


LETTERS: list[tuple[Words, str]] = [
    ({}, "ABC"),
    ({"state": ["dead"]}, "ABC"),
    ({"state": ["discarded", "replayed"]}, ""),
    ({"source": ["zoho"]}, "ABC"),
    ({"source": ["shopify"]}, ""),
    ({"entity": ["bills", "products"]}, "ABC"),
    ({"type": ["products.update"]}, "ABC"),
    ({"type": ["products.delete"]}, ""),
    ({"type": ["update"]}, "ABC"),
    ({"key": ["zoho:products:A"]}, "A"),
    ({"error-class": ["Application_Refused"]}, "AB"),
    ({"error_class": ["Application_Refused", "Application_NoVendor"]}, "ABC"),
    ({"letter-reason": ["rejected"]}, "ABC"),
    ({"letter-reason": ["exhausted"]}, ""),
    ({"since": ["25h"]}, "BC"),
    ({"until": ["25h"]}, "A"),
    ({"older-than": ["3h"]}, "AB"),
    ({"older-than": ["25h"]}, "A"),
    ({"attempts-min": ["1"]}, "ABC"),
    ({"attempts-min": ["2"]}, ""),
    ({"text": ["NO VENDOR"]}, "C"),
    ({"text": ["100%"]}, "C"),
    ({"text": ["1_0"]}, ""),
    ({"text": ["[a-z]"]}, ""),
    ({"id": ["B", "C"]}, "BC"),
    ({"entity": ["products"], "error-class": ["Application_NoVendor"]}, "C"),
]
EVENTS: list[tuple[Words, str]] = [
    ({}, "AABCD"),
    ({"state": ["dead"]}, "ABC"),
    ({"state": ["applied"]}, "D"),
    ({"state": ["waiting"]}, "A"),
    ({"state": ["waiting", "dead"]}, "AABC"),
    ({"state": ["applied", "dead"]}, "ABCD"),
    ({"state": ["held"]}, ""),
    ({"key": ["zoho:products:D"]}, "D"),
    ({"error-class": ["Application_Refused"]}, "AB"),
    ({"letter-reason": ["rejected"]}, "ABC"),
    ({"attempts-min": ["1"]}, "ABCD"),
    ({"text": ["4711"]}, "D"),
    ({"older-than": ["25h"]}, "A"),
    ({"id": ["A"]}, "AA"),
]


def test_each_field_narrows_letters(dead: Dead) -> None:
    assert [(words, found(dead, words)) for words, _ in LETTERS] == LETTERS


def test_each_field_narrows_events(dead: Dead) -> None:
    assert [(words, found_events(dead, words)) for words, _ in EVENTS] == EVENTS


def test_an_event_is_found_by_its_id_and_a_group_by_the_start_of_its_digits(dead: Dead) -> None:
    assert found(dead, {"id": [dead.b.upper()]}) == "B"
    group = rows(dead.house.db, letters(Filter(ids=(dead.b,))))[0]["fingerprint"]
    for digits in (group, group[:12], group[:6].upper()):
        assert found(dead, {"fingerprint": [digits]}) == "AB"
        assert found_events(dead, {"fingerprint": [digits]}) == "AB"


def test_letters_come_in_the_order_of_their_birth_a_few_at_a_time(dead: Dead) -> None:
    first = matching_letters(dead.house.db, Filter(), 0, 2)
    rest = matching_letters(dead.house.db, Filter(), first[-1]["id"], 2)
    assert [row["event_uuid"] for row in (*first, *rest)] == [dead.a, dead.b, dead.c]
    assert isinstance(first[0]["born_at"], str)


def test_a_stream_gives_the_same_rows(dead: Dead) -> None:
    wanted = letters(Filter()).order_by(dead_letter.c.id)
    assert list(stream(dead.house.db, wanted)) == rows(dead.house.db, wanted)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"status": ["x"]}, "status"),
        ({"state": ["pending"]}, "state"),
        ({"since": ["yesterday"]}, "since"),
        ({"older-than": ["3 days"]}, "older-than"),
        ({"older-than": ["0m"]}, "older-than"),
        ({"older-than": ["999999999w"]}, "older-than"),
        ({"attempts-min": ["-1"]}, "attempts-min"),
        ({"fingerprint": ["xyz123"]}, "fingerprint"),
        ({"fingerprint": ["abc"]}, "fingerprint"),
        ({"text": [" "]}, "text"),
        ({"text": ["a", "b"]}, "text"),
        ({"entity": ["x" * 401]}, "entity"),
        ({"since": ["1h"], "until": ["2h"]}, "until"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(words: Words, field: str) -> None:
    with pytest.raises(WrongFilter) as raised:
        read(words, NOW, letters=True)
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("2026-11-21T06:00", NOW - timedelta(hours=2)),
        ("2026-11-21T07:00+01:00", NOW - timedelta(hours=2)),
        ("1w", NOW - timedelta(days=7)),
    ],
)
def test_a_time_is_an_instant_or_so_long_ago(text: str, expected: datetime) -> None:
    assert read({"since": [text]}, NOW).since == expected


def test_nothing_given_is_empty_and_each_name_fills_a_field() -> None:
    assert read({name: [] for name in NAMES}, NOW).empty
    assert not read({"text": ["x"]}, NOW).empty


def test_it_is_kept_as_json_and_read_back() -> None:
    words = {"state": ["dead"], "since": ["2h"], "older-than": ["1h"], "attempts-min": ["3"]}
    flt = read(words | {"text": ["x"], "id": ["A"]}, NOW, letters=True)
    assert Filter.of_doc(flt.to_doc()) == flt
    with pytest.raises(ValueError, match="colour"):
        Filter.of_doc({"colour": "red"})


def test_what_grows_older_is_pinned_before_it_is_looked_for() -> None:
    flt = Filter(older_than_s=60.0, until=NOW - timedelta(hours=1))
    assert flt.pinned(NOW) == Filter(until=NOW - timedelta(hours=1))
    assert Filter(older_than_s=60.0).pinned(NOW) == Filter(until=NOW - timedelta(seconds=60))
    for wanted in (letters, events):
        with pytest.raises(ValueError, match="pinned"):
            wanted(Filter(older_than_s=60.0))


def test_a_reader_waits_for_no_writer(tmp_path: Path) -> None:
    with (
        closing(migrated(tmp_path / "one.sqlite", ManualClock())) as db,
        closing(sqlite3.connect(db.path, isolation_level=None)) as writer,
    ):
        writer.execute("BEGIN IMMEDIATE")
        assert len(rows(db, select(leader.c.name))) == 2
