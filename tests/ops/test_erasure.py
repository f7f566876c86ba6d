"""One entity's data goes on request, the record stands; what was archived can return."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops.archive import Archive
from ops.erasure import Erasure, ask_erase, ask_prune, ask_restore, left_behind
from ops.who import Who
from sql.seal import verify
from tests.ops.test_retention import DAY, applied, count, keeper, prune, term
from tests.processor.bench import House
from tests.processor.desk import NO
from tidegate.errors import ConfigError

ANN = Who("cli:ann", "cli", "desk")


def erase(house: House, key: str, archive: Archive | None = None) -> dict[str, Any]:
    """Ask for it, have it carried out; the request as it ended."""
    place = {"source": "zoho", "entity": "products", "entity_id": entity_id(house, key)}
    return carried_out(house, place, archive)


def carried_out(
    house: House, place: dict[str, str], archive: Archive | None = None
) -> dict[str, Any]:
    request = ask_erase(house.db, house.pipe.ids, ANN, place, "she asked for it")
    duty = duty_of(house, archive)
    while duty.run(term(house)):
        pass
    return house.rows(f"SELECT * FROM operator_request WHERE uuid = '{request}'")[0]


def duty_of(house: House, archive: Archive | None) -> Erasure:
    return Erasure(house.db, keeper(house, archive), archive, house.pipe.config.version)


def entity_id(house: House, key: str) -> str:
    found = house.rows("SELECT DISTINCT entity_text AS t FROM inbox WHERE entity_text IS NOT NULL")
    return next(str(row["t"]) for row in found if str(row["t"]).endswith(key))


def everything(house: House) -> str:
    """Every text of the tables that may hold what a source said."""
    names = ("inbox", "payload", "delivery", "sync_attempt", "attempt_body", "audit_trail")
    return str([house.rows(f"SELECT * FROM {name}") for name in (*names, "dead_letter")])


def test_what_is_erased_is_nowhere_and_the_record_still_proves_itself(house: House) -> None:
    house.post("A", "Jane Doe")
    house.post("B", "John Roe")
    house.run()
    assert "Jane Doe" in everything(house)
    done = erase(house, "A")
    assert (done["state"], done["matched"], done["changed"], done["skipped"]) == ("done", 1, 1, 0)
    assert "Jane Doe" not in everything(house)
    assert "John Roe" in everything(house)
    assert verify(house.db) == []


def test_who_erased_it_and_why_is_on_record(house: House) -> None:
    applied(house, 1)
    erase(house, "K0")
    found = house.rows("SELECT actor, host, reason FROM audit_trail WHERE action = 'erased'")
    assert found == [{"actor": "cli:ann", "host": "desk", "reason": "she asked for it"}]


def test_a_letter_of_it_is_erased_and_stays_dead(house: House) -> None:
    house.far.answers["A"].append(NO)
    event = house.post("A", "Jane Doe")
    house.run()
    erase(house, "A")
    assert house.state(event) == "dead"
    assert "Jane Doe" not in everything(house)
    assert verify(house.db) == []


def test_what_is_live_is_left_alone_and_said(house: House) -> None:
    house.post("A", "Jane Doe")
    house.run()
    house.post("A", "Jane Smith")
    done = erase(house, "A")
    assert (done["matched"], done["changed"], done["skipped"]) == (2, 1, 1)
    assert json.loads(done["result"]) == {"skipped": "still live"}
    house.run()
    assert ("A", "Jane Smith") in house.far.effects


def test_a_change_that_is_blanked_without_an_erasure_is_found(tmp_path: Path) -> None:
    house = House(tmp_path)
    applied(house, 1)
    with house.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_trail SET old = NULL, new = NULL")
    assert verify(house.db) != []
    house.close()


def test_the_archive_forgets_it_too(house: House, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    applied(house, 2)
    house.pipe.clock.advance(181 * DAY)
    prune(house, keeper(house, archive))
    assert len(list(archive.events())) == 2
    erase(house, "K0", archive)
    assert len(list(archive.events())) == 1


def test_an_archived_event_returns_with_its_body_and_its_end(house: House, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    event = applied(house, 1)[0]
    before = house.rows("SELECT * FROM inbox")[0], house.rows("SELECT * FROM payload")[0]
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, archive, bodies=None))
    assert count(house, "inbox") == 0
    ask_restore(house.db, house.pipe.ids, ANN, archive, event, "the auditor wants it")
    duty_of(house, archive).run(term(house))
    after = house.rows("SELECT * FROM inbox")[0], house.rows("SELECT * FROM payload")[0]
    assert after[0] | {"id": 0} == before[0] | {"id": 0}
    assert after[1] | {"event_id": 0} == before[1] | {"event_id": 0}
    assert house.rows("SELECT value FROM counter WHERE name = 'pruned.applied'") == [{"value": 0}]
    assert verify(house.db) == []


def test_an_event_that_is_there_is_not_restored_twice(house: House, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    event = applied(house, 1)[0]
    house.pipe.clock.advance(181 * DAY)
    prune(house, keeper(house, archive))
    ask_restore(house.db, house.pipe.ids, ANN, archive, event, "twice")
    duty_of(house, archive).run(term(house))
    assert count(house, "inbox") == 1


def test_what_the_archive_does_not_hold_is_said(house: House, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no event"):
        ask_restore(house.db, house.pipe.ids, ANN, Archive(tmp_path), "0" * 36, "why not")


def test_a_round_of_retention_can_be_asked_for(house: House) -> None:
    applied(house, 3)
    house.pipe.clock.advance(401 * DAY)
    request = ask_prune(house.db, house.pipe.ids, ANN, "the disk is full")
    duty = duty_of(house, None)
    while duty.run(term(house)):
        pass
    done = house.rows(f"SELECT state, changed FROM operator_request WHERE uuid = '{request}'")[0]
    assert done["state"] == "done"
    assert done["changed"] >= 3
    assert count(house, "inbox") == 0
    assert house.rows("SELECT actor FROM audit_trail WHERE action = 'pruned'") == [
        {"actor": "cli:ann"}
    ]


def test_the_archive_forgets_events_that_have_left_the_database(
    house: House, tmp_path: Path
) -> None:
    archive = Archive(tmp_path / "archive")
    gone, other = applied(house, 2)
    place = {"source": "zoho", "entity": "products", "entity_id": entity_id(house, "K0")}
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, archive))
    assert left_behind(house.db, archive, place)
    assert carried_out(house, place, archive)["state"] == "done"
    assert archive.find(gone) is None
    assert archive.find(other) is not None
    assert not left_behind(house.db, archive, place)


def test_changes_that_outlive_their_event_are_erased_and_still_proved(house: House) -> None:
    house.post("A", "Jane Doe")
    house.post("B", "John Roe")
    house.run()
    place = {"source": "zoho", "entity": "products", "entity_id": entity_id(house, "A")}
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house))
    assert "Jane Doe" in everything(house)
    carried_out(house, place)
    assert "Jane Doe" not in everything(house)
    assert "John Roe" in everything(house)
    assert verify(house.db) == []


def test_what_operators_asked_for_with_its_body_is_erased_too(house: House, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    house.post("A", "Jane Doe")
    house.run()
    event = house.rows("SELECT uuid FROM inbox")[0]["uuid"]
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, archive, bodies=None))
    ask_restore(house.db, house.pipe.ids, ANN, archive, event, "the auditor wants it")
    duty_of(house, archive).run(term(house))
    place = {"source": "zoho", "entity": "products", "entity_id": entity_id(house, "A")}
    carried_out(house, place, archive)
    assert house.rows("SELECT filter FROM operator_request WHERE verb = 'restore'") == [
        {"filter": "{}"}
    ]
    assert house.rows("SELECT 1 FROM audit_trail WHERE entity_text IS NOT NULL") == []
    assert verify(house.db) == []


def test_an_erasure_goes_on_where_a_leader_left_it(house: House, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    gone = applied(house, 1)[0]
    place = {"source": "zoho", "entity": "products", "entity_id": entity_id(house, "K0")}
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, archive))
    ask_erase(house.db, house.pipe.ids, ANN, place, "she asked for it")
    for _ in range(3):
        # Each is another leader's, which knows what the rows say and nothing more.
        duty_of(house, archive).run(term(house))
    assert archive.find(gone) is not None
    duty = duty_of(house, archive)
    while duty.run(term(house)):
        pass
    assert archive.find(gone) is None


@pytest.mark.parametrize(
    ("verb", "wish"),
    [
        ("restore", {"inbox": {}}),
        ("restore", {"inbox": {"uuid": "x", "state": "live"}, "payload": {}, "delivery": []}),
        ("restore", {"inbox": {"uuid": "x", "state": "applied"}, "payload": {}, "delivery": []}),
        ("erase", {"source": "zoho"}),
        ("erase", []),
    ],
)
def test_a_wish_that_cannot_be_carried_out_fails_and_lets_the_next_come(
    house: House, verb: str, wish: Any
) -> None:
    applied(house, 1)
    asked = {"uuid": "0" * 36, "verb": verb, "filter": json.dumps(wish), "event_uuid": None}
    said = {"reason": "x", "actor": "x", "host": None, "source": "sql"}
    house.db.run("requests/ask", asked | said)
    assert erase(house, "K0")["state"] == "done"
    bad = house.rows("SELECT state, ended_at FROM operator_request ORDER BY id")[0]
    assert bad["state"] == "failed"
    assert bad["ended_at"] is not None
    assert count(house, "inbox") == 1


def test_a_prune_that_cannot_write_the_archive_says_so(house: House, tmp_path: Path) -> None:
    applied(house, 1)
    house.pipe.clock.advance(401 * DAY)
    (tmp_path / "archive").write_text("a file stands there")
    request = ask_prune(house.db, house.pipe.ids, ANN, "the disk is full")
    duty_of(house, Archive(tmp_path / "archive")).run(term(house))
    row = house.rows("SELECT state, result FROM operator_request WHERE uuid = ?", request)[0]
    assert row["state"] == "failed"
    assert "cannot be written" in row["result"]
    assert count(house, "inbox") == 1
