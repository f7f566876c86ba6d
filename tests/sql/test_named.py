"""What a document may leave out, and what is not asked without a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sql.named import batch, parts
from sql.sqlite import SqliteDatabase
from tests.sql.scenario import A1, C1, acceptance, digest, look
from tests.sql.stores import created, emptied, every_row
from tidegate.clock import ManualClock
from tidegate.errors import StoreError

OF_COMMANDS = {"blocked", "pauses", "backlog"}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with closing(SqliteDatabase(tmp_path / "t.sqlite", ManualClock())) as made:
        created(made)
        emptied(made)
        yield made


def traced(db: SqliteDatabase, **doc: Any) -> int:
    """How many statements a look takes."""
    heard: list[str] = []
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    connection.set_trace_callback(heard.append)
    pooled.close()
    db.read("ingest/look", look(**doc))
    connection.set_trace_callback(None)
    return len(heard)


def test_a_look_for_webhooks_alone_takes_no_statement_for_commands(db: SqliteDatabase) -> None:
    assert traced(db) == traced(db, command_keys=[], backlog=9) == 3
    assert traced(db, command_keys=[digest("A")], backlog=9) == 3 + len(OF_COMMANDS)


def test_what_is_not_asked_is_empty(db: SqliteDatabase) -> None:
    found = db.read("ingest/look", look())
    assert {name for name in OF_COMMANDS if found[name] == []} == OF_COMMANDS


def test_on_sql_server_all_that_is_about_commands_stands_under_one_condition() -> None:
    text, names = batch("ingest/look")
    before, _, rest = text.partition("IF EXISTS (SELECT 1 FROM @command_keys)\nBEGIN\n")
    inside, _, after = rest.partition("\nEND;\n")
    for table in ("sync_queue", "pause", "dead_letter"):
        assert f"tidegate.{table} " in inside
        assert f"tidegate.{table} " not in before + after
    assert set(names) > OF_COMMANDS


def test_what_a_script_calls_optional_is_null_where_it_is_left_out(db: SqliteDatabase) -> None:
    db.run("ingest/accept", acceptance())
    found = every_row(db)
    assert {row["deadline_at"] for row in found["sync_queue"]} == {None}
    assert {row["seen"] for row in found["delivery"]} == {1}
    assert [row["uuid"] for row in found["inbox"]][::3] == [A1, C1]


def test_rows_of_one_list_may_differ_in_what_they_leave_out(db: SqliteDatabase) -> None:
    document = dict(acceptance())
    document["queue"] = [document["queue"][0] | {"deadline_in_s": 2.0}, *document["queue"][1:]]
    db.run("ingest/accept", document)
    deadlines = [row["deadline_at"] for row in every_row(db)["sync_queue"]]
    assert [each is None for each in deadlines] == [False, True, True]


def test_what_no_script_calls_optional_has_to_be_there(db: SqliteDatabase) -> None:
    with pytest.raises(StoreError, match="target"):
        db.read("queue/poll", {})


def test_a_part_knows_its_list_and_what_it_wants() -> None:
    found = {part.argument: part for part in parts("ingest/look")}
    assert {name for name, part in found.items() if part.wants == "command_keys"} == OF_COMMANDS
    assert found["backlog"].optional == {"backlog": None}
