"""The seal: whatever is changed, taken away, put in or cut off is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sql import seal
from sql.tables.queue import sync_attempt
from tests.processor.bench import BEFORE_WORK, DROPPED, House, Stuck, cut
from tests.sql.records import Record, written


def live(house: House) -> None:
    house.far.answers["A"].append(BEFORE_WORK)
    house.far.answers["B"].append(DROPPED)
    events = [house.post(key) for key in "ABC"]
    house.until("applied", events[0])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("record"), live)


@pytest.fixture
def sealed(file: Path, tmp_path: Path) -> Iterator[Record]:
    with closing(Record(file, tmp_path)) as record:
        yield record


def head_of(house: Record) -> seal.Head:
    row = house.rows("SELECT seq, hash, at FROM seal ORDER BY seq DESC LIMIT 1")[0]
    return seal.Head(row["seq"], row["hash"].hex(), row["at"])


def test_a_record_that_nobody_touched_proves_itself(sealed: Record) -> None:
    proof = seal.prove(sealed.db, [head_of(sealed)])
    assert proof.findings == []
    assert proof.attempts == sealed.rows("SELECT COUNT(*) AS n FROM sync_attempt")[0]["n"]
    assert proof.to_head == proof.links == head_of(sealed).seq > 4


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE sync_attempt SET outcome = 'rejected' WHERE id = 1", "covers rows that were"),
        ("UPDATE sync_attempt SET decision = 'End' WHERE id = 1", "covers rows that were"),
        ("UPDATE sync_attempt SET closed_at = '2001-01-01' WHERE id = 1", "covers rows that"),
        ("UPDATE sync_attempt SET detail_hash = '00' WHERE id = 1", "its details (attempt 1.1)"),
        ("UPDATE audit_trail SET action = 'dead' WHERE id = 1", "the change of attempt 3.1"),
        ("UPDATE audit_trail SET row_hash = '00' WHERE id = 1", "the change of attempt 3.1"),
        ("UPDATE audit_trail SET new = '{}' WHERE id = 1", "the change of attempt 3.1"),
        ("UPDATE audit_trail SET host = 'x' WHERE id = 1", "the change of attempt 3.1"),
        ("UPDATE audit_trail SET at = '2001-01-01' WHERE id = 1", "covers rows that were"),
        ("DELETE FROM audit_trail WHERE id = 1", "not there: the change of attempt 3.1"),
        ("DELETE FROM sync_attempt WHERE id = 1", "link 2 names what is not there: attempt 1.1"),
        ("UPDATE seal SET hash = zeroblob(32) WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET epoch = 99 WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET kind = 'crash' WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET ids = '1.1' WHERE seq = 3", "link 3 covers rows that were"),
        ("UPDATE seal SET ids = 'x' WHERE seq = 3", "link 3 names what is not there"),
        ("UPDATE seal SET rows_hash = zeroblob(32) WHERE seq = 2", "link 2 does not follow"),
        ("UPDATE seal SET hash = 'x' WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET at = 'x', rows_hash = 'x' WHERE seq = 2", "link 2 does not follow"),
        ("DELETE FROM seal WHERE seq = 2", "links 2 to 2 are missing"),
        ("DELETE FROM seal WHERE seq = 0", "the chain has no beginning"),
        ("DELETE FROM seal", "the chain has no beginning"),
    ],
)
def test_what_was_changed_is_named(sealed: Record, damage: str, finding: str) -> None:
    sealed.execute(damage)
    found = seal.verify(sealed.db)
    assert any(finding in each for each in found), found


@pytest.mark.parametrize(
    "column", [each.name for each in sync_attempt.columns if each.name not in ("id", "number")]
)
def test_one_changed_byte_of_an_attempt_is_named(sealed: Record, column: str) -> None:
    sealed.execute(f"UPDATE sync_attempt SET {column} = COALESCE({column}, '') || '1'")
    assert seal.verify(sealed.db)


def test_two_attempts_that_were_swapped_are_named(sealed: Record) -> None:
    sealed.execute("UPDATE sync_attempt SET event_id = -event_id WHERE number = 1")
    sealed.execute("UPDATE sync_attempt SET event_id = 3 WHERE event_id = -1")
    sealed.execute("UPDATE sync_attempt SET event_id = 1 WHERE event_id = -3")
    sealed.execute("UPDATE sync_attempt SET event_id = -event_id WHERE event_id < 0")
    found = seal.verify(sealed.db)
    assert any("attempt 1.1" in each and "attempt 3.1" in each for each in found), found


def test_attempts_that_stand_in_each_other_s_place_are_named(sealed: Record) -> None:
    last = sealed.rows("SELECT MAX(id) AS id FROM sync_attempt")[0]["id"]
    for old, new in ((1, -1), (last, 1), (-1, last)):
        sealed.execute("UPDATE sync_attempt SET id = ? WHERE id = ?", new, old)
    assert any("stands elsewhere" in each for each in seal.verify(sealed.db))


COPIED = "event_id, 9, kind, target, epoch, alone, opened_at, config_version FROM sync_attempt"


@pytest.mark.parametrize("number", ["-7", "99"])
def test_an_attempt_that_was_put_in_is_named(sealed: Record, number: str) -> None:
    sealed.execute(
        "INSERT INTO sync_attempt (id, event_id, number, kind, target, epoch, alone, opened_at,"
        f" config_version) SELECT {number}, {COPIED} WHERE id = 1"
    )
    found = seal.verify(sealed.db)
    assert found == ["attempt 1.9 is under no link: somebody put it in"]


def test_one_that_was_put_into_a_gap_is_named(sealed: Record) -> None:
    sealed.execute("UPDATE sync_attempt SET id = id + 10 WHERE id > 1")
    sealed.execute(
        "INSERT INTO sync_attempt (id, event_id, number, kind, target, epoch, alone, opened_at,"
        f" config_version) SELECT 5, {COPIED} WHERE id = 1"
    )
    assert "attempt 1.9 is under no link: somebody put it in" in seal.verify(sealed.db)


def test_a_change_that_was_put_in_is_named(sealed: Record) -> None:
    columns = "event_id, event_uuid, at, action, actor, source, entity, config_version, row_hash"
    sealed.execute(
        f"INSERT INTO audit_trail (id, attempt, {columns}) "
        f"SELECT 99, 8, {columns} FROM audit_trail WHERE id = 1"
    )
    assert seal.verify(sealed.db) == ["change 99 (applied) is under no link: somebody put it in"]


def test_an_open_attempt_that_somebody_closed_is_named(tmp_path: Path) -> None:
    with closing(House(tmp_path, lanes=Stuck())) as house:
        house.post("A")
        house.run(2)
        assert seal.verify(house.db) == []
        house.execute("UPDATE sync_attempt SET closed_at = opened_at, outcome = 'applied'")
        assert seal.verify(house.db) == ["attempt 1.1 is closed, and no link says so"]


def test_a_tail_that_was_cut_is_named_by_an_exported_head_alone(sealed: Record) -> None:
    head = head_of(sealed)
    sealed.execute("DELETE FROM seal WHERE seq = ?", head.seq)
    sealed.execute(
        "UPDATE sync_attempt SET closed_at = NULL, outcome = NULL, sent_at = NULL, rule = NULL,"
        "decision = NULL, status = NULL, message = NULL WHERE id = (SELECT MAX(id) FROM"
        " sync_attempt)"
    )
    sealed.execute("DELETE FROM audit_trail WHERE id = (SELECT MAX(id) FROM audit_trail)")
    assert seal.prove(sealed.db).findings == []
    proof = seal.prove(sealed.db, [head])
    assert [(each.kind, each.link) for each in proof.findings] == [("cut", head.seq)]
    assert "its tail was cut" in proof.findings[0].text
    assert proof.to_head is None


def test_a_chain_that_was_written_anew_is_not_the_exported_one(sealed: Record) -> None:
    head = head_of(sealed)
    other = seal.Head(head.seq, "00" * 32, head.at)
    proof = seal.prove(sealed.db, [other])
    assert [each.text for each in proof.findings] == [
        f"link {head.seq} is not the one that was exported on {head.at}"
    ]


def test_a_chain_longer_than_a_page_is_verified_across_pages(
    sealed: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "PAGE", 2)
    monkeypatch.setattr(seal, "GROUP", 1)
    assert seal.verify(sealed.db) == []
    sealed.execute("DELETE FROM seal WHERE seq = 3")
    assert "links 3 to 3 are missing" in seal.verify(sealed.db)


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE attempt_body SET request = request || x'20'", "the request that was sent"),
        ("UPDATE attempt_body SET answer = answer || x'20'", "the answer that came back"),
    ],
)
def test_a_body_that_is_not_what_was_sealed_is_named(
    sealed: Record, damage: str, finding: str
) -> None:
    sealed.execute(damage)
    assert any(finding in each for each in seal.verify(sealed.db))
    sealed.execute("UPDATE payload SET erased_at = '2026-11-21 08:00:00.000000'")
    assert seal.verify(sealed.db) == []


def test_erasing_bodies_leaves_the_chain_whole(sealed: Record) -> None:
    sealed.execute("DELETE FROM attempt_body")
    sealed.execute("UPDATE payload SET body = x''")
    assert seal.verify(sealed.db) == []


def test_attempts_from_before_answers_had_a_column_prove_themselves(sealed: Record) -> None:
    sealed.execute("UPDATE sync_attempt SET answer_hash = NULL")
    assert seal.verify(sealed.db) == []
    sealed.execute("UPDATE attempt_body SET answer = answer || x'20'")
    assert any("its details" in each for each in seal.verify(sealed.db))


def test_links_from_before_schema_4_prove_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "|| :now || '|' || :config_version AS line", "|| :now AS line")
    with closing(House(tmp_path)) as house:
        house.until("applied", house.post("A"))
        house.execute("UPDATE sync_attempt SET config_version = 'old'")
        assert seal.verify(house.db) == []
