"""What retention takes away is named first; what else is missing is found all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sql import seal
from sql.pruning import Ranges, seal_pruned
from tests.processor.bench import House
from tests.sql.records import Record, three, written
from tidegate.errors import Deposed
from tidegate.outcome import Rejected


def live(house: House) -> None:
    house.far.answers["B"].append(Rejected("no", "e"))
    three(house)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("record"), live)


@pytest.fixture
def house(file: Path, tmp_path: Path) -> Iterator[Record]:
    with closing(Record(file, tmp_path)) as record:
        yield record


def pruned(house: Record, **ids: list[int]) -> None:
    seal_pruned(house.db, house.term, **ids)


def test_pruned_attempts_and_changes_may_be_missing(house: Record) -> None:
    pruned(house, events=[1, 3], audit=[1, 3])
    assert seal.verify(house.db) == []
    house.execute("DELETE FROM sync_attempt WHERE event_id IN (1, 3)")
    house.execute("DELETE FROM audit_trail WHERE event_id IN (1, 3)")
    proof = seal.prove(house.db)
    assert proof.findings == []
    assert proof.beside_pruned == 2  # opened, and closed, beside the pruned


def test_without_the_link_that_names_them_they_are_missed(house: Record) -> None:
    house.execute("DELETE FROM sync_attempt WHERE event_id = 1")
    assert any("attempt 1.1" in each for each in seal.verify(house.db))


def test_what_was_not_named_is_missed_among_what_was(house: Record) -> None:
    pruned(house, events=[1], audit=[1])
    house.execute("DELETE FROM sync_attempt WHERE event_id IN (1, 2)")
    house.execute("DELETE FROM audit_trail WHERE event_id = 1")
    assert any("not there: attempt 2.1" in each for each in seal.verify(house.db))


def test_what_stays_beside_the_pruned_is_checked_by_itself(house: Record) -> None:
    pruned(house, events=[1], audit=[1])
    house.execute("DELETE FROM sync_attempt WHERE event_id = 1")
    house.execute("UPDATE sync_attempt SET message = 'other' WHERE event_id = 2")
    assert any("its details (attempt 2.1)" in each for each in seal.verify(house.db))


def test_old_changes_may_go_while_their_attempts_stay(house: Record) -> None:
    pruned(house, audit=[1, 2, 3])
    house.execute("DELETE FROM audit_trail")
    assert seal.verify(house.db) == []


def test_an_erased_event_says_less_and_nothing_else(house: Record) -> None:
    pruned(house, erased=[2])
    house.execute("UPDATE sync_attempt SET message = NULL WHERE event_id = 2")
    gone = "entity_text = NULL, old = NULL, new = NULL, reason = NULL"
    house.execute(f"UPDATE audit_trail SET {gone} WHERE event_id = 2")
    assert seal.verify(house.db) == []
    house.execute("UPDATE audit_trail SET reason = 'other' WHERE event_id = 2")
    assert any("the change of attempt 2.1" in each for each in seal.verify(house.db))


def test_a_link_that_names_more_than_it_did_is_named(house: Record) -> None:
    pruned(house, events=[1])
    house.execute("UPDATE seal SET ids = 'e:1-3' WHERE kind = 'prune'")
    assert any("names other rows as pruned" in each for each in seal.verify(house.db))


def test_who_does_not_lead_names_nothing(house: Record) -> None:
    term = house.term
    house.execute("UPDATE leader SET epoch = epoch + 1")
    with pytest.raises(Deposed):
        seal_pruned(house.db, term, events=[1])


def test_numbers_are_kept_as_the_ranges_that_they_form() -> None:
    ranges = Ranges((each, each) for each in (9, 3, 4, 5, 1, 4))
    assert ranges.text() == "1,3-5,9"
    assert [each for each in range(11) if each in ranges] == [1, 3, 4, 5, 9]
    assert ranges.last == 9
