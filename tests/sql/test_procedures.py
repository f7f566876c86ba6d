"""Procedures and roles: in step with the statements, they ask as promised, no role has more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from sql import odbc, standin
from sql.dump import ROLES, schema_script
from sql.grants import roles_script, service_grants, touched
from sql.procedures import PROCEDURES, procedure_sql
from sql.tables.control import operator_request
from sql.tables.inbox import inbox, order_key
from sql.tables.outbox import outbox
from sql.tables.queue import dead_letter
from sql.tables.system import leader
from sql.views import VIEWS
from tests.sql.databases import server_dsn
from tests.sql.viewing import add, ago, at_one_moment, public, same_id, upgraded

GRANT = re.compile(r"GRANT ([A-Z, ]+) ON tidegate\.(\w+) TO (\w+);")
PASSWORD = "A-test-only-1"


def granted(role: str) -> dict[str, set[str]]:
    found = GRANT.findall(ROLES.read_text(encoding="utf-8"))
    return {name: set(verbs.split(", ")) for verbs, name, to in found if to == role}


def test_the_roles_that_are_checked_in_are_those_that_the_statements_ask_for() -> None:
    assert ROLES.read_text(encoding="utf-8") == roles_script()


def test_the_service_may_do_to_tables_what_statements_do_and_read_the_views() -> None:
    views = {view: {"SELECT"} for view in VIEWS}
    assert granted("tidegate_service") == service_grants() | views
    assert "DELETE" not in granted("tidegate_service")["seal"]
    assert "config_version" not in granted("tidegate_reader")


def test_people_s_roles_see_views_alone_and_operators_may_ask_besides() -> None:
    views = {view: {"SELECT"} for view in VIEWS}
    asks = {name: {"EXECUTE"} for name in PROCEDURES if name != "publish"}
    assert granted("tidegate_reader") == views
    assert granted("tidegate_operator") == views | asks
    assert granted("tidegate_publisher") == {"publish": {"EXECUTE"}}


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("SELECT 1 FROM tidegate.seal s", {("SELECT", "seal")}),
        ("DELETE FROM tidegate.pause WHERE id = 1", {("SELECT", "pause"), ("DELETE", "pause")}),
        ("INSERT INTO tidegate.alert (id) SELECT 1", {("INSERT", "alert")}),
        ("UPDATE p SET a = 1 FROM tidegate.pause p", {("SELECT", "pause"), ("UPDATE", "pause")}),
        ("UPDATE TOP (3) tidegate.pause SET a = 1", {("SELECT", "pause"), ("UPDATE", "pause")}),
        ("INSERT INTO @rows SELECT 1 -- FROM tidegate.seal", set()),
        ("SELECT 'DELETE FROM tidegate.seal'", set()),
    ],
)
def test_what_a_statement_touches_is_read_from_it(
    statement: str, wanted: set[tuple[str, str]]
) -> None:
    assert set(touched(statement)) == wanted


@pytest.mark.parametrize("name", PROCEDURES)
def test_a_procedure_is_altered_so_that_grants_on_it_stay(name: str) -> None:
    code = procedure_sql(name)
    assert f"ALTER PROCEDURE tidegate.{name}\n" in code
    assert f"IF OBJECT_ID(N'tidegate.{name}', N'P') IS NULL" in schema_script()
    assert code.strip() in schema_script()
    assert not re.search(r"\b(UPDATE|DELETE|MERGE|WAITFOR)\b", code)
    wanted = "outbox" if name == "publish" else "operator_request"
    assert {table for verb, table in touched(code) if verb == "INSERT"} == {wanted}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with upgraded("mssql", tmp_path_factory.mktemp("procedures")) as house:
        yield house


@pytest.fixture
def db(house: Any) -> Iterator[Any]:
    with at_one_moment(house) as db:
        yield db


def call(engine: Engine, sql: str, *values: object) -> Any:
    with engine.begin() as connection:
        return connection.exec_driver_sql(sql, values).fetchone()


def dead(db: Any, number: int = 7) -> str:
    key = add(db, order_key, text="products/4", target="bc")
    event = add(db, inbox, uuid=public(number), state="dead", key_id=key)
    add(db, dead_letter, event_id=event, event_uuid=public(number), state="open")
    return public(number)


def asked(db: Any) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(select(operator_request)).one()


@pytest.mark.mssql
@pytest.mark.parametrize("verb", ["replay", "skip", "discard"])
def test_a_wish_about_a_letter_is_a_request_in_the_caller_s_name(db: Any, verb: str) -> None:
    event = dead(db)
    made = call(db.engine, f"EXEC tidegate.{verb} @event = ?, @reason = N' Größe '", event)
    row = asked(db)
    assert same_id(made.request_id) == same_id(row.uuid)
    assert (row.verb, row.reason, row.state, row.source) == (verb, "Größe", "open", "sql")
    assert (row.filter, same_id(row.event_uuid)) == ("{}", event)
    assert row.actor.startswith("sql:")
    assert row.host
    assert "nobody leads" in made.note


@pytest.mark.mssql
def test_where_somebody_leads_the_note_says_so(db: Any) -> None:
    event = dead(db)
    with db.engine.begin() as connection:
        beat = update(leader).where(leader.c.name == "sync")
        connection.execute(beat.values(holder="host:1", beat_at=ago(-1)))
    sql = "EXEC tidegate.replay @event = ?, @reason = N'r', @out_of_order = 1"
    assert call(db.engine, sql, event).note == "the leader carries it out"
    assert asked(db).filter == '{"out_of_order": true}'


@pytest.mark.mssql
def test_a_key_is_held_by_its_text_or_by_an_event_of_it(db: Any) -> None:
    event = dead(db)
    call(db.engine, "EXEC tidegate.hold @order_key = N'products/4', @reason = N'r'")
    first = asked(db)
    assert (first.verb, first.event_uuid) == ("hold", None)
    assert re.fullmatch(r'\{"key_id": \d+\}', first.filter)
    call(db.engine, "EXEC tidegate.release @event = ?, @reason = N'r'", event)
    with db.engine.connect() as connection:
        filters = connection.execute(select(operator_request.c.filter)).scalars().all()
    assert filters == [first.filter] * 2


@pytest.mark.mssql
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("EXEC tidegate.replay @event = ?, @reason = N' '", "say why"),
        (f"EXEC tidegate.skip @event = ?, @reason = N'{'r' * 2}', @nonsense = 1", "nonsense"),
        ("EXEC tidegate.discard @reason = N'r', @event = '00000000-0000-0000-0000-00000000000f'",
         "never died"),
        ("EXEC tidegate.hold @reason = N'r', @order_key = N'nobody'", "no such key"),
        ("EXEC tidegate.publish @type = 'order', @subject = N's', @data = N'{}'", "a dot"),
        ("EXEC tidegate.publish @type = 'a.b', @subject = N' ', @data = N'{}'", "what it is about"),
        ("EXEC tidegate.publish @type = 'a.b', @subject = N's', @data = N'[]'", "JSON object"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(db: Any, sql: str, words: str) -> None:
    event = dead(db)
    with pytest.raises(Exception, match=words):
        call(db.engine, sql, *([event] if "?" in sql else []))


@pytest.mark.mssql
def test_what_is_published_goes_with_its_caller_s_transaction(db: Any) -> None:
    sql = "EXEC tidegate.publish @type = 'order.shipped', @subject = N'4', @data = N'{\"a\": 1}'"
    with db.engine.connect() as connection:
        connection.exec_driver_sql(sql).fetchone()
        connection.rollback()
        assert connection.execute(select(outbox)).fetchall() == []
        made = connection.exec_driver_sql(sql).fetchone()
        connection.commit()
        [row] = connection.execute(select(outbox)).fetchall()
    assert made is not None
    assert same_id(row.event_uuid) == same_id(made.event_id)
    assert (row.type, row.subject, len(row.key_hash)) == ("order.shipped", "4", 32)


@contextmanager
def member(db: Any, role: str) -> Iterator[Any]:
    """A connection of a login that has nothing but a role."""
    name = f"{role}_member"
    dsn = odbc.odbc_string(server_dsn(), None, "test")
    with closing(odbc.connect(dsn)) as admin:
        admin.execute(f"CREATE LOGIN {name}_l WITH PASSWORD = '{PASSWORD}'")
        admin.execute(f"CREATE USER {name} FOR LOGIN {name}_l")
        admin.execute(f"ALTER ROLE {role} ADD MEMBER {name}")
        try:
            own = odbc.odbc_string(server_dsn(), None, "test", uid=f"{name}_l", pwd=PASSWORD)
            with closing(odbc.connect(own)) as connection:
                yield connection
        finally:
            admin.execute(f"ALTER ROLE {role} DROP MEMBER {name}")
            admin.execute(f"DROP USER {name}")
            admin.execute(f"DROP LOGIN {name}_l")


def refused(connection: Any, sql: str) -> bool:
    try:
        connection.execute(sql).close()
    except odbc.driver().Error as error:
        return "permission" in str(error).lower()
    return False


@pytest.mark.mssql
def test_a_reader_sees_every_view_and_nothing_else(db: Any) -> None:
    with member(db, "tidegate_reader") as reader:
        assert [v for v in VIEWS if refused(reader, f"SELECT TOP (1) * FROM tidegate.{v}")] == []
        assert refused(reader, "SELECT TOP (1) * FROM tidegate.payload")
        assert refused(reader, "SELECT TOP (1) * FROM tidegate.inbox")
        assert refused(reader, "EXEC tidegate.hold @reason = N'r', @order_key = N'k'")


def enters(connection: Any, sql: str, table: str) -> bool:
    """Whether a procedure may be executed by who may not touch its table.

    SQL Server lets it work by its owner's rights; the stand-in runs it by the caller's, and comes
    as far as the table.
    """
    try:
        connection.execute(sql).close()
    except odbc.driver().Error as error:
        chains = connection.execute(standin.ASK).fetchval() is None
        return not chains and f"permission denied for table {table}" in str(error)
    return True


@pytest.mark.mssql
def test_an_operator_asks_by_procedures_alone(db: Any) -> None:
    wish = f"@event = '{dead(db)}', @reason = N'r'"
    with member(db, "tidegate_operator") as operator:
        for verb in ("replay", "skip", "discard"):
            assert enters(operator, f"EXEC tidegate.{verb} {wish}", "inbox")
        assert enters(operator, f"EXEC tidegate.hold {wish}", "inbox")
        assert enters(operator, f"EXEC tidegate.release {wish}", "inbox")
        assert not enters(operator, "EXEC tidegate.publish 'a.b', N's', N'{}'", "outbox")
        assert refused(operator, "UPDATE tidegate.dead_letter SET state = 'replayed'")
        assert refused(operator, "DELETE FROM tidegate.operator_request")


@pytest.mark.mssql
def test_a_publisher_publishes_and_reads_nothing(db: Any) -> None:
    with member(db, "tidegate_publisher") as publisher:
        assert enters(publisher, "EXEC tidegate.publish 'a.b', N's', N'{}'", "outbox")
        assert refused(publisher, "SELECT * FROM tidegate.outbox")
        assert refused(publisher, "SELECT * FROM tidegate.v_leader")


@pytest.mark.mssql
def test_the_service_makes_no_tables_and_unseals_nothing(db: Any) -> None:
    with member(db, "tidegate_service") as service:
        service.execute("SELECT COUNT(*) FROM tidegate.inbox").close()
        assert refused(service, "DELETE FROM tidegate.seal")
        assert refused(service, "CREATE TABLE tidegate.mine (id int)")
