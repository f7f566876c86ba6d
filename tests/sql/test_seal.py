"""The seal names what was tampered with: a changed byte, a row or a link that is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sql import seal
from tests.processor.bench import BEFORE_WORK, DROPPED, House

Damage = Callable[[House], None]


@pytest.fixture
def sealed(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.far.answers["A"].append(BEFORE_WORK)
    house.far.answers["B"].append(DROPPED)
    events = [house.post(key) for key in "ABC"]
    house.until("applied", events[0])
    return house


def test_a_record_that_nobody_touched_proves_itself(sealed: House) -> None:
    with closing(sealed):
        assert seal.verify(sealed.db) == []
        assert len(sealed.rows("SELECT * FROM seal")) > 4


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE sync_attempt SET outcome = 'rejected' WHERE id = 1", "covers rows that were"),
        ("UPDATE sync_attempt SET decision = 'End' WHERE id = 1", "covers rows that were"),
        ("UPDATE sync_attempt SET closed_at = '2001-01-01' WHERE id = 1", "covers rows that"),
        ("UPDATE sync_attempt SET epoch = epoch + 1 WHERE id = 2", "covers rows that were"),
        ("UPDATE sync_attempt SET detail_hash = '00' WHERE id = 1", "covers rows that were"),
        ("UPDATE audit_trail SET action = 'dead' WHERE id = 1", "covers rows that were"),
        ("UPDATE audit_trail SET row_hash = '00' WHERE id = 1", "covers rows that were"),
        ("UPDATE audit_trail SET new = '{}' WHERE id = 1", "covers changes that read otherwise"),
        ("UPDATE audit_trail SET reason = 'x' WHERE id = 1", "covers changes that read otherwise"),
        ("DELETE FROM audit_trail WHERE id = 1", "covers rows that were"),
        ("DELETE FROM sync_attempt WHERE id = 1", "names attempts that are not there: 1.1"),
        ("UPDATE seal SET hash = zeroblob(32) WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET epoch = 99 WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET kind = 'crash' WHERE seq = 2", "link 2 does not follow from link 1"),
        ("UPDATE seal SET ids = '1.1' WHERE seq = 3", "link 3 covers rows that were"),
        ("UPDATE seal SET rows_hash = zeroblob(32) WHERE seq = 2", "link 2 does not follow"),
        ("DELETE FROM seal WHERE seq = 2", "links 2 to 2 are missing"),
        ("DELETE FROM seal WHERE seq = 0", "the chain has no beginning"),
        ("DELETE FROM seal", "the chain has no beginning"),
    ],
)
def test_what_was_changed_is_named(sealed: House, damage: str, finding: str) -> None:
    with closing(sealed):
        sealed.execute(damage)
        found = seal.verify(sealed.db)
        assert any(finding in each for each in found), found


def test_a_chain_longer_than_a_page_is_verified_across_pages(
    sealed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "PAGE", 2)
    with closing(sealed):
        assert seal.verify(sealed.db) == []
        sealed.execute("DELETE FROM seal WHERE seq = 3")
        assert "links 3 to 3 are missing" in seal.verify(sealed.db)


def test_erasing_bodies_leaves_the_chain_whole(sealed: House) -> None:
    with closing(sealed):
        sealed.execute("DELETE FROM attempt_body")
        sealed.execute("UPDATE payload SET body = x''")
        assert seal.verify(sealed.db) == []
