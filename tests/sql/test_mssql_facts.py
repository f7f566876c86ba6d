"""What a server says of itself."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from sql import odbc
from sql.mssql_facts import ServerFacts, create_database, server_facts
from tidegate.errors import ConfigError

FACTS = ServerFacts("Standard Edition", "13.0", 2, None, "house", 130, "DISABLED", False)


def test_a_compatibility_level_without_openjson_is_refused_with_the_way_out() -> None:
    FACTS.require()
    with pytest.raises(ConfigError) as caught:
        replace(FACTS, compatibility_level=120).require()
    assert "SET COMPATIBILITY_LEVEL = 130" in caught.value.next_step


def test_the_stand_in_may_say_any_level() -> None:
    replace(FACTS, compatibility_level=120, babelfish="4.3.0").require()


def test_only_forced_durability_loses_commits_for_all() -> None:
    assert replace(FACTS, delayed_durability="FORCED").may_lose_commits
    assert not replace(FACTS, delayed_durability="ALLOWED").may_lose_commits


def test_a_dsn_without_a_database_cannot_create_one() -> None:
    with pytest.raises(ConfigError, match="names no database"):
        create_database("DRIVER={x};SERVER=nowhere", None, "test")


@pytest.mark.mssql
def test_the_server_tells_its_facts(mssql_dsn: str) -> None:
    facts = server_facts(mssql_dsn, None, "tidegate test")
    assert facts.name == odbc.field(mssql_dsn, "database")
    assert facts.version
    facts.require()


@pytest.mark.mssql
def test_a_database_is_made_once_whatever_its_name(mssql_dsn: str) -> None:
    name = f"{odbc.field(mssql_dsn, 'database')} 2-b"
    dsn = odbc.odbc_string(mssql_dsn, None, "test", database=name)
    try:
        assert create_database(dsn, None, "test")
        assert not create_database(dsn, None, "test")
    finally:
        master = odbc.odbc_string(mssql_dsn, None, "test", database="master")
        with closing(odbc.connect(master)) as session:
            session.execute(f"DROP DATABASE IF EXISTS [{name}]").close()
