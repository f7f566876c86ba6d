"""The lock: one holder, free as soon as its session ends, and never a lie."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from sql import odbc
from sql.applock import AppLock
from sql.mssql import MssqlDatabase
from tests.sql.tds_proxy import TdsProxy

pytestmark = pytest.mark.mssql


@pytest.fixture
def db(mssql_dsn: str) -> Iterator[MssqlDatabase]:
    with closing(MssqlDatabase(mssql_dsn, None, None, "tidegate test")) as db:
        yield db


@pytest.fixture
def lock(db: MssqlDatabase) -> Iterator[AppLock]:
    with closing(AppLock.of(db, "tidegate.sync")) as lock:
        yield lock


@pytest.fixture
def other(db: MssqlDatabase) -> Iterator[AppLock]:
    with closing(AppLock(db.session, "tidegate.sync", wait=0.5)) as lock:
        yield lock


def test_a_second_holder_is_refused_however_often_it_asks(lock: AppLock, other: AppLock) -> None:
    assert lock.try_acquire()
    assert [other.try_acquire() for _ in range(5)] == [False] * 5
    assert lock.held()


def test_it_is_free_once_its_session_is_closed(lock: AppLock, other: AppLock) -> None:
    assert lock.try_acquire()
    lock.close()
    assert other.try_acquire()


def test_asking_again_does_not_stack_and_one_release_frees_it(
    lock: AppLock, other: AppLock
) -> None:
    assert lock.try_acquire()
    assert lock.try_acquire()
    lock.release()
    assert other.try_acquire()


def test_names_are_locks_of_their_own(db: MssqlDatabase, lock: AppLock) -> None:
    assert lock.try_acquire()
    with closing(AppLock.of(db, "tidegate.relay")) as relay:
        assert relay.try_acquire()


def test_who_lost_its_session_holds_nothing(mssql_dsn: str) -> None:
    with TdsProxy(mssql_dsn) as proxy:
        dsn = odbc.odbc_string(proxy.dsn, None, "test", connectretrycount="0")
        with closing(AppLock(lambda: odbc.connect(dsn), "tidegate.lost")) as lock:
            assert lock.try_acquire()
            proxy.cut_answers = True
            assert not lock.held()
            assert not lock.try_acquire()


def test_where_nothing_answers_it_is_not_held(
    mssql_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odbc, "LOGIN_S", 1)
    nowhere = odbc.odbc_string(mssql_dsn, None, "test", server="127.0.0.1,9", connectretrycount="0")
    assert not AppLock(lambda: odbc.connect(nowhere), "tidegate.sync").try_acquire()


def test_release_and_close_without_a_holder_do_nothing(lock: AppLock) -> None:
    lock.release()
    lock.close()
    assert not lock.held()


def session_of(lock: AppLock) -> int:
    return int(vars(lock)["_session"].execute("SELECT @@SPID").fetchval())


def test_who_is_killed_holds_nothing_and_another_gets_it(
    db: MssqlDatabase, lock: AppLock, other: AppLock
) -> None:
    assert lock.try_acquire()
    with closing(db.session()) as administrator:
        administrator.execute(f"KILL {session_of(lock)}").close()
    assert not lock.held()
    assert other.try_acquire()


def test_many_may_ask_at_once(lock: AppLock) -> None:
    assert lock.try_acquire()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: lock.held(), range(200)))


def test_an_administrator_sees_which_session_has_it(db: MssqlDatabase, lock: AppLock) -> None:
    assert lock.try_acquire()
    with closing(db.session()) as administrator:
        asked = "SELECT program_name FROM sys.dm_exec_sessions WHERE session_id = ?"
        assert administrator.execute(asked, session_of(lock)).fetchval() == "tidegate test lock"
