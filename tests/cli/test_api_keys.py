"""`tidegate api-keys`: a key is printed once, listed by its prefix, revoked for good."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli import exits
from tests.cli.conftest import Run, with_schema
from tests.e2e.house import House
from tests.e2e.wait import eventually

WHY = ("--reason", "it leaked", "--yes")


@pytest.fixture
def db(run: Run) -> Run:
    with_schema(Path("d"))
    return lambda *args: run(*args, "--dir", "d")


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection:
        return connection.execute(sql).fetchall()


def test_the_key_alone_is_on_stdout_and_nowhere_afterwards(db: Run) -> None:
    ran = db("api-keys", "create", "--owner", "Ana", "--role", "viewer")
    key = ran.out.strip()
    assert re.fullmatch(r"tg_[a-z2-7]{8}_[a-z2-7]{32}", key)
    assert key not in ran.err
    listed = db("api-keys", "list", "-o", "json")
    assert key not in listed.out
    assert [(row["owner"], row["role"], row["state"]) for row in listed.json] == [
        ("Ana", "viewer", "live")
    ]
    assert key.encode() not in (Path("d") / "tidegate.sqlite").read_bytes()


def test_making_and_revoking_are_on_record_with_who_where_and_why(db: Run) -> None:
    made = db("api-keys", "create", "--owner", "Ana", "--role", "operator", "-o", "json").json
    assert db("api-keys", "revoke", made["prefix"], *WHY).code == exits.OK
    (created, revoked) = rows("SELECT action, actor, host, reason, new FROM audit_trail")
    assert (created[0], revoked[0], revoked[3]) == ("key created", "key revoked", "it leaked")
    assert created[1].startswith("cli:")
    assert created[2]
    assert made["key"] not in created[4]
    assert db("api-keys", "list", "-o", "json").json[0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90d", 90 * 86_400), ("2h", 7200), ("2099-01-01T00:00Z", None)]
)
def test_a_key_may_end(db: Run, text: str, seconds: int | None) -> None:
    db("api-keys", "create", "--owner", "Ana", "--role", "viewer", "--expires", text)
    ((ends, lasts),) = rows(
        "SELECT expires_at, unixepoch(expires_at) - unixepoch(created_at) FROM api_key"
    )
    assert ends == "2099-01-01 00:00:00.000000" if seconds is None else abs(lasts - seconds) <= 1


@pytest.mark.parametrize(
    "wrong",
    [("--owner", "admin"), ("--owner", ""), ("--role", "root"), ("--expires", "soon"),
     ("--expires", "2020-01-01")],
)  # fmt: skip
def test_a_key_that_cannot_be_is_a_usage_error(db: Run, wrong: tuple[str, str]) -> None:
    given = {"--owner": "Ana", "--role": "viewer"} | dict([wrong])
    ran = db("api-keys", "create", *(each for pair in given.items() for each in pair))
    assert ran.code == exits.USAGE
    assert rows("SELECT * FROM api_key") == []


def test_what_is_not_there_and_what_was_revoked_have_codes_of_their_own(db: Run) -> None:
    assert db("api-keys", "list").code == exits.NOTHING
    assert db("api-keys", "revoke", "tg_aaaaaaaa", *WHY).code == exits.NOTHING
    key = db("api-keys", "create", "--owner", "Ana", "--role", "viewer").out.strip()
    assert db("api-keys", "revoke", key, *WHY).code == exits.OK
    assert db("api-keys", "revoke", key, *WHY).code == exits.PROBLEM


@pytest.mark.process
def test_a_key_opens_and_a_revoked_one_does_not_within_two_seconds(house: House, run: Run) -> None:
    def cli(*args: str) -> str:
        ran = run("api-keys", *args, "--dir", house.dir)
        assert ran.code == exits.OK, ran.err
        return ran.out.strip()

    def answer(key: str, path: str) -> int:
        headers = {"X-API-Key": key}
        return httpx.get(f"{house.http.base_url}{path}", headers=headers).status_code

    key = cli("create", "--owner", "Ana", "--role", "viewer")
    eventually("it opens", 2.5, lambda: answer(key, "/queue/stats") == 200 or None)
    assert answer(key, "/api/v1/ops/dead-letters") == 200
    assert answer(key, "/api/v1/ops/config") == 403
    cli("revoke", key, *WHY)
    eventually("it opens nothing", 2.5, lambda: answer(key, "/queue/stats") == 401 or None)

    def told() -> list[tuple[Any, ...]] | None:
        with closing(sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)) as connection:
            return (
                connection.execute(
                    "SELECT DISTINCT status, owner, reason FROM access_log "
                    "WHERE owner = 'Ana' AND status > 400 ORDER BY status"
                ).fetchall()
                or None
            )

    eventually("both are on record", 5, lambda: len(told() or []) == 2 or None)
    assert told() == [(401, "Ana", "revoked"), (403, "Ana", "needs admin")]
