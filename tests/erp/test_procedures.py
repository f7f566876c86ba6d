"""Procedures of the house's own database: where they may run, and what their errors mean."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from erp.legacy.procedures import _judged
from erp.registry import build_adapter
from erp.rules import Rules
from sql.alone import BEGIN, SETTLE, ProcedureFailed, batch_text
from sql.named import batch
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.config_tables import AdapterOptions
from tidegate.errors import ConfigError
from tidegate.outcome import Outcome, Rejected, Retry, Unknown

PROCEDURE = {"items.upsert": {"procedure": "dbo.SetItem"}}


def failed(number: int | None = None, verdict: str = "", *, gone: bool = False) -> ProcedureFailed:
    return ProcedureFailed("no", number, "42000", verdict, gone=gone)


def outcome(error: ProcedureFailed) -> Outcome:
    try:
        return _judged(error)
    except Exception as raised:
        return Rules.shipped().decide(raised, adapter="legacy", sent=True).outcome


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (failed(50000), Rejected),
        (failed(50017), Rejected),
        (failed(99999), Rejected),
        (failed(2147483647), Rejected),
        (failed(49920), Retry),
        (failed(547), Retry),
        (failed(1205), Retry),
        (failed(1222), Retry),
        (failed(None), Retry),
        (failed(verdict="undone"), Rejected),
        (failed(verdict="returned"), Rejected),
        (failed(verdict="committed"), Unknown),
        (failed(gone=True), Unknown),
        (failed(50017, gone=True), Unknown),
    ],
)
def test_the_server_s_number_says_what_an_error_means(
    error: ProcedureFailed, expected: type
) -> None:
    assert isinstance(outcome(error), expected)


def test_a_lock_waited_for_is_named_by_its_rule() -> None:
    with pytest.raises(Exception, match="no") as raised:
        _judged(failed(1222))
    decided = Rules.shipped().decide(raised.value, adapter="legacy", sent=True)
    assert decided.rule == "sql.busy"


def test_the_batch_is_the_settlement_word_for_word_behind_the_procedure() -> None:
    settle, text = batch(SETTLE)[0], batch_text()
    assert settle.count(BEGIN) == 1
    head, tail = settle.split(BEGIN)
    assert text.endswith(f"{head}\n{tail}")
    places = [text.index(each) for each in ("@call", "@@TRANCOUNT <> 2", "UPDATE tidegate.leader")]
    assert places == sorted(places)
    assert BEGIN not in text


@pytest.mark.parametrize(
    "name", ["a.b.c", "server.db.dbo.SetDate", "dbo.[x", "SetDate", "dbo.x;--"]
)
def test_a_name_is_a_schema_and_a_procedure_and_nothing_else(name: str) -> None:
    with pytest.raises(ValueError, match="procedure"):
        AdapterOptions.model_validate({"commands": {"items.upsert": {"procedure": name}}})


def test_procedures_need_the_house_on_sql_server(tmp_path: Path) -> None:
    options = AdapterOptions.model_validate({"commands": PROCEDURE})
    with (
        closing(SqliteDatabase(tmp_path / "t.sqlite", ManualClock())) as db,
        pytest.raises(ConfigError, match="no SQL Server") as caught,
    ):
        build_adapter("legacy", options, None, None, db=db)
    assert "DB_DSN" in caught.value.next_step


def test_functions_and_procedures_make_one_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    function: dict[str, Any] = {"purchaseOrderLines.date": {"call": "purchasing:set_date"}}
    given = {"interpreter": sys.executable, "commands": PROCEDURE | function}
    options = AdapterOptions.model_validate(given)
    monkeypatch.setattr("erp.legacy.procedures.MssqlDatabase", type(None))
    adapter = build_adapter("legacy", options, None, None)
    assert {name: each.repeat.value for name, each in adapter.commands.items()} == {
        "items.upsert": "transactional",
        "purchaseOrderLines.date": "never",
    }
    adapter.close()
