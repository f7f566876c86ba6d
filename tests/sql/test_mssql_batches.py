"""The batches keep to the rules that no server will remind us of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sql
from sql.mssql import call
from sql.named import batch, parts

STATEMENTS = Path(sql.__file__).parent / "statements"
NAMES = sorted(
    path.relative_to(STATEMENTS).as_posix().removesuffix(".sqlite.sql")
    for path in STATEMENTS.rglob("*.sqlite.sql")
)
HEAD = """\
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
"""
# What SQL Server 2016 has not, or the TDS test server refuses.
NOT_PORTABLE = re.compile(
    r"\b(STRING_AGG|TRIM|MERGE|WAITFOR|CREATE OR ALTER|STRING_SPLIT|CONCAT_WS|GREATEST|LEAST)\b"
)
WIDTH = re.compile(r"\b(?:n?varchar)\((\d+)\)")


def opened(text: str) -> list[str]:
    """What stands in the brackets of every OPENJSON … WITH (…)."""
    return re.findall(
        r"OPENJSON\(@doc, '[^']+'\) WITH \((.*?)\)(?:;|\n| [a-z]|\))", text, re.DOTALL
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_hands_back_the_result_sets_of_its_sqlite_script(name: str) -> None:
    here = [part.argument for part in parts(name) if part.verb == "rows"]
    fenced = any(part.verb == "fence" for part in parts(name))
    assert list(batch(name)[1]) == ["fence"] * fenced + ["now", *here]


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_ascii_begins_alike_and_is_portable(name: str) -> None:
    text = batch(name)[0]
    assert text.isascii()
    assert HEAD in text
    assert not NOT_PORTABLE.search(text)


@pytest.mark.parametrize("name", [name for name in NAMES if "BEGIN TRAN" in batch(name)[0]])
def test_results_are_selected_after_the_commit_so_that_no_reader_holds_a_lock(name: str) -> None:
    before, _, after = batch(name)[0].partition("\nCOMMIT;\n")
    assert after.count("\nSELECT") + 1 == len(batch(name)[1])
    assert "tidegate." not in after
    assert not re.search(
        r"^SELECT (?!TOP \(1\) @|@)", before.partition("BEGIN TRAN;")[2], re.M
    ) or ("INSERT INTO" in before)


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_read_one_wider_than_a_column_so_that_the_column_refuses(name: str) -> None:
    widths = {int(width) for inner in opened(batch(name)[0]) for width in WIDTH.findall(inner)}
    assert widths <= {11, 13, 21, 33, 41, 56, 61, 65, 101, 201, 401, 2001}


def test_a_batch_travels_as_one_literal_with_two_parameters() -> None:
    statement, _ = call("queue/settle")
    assert statement.startswith("{CALL sp_executesql(N'-- What a batch")
    assert statement.endswith("', N'@P1 nvarchar(max), @P2 varbinary(max)', ?, ?)}")
    literal = statement[
        len("{CALL sp_executesql(N'") : -len("', N'@P1 nvarchar(max), @P2 varbinary(max)', ?, ?)}")
    ]
    assert literal.replace("''", "'") == batch("queue/settle")[0]
