"""The report of a verification, and heads as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops import audit
from sql.seal import Head
from tests.sql.records import Record, three, written
from tidegate.errors import ConfigError


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("record"), three)


@pytest.fixture
def record(file: Path, tmp_path: Path) -> Iterator[Record]:
    with closing(Record(file, tmp_path)) as made:
        yield made


def test_a_head_comes_back_as_it_was_exported(record: Record) -> None:
    head = audit.head(record.db)
    assert audit.heads_of([audit.line(head), "\n"]) == [head]
    report = audit.verify(record.db, [head])
    assert report["findings"] == []
    assert report["says"] == f"3 attempts under 2 links; proved up to link {head.seq} of 2"


def test_without_a_head_it_says_what_is_not_proved(record: Record) -> None:
    report = audit.verify(record.db)
    assert report["proved_up_to"] is None
    assert "without --head" in report["says"]


def test_with_heads_that_are_not_there_nothing_is_proved(record: Record) -> None:
    other = Head(9, "00" * 32, "2026-11-21T08:00:00Z")
    report = audit.verify(record.db, [other])
    assert [each["kind"] for each in report["findings"]] == ["cut"]
    assert "proved up to no link" in report["says"]


@pytest.mark.parametrize("line", ["7", "{}", "not json", '{"seq": "x", "hash": "y"}', "[]"])
def test_a_line_that_is_no_head_is_told_by_its_number(line: str) -> None:
    with pytest.raises(ConfigError, match="line 2 is no head"):
        audit.heads_of(['{"seq": 1, "hash": "00"}', line])


def test_it_tells_how_far_it_came(record: Record) -> None:
    told: list[tuple[int, int]] = []
    audit.verify(record.db, told=lambda link, last: told.append((link, last)))
    assert told[-1] == (2, 2)
