"""The group-commit writer: races, data that cannot be stored, and a database that is not there."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from ingest.arrival import Accepted, Arrival
from ingest.writer import BUSY_TRIES, FOREVER, RACES, Writer
from sql.database import Document
from sql.named import parts
from tests.ingest.bench import Between, rows
from tidegate.errors import (
    CommitUnknown,
    Conflict,
    StoreBusy,
    StoreError,
    StoreUnavailable,
    Unstorable,
)
from tidegate.testing import Pipeline, arrival

Outcome = Accepted | StoreError


def item(pipe: Pipeline, number: str = "1", name: str = "Disk", **options: Any) -> Arrival:
    return arrival(pipe.ids, pipe.config, {"item_id": number, "name": name}, **options)


def writer(db: Between, answers: list[tuple[int, Outcome]] | None = None) -> Writer[int]:
    pauses: list[float] = []
    told = [] if answers is None else answers
    return Writer(db, "sandbox", random.Random(1), pauses.append, lambda: 0.0, told.extend)


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [
        each.verdict if isinstance(each, Accepted) else type(each).__name__ for each in outcomes
    ]


class Once:
    """Does something before the first call only: the other writer that is faster."""

    def __init__(self, act: Any) -> None:
        self._act = act

    def __call__(self, doc: Document) -> None:
        act, self._act = self._act, lambda: None
        act()


def test_of_two_writers_that_both_saw_nothing_one_has_a_new_and_one_a_duplicate(
    pipe: Pipeline,
) -> None:
    faster: list[Accepted] = []
    db = Between(pipe.db, accept=Once(lambda: faster.extend(pipe.accept([item(pipe)]))))
    done = writer(db).accept([item(pipe)])
    assert verdicts([*faster]) == ["new"]
    assert verdicts(done) == ["duplicate"]
    assert len(rows(pipe.db, "SELECT * FROM inbox")) == 1
    assert db.calls.count("ingest/accept") == 2


def test_without_the_unique_key_of_heads_both_would_be_new(pipe: Pipeline) -> None:
    with pipe.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX entity_head_by_hash")
        connection.exec_driver_sql("DROP INDEX order_key_by_hash")
    db = Between(pipe.db, accept=Once(lambda: pipe.accept([item(pipe)])))
    with pytest.MonkeyPatch.context() as patch:
        # The queue's own unique key would still catch them: take the seq out of its way.
        patch.setattr("ingest.heads.Key.place", lambda self: random.Random().randrange(10**9))
        assert verdicts(writer(db).accept([item(pipe)])) == ["new"]
    assert len(rows(pipe.db, "SELECT * FROM inbox")) == 2


def test_a_head_that_another_writer_moved_in_between_is_seen_anew(pipe: Pipeline) -> None:
    pipe.accept([item(pipe, name="A")])
    db = Between(pipe.db, accept=Once(lambda: pipe.accept([item(pipe, name="B")])))
    assert verdicts(writer(db).accept([item(pipe, name="B")])) == ["duplicate"]
    assert [row["seq"] for row in rows(pipe.db, "SELECT seq FROM inbox ORDER BY id")] == [1, 2]


def test_without_the_compare_and_set_of_the_head_the_other_writer_s_event_is_forgotten(
    pipe: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sql.sqlite

    def blind(name: str) -> Any:
        cut = (" AND version = :seen_version", " AND next_seq = :seen_seq")
        found = []
        for part in parts(name):
            sql = part.sql
            for words in cut:
                sql = sql.replace(words, "")
            found.append(type(part)(part.verb, part.argument, part.exact, sql))
        return found

    pipe.accept([item(pipe, name="A")])
    db = Between(pipe.db, accept=Once(lambda: pipe.accept([item(pipe, name="B")])))
    with pipe.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX sync_queue_order_of_key")
    monkeypatch.setattr(sql.sqlite, "parts", blind)
    assert verdicts(writer(db).accept([item(pipe, name="B")])) == ["new"]
    assert [row["seq"] for row in rows(pipe.db, "SELECT seq FROM inbox ORDER BY id")] == [1, 2, 2]


def test_a_lost_race_rolls_all_of_the_batch_back_and_decides_all_anew(pipe: Pipeline) -> None:
    db = Between(pipe.db, accept=Once(lambda: pipe.accept([item(pipe, "1")])))
    done = writer(db).accept([item(pipe, "1"), item(pipe, "2")])
    assert verdicts(done) == ["duplicate", "new"]
    assert len(rows(pipe.db, "SELECT * FROM delivery")) == 3


def test_a_row_that_cannot_be_stored_is_refused_alone_and_its_mates_survive(
    pipe: Pipeline,
) -> None:
    def refuse(doc: Document) -> None:
        if any(b"poison" in row["body"] for row in doc["events"]):
            raise Unstorable("made to be refused")

    db = Between(pipe.db, accept=refuse)
    done = writer(db).accept([item(pipe, n, "poison" if n == "3" else "ok") for n in "12345"])
    assert verdicts(done) == ["new", "new", "rejected", "new", "new"]
    assert len(rows(pipe.db, "SELECT * FROM inbox")) == 4
    (row,) = rows(pipe.db, "SELECT reason FROM delivery WHERE verdict = 'rejected'")
    assert row["reason"] == "unstorable: made to be refused"


def test_nothing_that_leaned_on_an_evicted_row_is_answered(pipe: Pipeline) -> None:
    def refuse(doc: Document) -> None:
        if any(row["uuid"] == str(poison.event_id) for row in doc["events"]):
            raise Unstorable("made to be refused")

    poison, mate = item(pipe), item(pipe)
    done = writer(Between(pipe.db, accept=refuse)).accept([poison, mate])
    # Had the first one stood, the second would be its duplicate.
    assert verdicts(done) == ["rejected", "new"]


def test_a_busy_store_is_asked_again(pipe: Pipeline) -> None:
    errors: list[StoreError] = [StoreBusy("1205"), Conflict("2627")]

    def fail(doc: Document) -> None:
        if errors:
            raise errors.pop()

    assert verdicts(writer(Between(pipe.db, accept=fail)).accept([item(pipe)])) == ["new"]


@pytest.mark.parametrize(
    ("error", "tries"), [(StoreBusy("1205"), BUSY_TRIES), (Conflict("2627"), RACES)]
)
def test_a_store_that_stays_busy_ends_in_an_error_and_in_no_answer(
    pipe: Pipeline, error: StoreError, tries: int
) -> None:
    def fail(doc: Document) -> None:
        raise error

    db = Between(pipe.db, accept=fail)
    assert verdicts(writer(db).accept([item(pipe)])) == ["StoreUnavailable"]
    assert db.calls.count("ingest/accept") == tries


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), CommitUnknown("gone at COMMIT")])
@pytest.mark.parametrize("call", ["look", "accept"])
def test_an_unreachable_database_is_the_outcome_of_all(
    pipe: Pipeline, call: str, error: StoreError
) -> None:
    def fail(doc: Document) -> None:
        raise error

    db = Between(pipe.db, **{call: fail})
    assert writer(db).accept([item(pipe, "1"), item(pipe, "2")]) == [error, error]
    assert db.calls.count("ingest/look") == 1


def test_a_batch_costs_two_calls_of_the_store_whatever_its_size(pipe: Pipeline) -> None:
    db = Between(pipe.db)
    made = [item(pipe, str(n)) for n in range(100)]
    assert set(verdicts(writer(db).accept(made))) == {"new"}
    assert db.calls == ["ingest/look", "ingest/accept"]


def test_what_arrived_meanwhile_is_one_batch_and_everybody_is_answered(pipe: Pipeline) -> None:
    answers: list[tuple[int, Outcome]] = []
    db = Between(pipe.db)
    line = writer(db, answers)
    for ticket in range(5):
        line.submit(ticket, item(pipe, str(ticket)))
    assert line.step(7.0) == 7.0
    assert [ticket for ticket, _ in answers] == [0, 1, 2, 3, 4]
    assert len(db.calls) == 2
    assert line.step(7.0) == 7.0 + FOREVER


def test_nobody_is_answered_before_the_commit(pipe: Pipeline) -> None:
    answers: list[tuple[int, Outcome]] = []
    seen: list[int] = []
    line = writer(Between(pipe.db, accept=lambda _: seen.append(len(answers))), answers)
    line.submit(1, item(pipe))
    line.step(0.0)
    assert (seen, len(answers)) == ([0], 1)


@pytest.mark.parametrize("fields", [{"message_id": "half \ud800"}, {"priority": 2**70}])
def test_what_the_database_cannot_hold_spares_its_batch_mates(
    pipe: Pipeline, fields: dict[str, Any]
) -> None:
    bad = replace(item(pipe), **fields)
    done = writer(Between(pipe.db)).accept([bad, item(pipe, "2")])
    assert verdicts(done) == ["rejected", "new"]


def test_a_fault_of_our_own_is_an_answer_too(pipe: Pipeline) -> None:
    def fail(doc: Document) -> None:
        raise ZeroDivisionError

    done = writer(Between(pipe.db, accept=fail)).accept([item(pipe)])
    assert verdicts(done) == ["StoreUnavailable"]
