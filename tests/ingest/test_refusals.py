"""What is kept of those who were refused: few rows, every one counted, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import tally as bounds
from ingest.arrival import Peer
from ingest.refusals import ROWS, Refusals, prefix
from sql.database import Document
from tests.ingest.tallied import Tallied
from tidegate.errors import CommitUnknown, StoreUnavailable, Unstorable
from tidegate.ids import Ids

HERE = Peer("203.0.113.7", "curl/8", '{"content-type":"text/plain"}')


class Bench(Tallied):
    """Refusals, and what became of them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "SELECT * FROM delivery ORDER BY id")
        self.refusals = self.tally = Refusals(self.db, Ids(self.clock), "v1", self.wake)

    def note(self, reason: str = "unauthorized", peer: Peer = HERE, source: str = "zoho") -> None:
        self.refusals.note(source, "products", reason, 401, peer)

    def settle(self) -> None:
        """Step until nothing waits."""
        while self.step() == 0:
            pass


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.db.close()


def place(number: int) -> Peer:
    """An address in a network of its own."""
    return Peer(f"10.{number >> 8}.{number & 255}.1")


def test_a_refusal_leaves_a_row_that_says_who_was_refused_and_why(bench: Bench) -> None:
    bench.note("too_large")
    bench.settle()
    [row] = bench.rows()
    assert (row["source"], row["entity"], row["entity_text"]) == ("zoho", "products", None)
    assert (row["verdict"], row["rule"], row["reason"]) == ("rejected", "too_large", "answered 401")
    assert (row["remote"], row["user_agent"], row["headers"]) == (
        HERE.remote,
        HERE.user_agent,
        HERE.headers,
    )
    assert (row["channel"], row["event_uuid"], row["config_version"]) == ("none", None, "v1")


def test_noting_writes_nothing_by_itself(bench: Bench) -> None:
    bench.note()
    assert bench.db.calls == []


def test_ten_rows_a_minute_and_the_last_counts_the_rest(bench: Bench) -> None:
    for _ in range(25):
        bench.note()
    bench.settle()
    for _ in range(5):
        bench.note()
        bench.clock.advance(1)
        bench.settle()
    assert bench.seen() == [1] * 9 + [21]


def test_the_next_minute_has_rows_of_its_own(bench: Bench) -> None:
    for _ in range(30):
        bench.note()
    bench.settle()
    bench.clock.advance(60)
    bench.step()
    bench.note()
    bench.settle()
    assert bench.seen() == [1] * 9 + [21, 1]


def test_a_network_counts_as_one_sender_and_each_reason_and_source_alone(bench: Bench) -> None:
    for host in range(1, 13):
        bench.note(peer=Peer(f"203.0.113.{host}"))
    bench.note(peer=Peer("203.0.114.1"))
    bench.note("too_large")
    bench.note(source="stripe")
    bench.settle()
    assert bench.seen() == [1] * 9 + [3] + [1, 1, 1]


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("not an address", ""),
        (None, ""),
    ],
)
def test_prefixes(remote: str | None, network: str) -> None:
    assert prefix(remote) == network


def test_beyond_a_thousand_places_one_row_counts_for_all(bench: Bench) -> None:
    for number in range(bounds.KINDS + 500):
        bench.note(peer=place(number))
    bench.settle()
    found = bench.rows()
    assert len(found) == bounds.KINDS + ROWS
    shared = found[bounds.KINDS :]
    assert {(row["source"], row["remote"]) for row in shared} == {(bounds.ELSEWHERE, None)}
    assert sum(bench.seen()) == bounds.KINDS + 500


def test_it_writes_once_a_second_while_they_come_and_sleeps_when_they_stop(bench: Bench) -> None:
    bench.note()
    assert (bench.wakes, bench.step()) == (1, bounds.FLUSH_EVERY)
    bench.note()
    assert bench.wakes == 1
    bench.clock.advance(1)
    assert bench.step() == bounds.FLUSH_EVERY
    bench.clock.advance(60)
    assert bench.step() == bounds.FOREVER
    bench.note()
    assert bench.wakes == 2


def away(_: Document) -> None:
    raise StoreUnavailable("away")


def test_while_the_store_is_away_it_counts_on_within_bounds(bench: Bench) -> None:
    bench.db.before["accept"] = away
    for minute in range(5):
        for number in range(bounds.KINDS):
            for _ in range(4):
                bench.note(peer=place(number + minute * bounds.KINDS))
        bench.clock.advance(60)
        assert bench.step() == bounds.AWAY
    bench.db.before.clear()
    bench.settle()
    assert sum(bench.seen()) == 5 * bounds.KINDS * 4
    assert len(bench.rows()) <= bounds.MOST_OPEN + bounds.MOST_WRITTEN + ROWS


def test_what_is_counted_while_a_write_is_under_way_is_not_lost(bench: Bench) -> None:
    for _ in range(ROWS):
        bench.note()
    bench.db.before["accept"] = lambda _: bench.note()
    bench.step()
    bench.db.before.clear()
    bench.settle()
    assert bench.seen() == [1] * 9 + [2]


def test_a_commit_whose_answer_was_lost_counts_once(bench: Bench) -> None:
    def lost(doc: Document) -> None:
        bench.db.inner.run("ingest/accept", doc)
        raise CommitUnknown("the answer was lost")

    bench.note()
    bench.db.before["accept"] = lost
    assert bench.step() == bounds.AWAY
    bench.note(peer=place(1))
    bench.db.before.clear()
    bench.settle()
    bench.settle()
    assert bench.seen() == [1, 1]


def test_what_the_store_cannot_hold_costs_the_words_and_not_the_count(bench: Bench) -> None:
    def picky(doc: Document) -> None:
        if any(row["user_agent"] for row in doc["deliveries"]):
            raise Unstorable("no such characters")

    bench.db.before["accept"] = picky
    bench.note()
    bench.settle()
    [row] = bench.rows()
    assert (row["user_agent"], row["headers"], row["remote"]) == (None, None, HERE.remote)


def test_a_stop_writes_what_is_left(bench: Bench) -> None:
    bench.note()
    bench.refusals.close()
    assert bench.seen() == [1]


def test_a_stop_without_a_store_ends_all_the_same(bench: Bench) -> None:
    bench.db.before["accept"] = away
    bench.note()
    bench.refusals.close()
    assert bench.rows() == []


def test_threads_may_note_while_another_writes(bench: Bench) -> None:
    def knock() -> None:
        for _ in range(500):
            bench.note()

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        bench.step()
    bench.settle()
    bench.refusals.close()
    assert (len(bench.rows()), sum(bench.seen())) == (10, 2000)
