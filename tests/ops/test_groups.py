"""Letters by error and age, and by cause; and that neither walks a table that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from ops.events import Events
from ops.letters import Letters
from processor.letters import fingerprint
from sql.filters import Filter
from sql.sqlite import SqliteDatabase
from sql.tables.inbox import inbox
from sql.tables.queue import dead_letter
from tests.ops.dead import ANNA, Dead
from tidegate.clock import ManualClock
from tidegate.testing import migrated

EVENT = "00000000-0000-4000-8000-{:012}"


def test_errors_are_counted_by_age(dead: Dead) -> None:
    found = dead.letters.summary(Filter())
    counted = {row["error_class"]: row for row in found["classes"]}
    ages = ("all", "1h", "3h", "24h", "3d", "7d")
    assert [counted["Application_NoVendor"][age] for age in ages] == [1, 1, 1, 1, 1, 1]
    assert [counted["Application_Refused"][age] for age in ages] == [2, 0, 0, 1, 2, 2]
    assert list(counted) == ["Application_Refused", "Application_NoVendor"]


def test_a_summary_says_how_many_how_old_and_how_many_keys_are_held(dead: Dead) -> None:
    found = dead.letters.summary(Filter())
    assert (found["total"], found["keys"], found["keys_held"]) == (3, 3, 3)
    assert found["oldest_age_s"] == pytest.approx(26 * 3600, abs=60)
    assert not found["capped"]


def test_a_summary_of_nothing_is_empty(dead: Dead) -> None:
    found = dead.letters.summary(Filter(key="nobody's"))
    assert (found["total"], found["classes"], found["oldest_age_s"]) == (0, [], None)


def test_a_summary_and_groups_act_on_the_filter(dead: Dead) -> None:
    flt = Filter(older_than_s=3 * 3600.0, error_classes=("Application_Refused",))
    assert dead.letters.summary(flt)["total"] == 2
    assert [row["count"] for row in dead.letters.groups(flt)["groups"]] == [2]


def test_letters_of_one_cause_are_a_group_with_a_sample(dead: Dead) -> None:
    found = dead.letters.groups(Filter())
    large, small = found["groups"]
    assert (large["count"], large["keys"], large["sample_id"]) == (2, 2, dead.b)
    assert (small["count"], small["message"]) == (1, "there is no vendor 100%")
    assert large["first_at"] < large["last_at"]
    assert "Bearer ***" in large["message"]
    assert found["letters"] == 3


def test_a_group_tells_what_was_said_of_it(dead: Dead) -> None:
    digits = dead.letters.groups(Filter())["groups"][0]["fingerprint"]
    for text in ("first", "second"):
        dead.letters.note(ANNA, digits, text)
    dead.letters.assign(ANNA, digits, "Bea")
    group = dead.letters.groups(Filter())["groups"][0]
    assert (group["note"], group["notes"], group["owner"]) == ("second", 2, "Bea")


def test_more_groups_than_are_shown_are_said_to_be_there(dead: Dead) -> None:
    found = dead.letters.groups(Filter(), limit=1)
    assert (len(found["groups"]), found["capped"]) == (1, True)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabase]:
    """10,000 open letters of five causes, and some that were closed."""
    clock = ManualClock()
    path = tmp_path_factory.mktemp("many") / "many.sqlite"
    with closing(migrated(path, clock)) as db:
        with db.engine.begin() as connection:
            connection.execute(insert(inbox), [_event(i) for i in range(1, 12_001)])
            connection.execute(insert(dead_letter), [_letter(i) for i in range(1, 12_001)])
        yield db


def _event(i: int) -> dict[str, Any]:
    texts = {"source": "zoho", "entity": "products", "kind": "state", "operation": "update"}
    texts |= {"channel": "shape", "verdict": "new", "state": "dead", "config_version": "c"}
    numbers = {"id": i, "key_id": i, "seq": 1, "message_no": 0, "rule_version": 1, "late": 0}
    return texts | numbers | {"uuid": EVENT.format(i), "accepted_at": "2026-11-20 08:00:00.000000"}


def _letter(i: int) -> dict[str, Any]:
    return {
        "event_id": i,
        "event_uuid": EVENT.format(i),
        "key_id": i,
        "born_at": f"2026-11-20 08:{i % 60:02}:00.000000",
        "reason": "rejected",
        "error_class": f"Error_{i % 5}",
        "message": "no",
        "fingerprint": f"{i % 5:064x}",
        "attempts": 1,
        "state": "open" if i <= 10_000 else "replayed",
    }


@contextmanager
def asked(db: SqliteDatabase) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that SQLAlchemy runs meanwhile."""
    found: list[tuple[str, Any]] = []

    def keep(*given: Any) -> None:
        found.append((given[2], given[3]))

    event.listen(db.engine, "before_cursor_execute", keep)
    yield found
    event.remove(db.engine, "before_cursor_execute", keep)


def walked(connection: Connection, statements: list[tuple[str, Any]]) -> list[str]:
    """Steps that read a whole table, not an index of the few that are open."""
    steps = []
    for statement, given in statements:
        if statement.startswith("SELECT"):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            steps += [str(row[3]) for row in plan]
    allowed = (
        "INDEX dead_letter_open",
        "INDEX dead_letter_group",
        "INDEX dead_letter_classes",
        "SCAN (",
        "SCAN anon",
        "SCAN held",
    )
    return [
        step for step in steps if step.startswith("SCAN") and not any(a in step for a in allowed)
    ]


@pytest.mark.parametrize(
    ("call", "count"),
    [
        (lambda letters: letters.summary(Filter())["total"], 10_000),
        (lambda letters: len(letters.groups(Filter())["groups"]), 5),
        (lambda letters: letters.list(Filter())["count"], 10_000),
        (lambda letters: letters.list(Filter(fingerprints=(f"{1:064x}",)))["count"], 2_000),
        (lambda letters: len(letters.list(Filter(), after=EVENT.format(4001))["letters"]), 50),
    ],
)
def test_open_letters_are_found_by_the_indexes_made_for_them(
    many: SqliteDatabase, call: Callable[[Letters], int], count: int
) -> None:
    with asked(many) as statements:
        assert call(Letters(many)) == count
    assert statements
    with many.engine.connect() as connection:
        assert walked(connection, statements) == []


def test_without_an_index_the_list_would_walk(many: SqliteDatabase) -> None:
    with asked(many) as statements:
        Letters(many).list(Filter())
    many.engine.dispose()  # a connection remembers the plans that it has explained
    with many.engine.connect() as connection:
        for name in ("dead_letter_open", "dead_letter_group", "dead_letter_classes"):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        assert walked(connection, statements)
        connection.rollback()


def test_dead_events_are_found_by_their_letters(many: SqliteDatabase) -> None:
    with asked(many) as statements:
        found = Events(many).list(Filter(states=("dead",)))
    assert len(found["events"]) == 50
    with many.engine.connect() as connection:
        assert walked(connection, statements) == []


@pytest.mark.parametrize(
    "message",
    [
        "no vendor 17 for 'HD-1' CorrelationId:  0b1fc0de-1111-4111-8111-111111111111.",
        "no vendor 4711 for 'HD-2' CorrelationId:  7c2ad0de-2222-4222-8222-22222222aaaa.",
        "no vendor 5 for 'x y' CorrelationId:  DEADBEEF0123456789abcdef01234567.",
    ],
)
def test_ids_numbers_and_quoted_values_do_not_part_what_has_one_cause(message: str) -> None:
    same = fingerprint("Application_NoVendor", "no vendor 1 for '' CorrelationId:  1.", "bills")
    assert fingerprint("Application_NoVendor", message, "bills") == same


@pytest.mark.parametrize(
    ("error_class", "message", "entity"),
    [
        ("Application_Other", "no vendor 1", "bills"),
        ("Application_NoVendor", "no item 1", "bills"),
        ("Application_NoVendor", "no vendor 1", "items"),
        ("Application_NoVendor", "no vendor deadbeef", "bills"),
    ],
)
def test_another_error_words_or_entity_is_another_cause(
    error_class: str, message: str, entity: str
) -> None:
    one = fingerprint("Application_NoVendor", "no vendor 1", "bills")
    assert fingerprint(error_class, message, entity) != one
