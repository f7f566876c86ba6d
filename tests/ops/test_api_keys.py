"""API keys: what is kept of them, who made and revoked them, and how soon that is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.access import Barred, Holder, Keys
from ops.api_keys import KeyDesk, NewKey, NoSuchKey, WrongKey, listed
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Document
from sql.migrate import upgrade
from sql.tables.audit import audit_trail
from tests.ingest.bench import Between
from tests.sql.databases import KINDS, empty_database
from tests.sql.stores import every_row
from tidegate.clock import Clock, ManualClock, SystemClock
from tidegate.errors import StoreUnavailable
from tidegate.ids import Ids
from tidegate.redact import redact_text
from tidegate.testing import migrated

WHO = Who("cli:ana", "cli", "desk-4")
WHY = "it leaked"


def desk_of(db: Database, clock: Clock) -> KeyDesk:
    return KeyDesk(db, Ids(clock), WHO, "v1")


def made(desk: KeyDesk, clock: Clock, owner: str = "Ana", role: str = "viewer") -> NewKey:
    return desk.create(owner, role, None, clock.now())


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as found:
        upgrade(found, SystemClock())
        yield found


def test_a_key_is_made_used_and_revoked_and_each_is_on_record(db: Database) -> None:
    clock = SystemClock()
    desk, keys = desk_of(db, clock), Keys("", db, clock)
    key = desk.create("Ana Müller", "operator", clock.now() + timedelta(days=90), clock.now())
    keys.step(0.0)
    assert keys.look(key.key) == Holder("Ana Müller", "operator", key.key_id)
    keys.step(1.0)
    [told] = listed(db)
    assert (told["state"], told["prefix"], told["created_by"]) == ("live", key.prefix, "cli:ana")
    assert told["last_used_at"].endswith(":00.000000Z")
    assert desk.revoke(key.prefix, WHY)["revoked_by"] == "cli:ana"
    keys.step(2.0)
    assert keys.look(key.key) == Barred("Ana Müller", "operator", "revoked")
    rows = every_row(db)[audit_trail.name]
    assert [row["action"] for row in rows] == ["key created", "key revoked"]
    assert all(row["row_hash"] == row_hash(row) for row in rows)
    assert (rows[1]["host"], rows[1]["reason"]) == ("desk-4", WHY)


def test_nothing_that_is_kept_opens_anything(db: Database) -> None:
    key = made(desk_of(db, SystemClock()), SystemClock())
    kept = every_row(db)
    assert key.key not in str(kept)
    assert key.key.removeprefix(key.prefix) not in str(kept)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Between]:
    inner = migrated(tmp_path / "tidegate.sqlite", clock)
    yield Between(inner)
    inner.close()


def test_an_expired_key_opens_nothing_from_that_instant(store: Between, clock: ManualClock) -> None:
    desk, keys = desk_of(store, clock), Keys("", store, clock)
    key = desk.create("Ana", "viewer", clock.now() + timedelta(seconds=60), clock.now())
    keys.refresh()
    clock.advance(59)
    assert isinstance(keys.look(key.key), Holder)
    clock.advance(1)
    assert keys.look(key.key) == Barred("Ana", "viewer", "expired")


def test_no_look_at_a_key_asks_the_database(store: Between, clock: ManualClock) -> None:
    keys = Keys("admin-key-0123456789", store, clock)
    keys.refresh()
    store.calls.clear()
    for given in (None, "", "tg_aaaaaaaa_wrong", "x" * 100_000, "admin-key-0123456789"):
        keys.look(given)
    assert store.calls == []


def test_the_key_of_the_environment_is_an_admins_and_an_empty_one_opens_nothing() -> None:
    assert Keys("admin-key-0123456789").look("admin-key-0123456789") == Holder("admin", "admin")
    assert Keys("").look("") is None


def test_uses_are_written_once_a_minute(store: Between, clock: ManualClock) -> None:
    desk, keys = desk_of(store, clock), Keys("", store, clock)
    key = made(desk, clock)
    for second in range(90):
        keys.step(float(second))
        keys.look(key.key)
    assert store.calls.count("keys/used") == 2


def test_while_the_database_is_away_the_last_picture_stands(
    store: Between, clock: ManualClock
) -> None:
    desk, keys = desk_of(store, clock), Keys("", store, clock)
    key = made(desk, clock)
    keys.step(0.0)

    def away(_: Document) -> None:
        raise StoreUnavailable("away")

    store.before["picture"] = away
    assert keys.step(1.0) == 2.0
    assert isinstance(keys.look(key.key), Holder)


@pytest.mark.parametrize(
    ("owner", "role"),
    [("", "viewer"), ("x" * 101, "viewer"), ("a\nb", "viewer"), ("Admin", "viewer"),
     ("cli:ana", "viewer"), ("Ana", "root")],
)  # fmt: skip
def test_an_owner_or_role_that_cannot_be_is_refused(
    store: Between, clock: ManualClock, owner: str, role: str
) -> None:
    with pytest.raises(WrongKey):
        made(desk_of(store, clock), clock, owner, role)
    assert listed(store) == []


def test_a_key_that_would_have_expired_is_refused(store: Between, clock: ManualClock) -> None:
    with pytest.raises(WrongKey):
        desk_of(store, clock).create("Ana", "viewer", clock.now(), clock.now())


def test_a_second_revocation_is_told_and_leaves_no_record(
    store: Between, clock: ManualClock
) -> None:
    desk = desk_of(store, clock)
    key = made(desk, clock)
    desk.revoke(key.key, WHY)
    with pytest.raises(WrongKey, match="revoked before"):
        desk.revoke(key.key_id, WHY)
    assert len(every_row(store)[audit_trail.name]) == 2


@pytest.mark.parametrize("wanted", ["", "nothing", "tg_aaaaaaaa", "*"])
def test_what_names_no_key_revokes_none(store: Between, clock: ManualClock, wanted: str) -> None:
    made(desk_of(store, clock), clock)
    with pytest.raises(NoSuchKey):
        desk_of(store, clock).revoke(wanted, WHY)
    assert [key["state"] for key in listed(store)] == ["live"]


def test_a_key_in_a_text_is_masked(store: Between, clock: ManualClock) -> None:
    key = made(desk_of(store, clock), clock)
    assert redact_text(f"refused: {key.key}!") == f"refused: {key.prefix}_***!"


def test_a_role_may_what_those_before_it_may_and_an_unknown_one_nothing() -> None:
    may: dict[str, Any] = {
        role: [Holder("A", role).may(needed) for needed in ("viewer", "operator", "admin")]
        for role in ("viewer", "operator", "admin", "owner")
    }
    assert may == {
        "viewer": [True, False, False],
        "operator": [True, True, False],
        "admin": [True, True, True],
        "owner": [False, False, False],
    }
