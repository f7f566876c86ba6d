"""Verbs on letters over HTTP: exactly what was shown, on record, carried out by the leader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ops.face import BASE, Face
from tests.processor.desk import Desk

WHY = {"reason": "the ERP has the item now"}


@pytest.fixture
def face(tmp_path: Path) -> Iterator[Face]:
    made = Face(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    """One with a dead letter, for tests that change nothing."""
    made = Face(tmp_path_factory.mktemp("still"))
    made.dead()
    yield made
    made.close()


def requests(face: Face) -> list[dict[str, Any]]:
    return face.rows("SELECT * FROM operator_request ORDER BY id")


def test_one_letter_is_replayed_in_the_name_of_the_keys_owner(face: Face) -> None:
    event = face.dead()
    answer = face.post("/dead-letters/replay", {"id": event} | WHY)
    assert answer.status_code == 202
    location = answer.headers["location"]
    assert location == answer.json()["status_url"]
    Desk(face.house).carry_out()
    told = face.raw("GET", location, headers=face.header("viewer")).json()
    assert (told["state"], told["changed"], told["actor"]) == ("done", 1, "the operator")
    face.house.run()
    assert face.house.state(event) == "applied"
    [row] = requests(face)
    assert (row["source"], row["host"], row["verb"]) == ("http", "testclient", "replay")


def test_a_filter_asks_for_exactly_what_it_shows(face: Face) -> None:
    for sku in "ABC":
        face.dead(sku, "no such item")
    face.dead("D", "no such price")
    which = {"filter": {"text": "item"}}
    plan = face.post("/dead-letters/discard", which | WHY | {"dry_run": True})
    assert (plan.status_code, plan.json()["count"]) == (200, 3)
    assert plan.json()["by_error_class"] == [{"name": "BusinessRule", "count": 3}]
    assert requests(face) == []
    answer = face.post("/dead-letters/discard", which | WHY | {"expect_count": 3})
    assert (answer.status_code, answer.json()["count"]) == (202, 3)


def test_where_the_letters_are_others_by_now_nothing_is_asked_for(face: Face) -> None:
    face.dead("A")
    body = {"filter": {"entity": ["products"]}, "expect_count": 1} | WHY
    face.dead("B")
    answer = face.post("/dead-letters/replay", body)
    assert (answer.status_code, answer.json()["count"]) == (409, 2)
    assert requests(face) == []


@pytest.mark.parametrize(
    "which", [{}, {"filter": {}}, {"filter": {"state": []}}, {"all": True, "filter": {}},
              {"all": True, "id": "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f"}],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["replay", "skip", "discard", "resolve"])
def test_what_does_not_say_which_is_refused(still: Face, verb: str, which: dict[str, Any]) -> None:
    applied = {"applied": False} if verb == "resolve" else {}
    assert still.post(f"/dead-letters/{verb}", which | applied | WHY).status_code == 422
    assert requests(still) == []


def test_all_says_that_every_letter_is_meant(face: Face) -> None:
    face.dead()
    answer = face.post("/dead-letters/skip", {"all": True} | WHY)
    assert (answer.status_code, answer.json()["count"]) == (202, 1)


@pytest.mark.parametrize(
    "body",
    [{"filter": {"text": "x"}}, {"filter": {"text": "x"}, "reason": ""}, {"all": "yes"} | WHY,
     {"filter": {"colour": ["red"]}} | WHY, {"all": True, "rate": 0} | WHY,
     {"all": True, "ramp": [0]} | WHY, {"id": "x"} | WHY],
)  # fmt: skip
def test_a_body_that_cannot_be_is_refused(still: Face, body: dict[str, Any]) -> None:
    assert still.post("/dead-letters/replay", body).status_code == 422
    assert requests(still) == []


def test_of_a_settled_letter_the_second_operator_is_told_by_whom(face: Face) -> None:
    event = face.dead()
    face.post("/dead-letters/discard", {"id": event} | WHY)
    Desk(face.house).carry_out()
    answer = face.post("/dead-letters/replay", {"id": event} | WHY)
    assert (answer.status_code, answer.json()["settled"]["by"]) == (409, "the operator")


def test_where_nothing_matches_nothing_is_asked_for(face: Face) -> None:
    assert face.post("/dead-letters/replay", {"all": True} | WHY).status_code == 404
    body = {"id": "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f"} | WHY
    assert face.post("/dead-letters/replay", body).status_code == 404
    assert requests(face) == []


def test_a_job_is_listed_shown_and_paused(face: Face) -> None:
    face.dead()
    job = face.post("/dead-letters/replay", {"all": True, "rate": 5, "ramp": [1, 2]} | WHY).json()
    [listed] = face.get("/replays").json()["jobs"]
    assert (listed["request_id"], listed["rate_per_s"]) == (job["request_id"], 5)
    shown = face.get(f"/replays/{job['request_id']}")
    assert (shown.status_code, shown.json()["ramp"]) == (200, [1, 2])
    for verb in ("pause", "resume", "cancel"):
        answer = face.post(f"/replays/{job['request_id']}/{verb}", WHY)
        assert answer.status_code == 202, answer.text
    assert [row["verb"] for row in requests(face)] == ["replay", "pause", "resume", "cancel"]


def test_a_key_is_held_released_and_listed(face: Face) -> None:
    event = face.dead()
    [key] = face.get("/blocked").json()["keys"]
    assert (key["by"], key["event_id"]) == ("a dead letter", event)
    for verb, given in (("hold", key["key"]), ("release", event)):
        assert face.post(f"/blocked/{verb}", {"key": given} | WHY).status_code == 202
        Desk(face.house).carry_out()
    assert [row["state"] for row in requests(face)] == ["done", "done"]
    assert face.post("/blocked/hold", {"key": "po:none"} | WHY).status_code == 404


def test_a_pause_is_made_listed_and_ended_on_record(face: Face) -> None:
    place = {"target": "sandbox", "reason": "the ERP is moved"}
    made = face.post("/pauses/pause", place | {"lasts": "2h"}).json()["pauses"]
    assert [(row["target"], row["actor"]) for row in made] == [("sandbox", "the operator")]
    assert face.get("/pauses").json()["pauses"] == made
    assert len(face.post("/pauses/resume", place).json()["ended"]) == 1
    assert face.post("/pauses/resume", place).status_code == 404
    trail = face.rows("SELECT action, host FROM audit_trail WHERE actor = 'the operator'")
    assert [tuple(row.values()) for row in trail] == [
        ("paused", "testclient"), ("resumed", "testclient"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "more", [{"target": "sandbx"}, {"entity": "nothing"}, {"until": "2020-01-01"},
             {"until": "soon"}, {"lasts": "1h", "until": "2099-01-01"}],
)  # fmt: skip
def test_a_pause_that_cannot_be_is_refused(still: Face, more: dict[str, str]) -> None:
    answer = still.post("/pauses/pause", {"target": "sandbox", "reason": "r"} | more)
    assert answer.status_code == 422
    assert still.get("/pauses").json()["pauses"] == []


def test_behind_a_proxy_the_address_of_a_request_has_its_path(face: Face) -> None:
    event = face.dead()
    face.app_root("/gate")
    answer = face.post("/dead-letters/replay", {"id": event} | WHY)
    assert answer.headers["location"].startswith(f"/gate{BASE}/requests/")


def test_an_admin_edits_a_letter_and_sends_that_in_its_place(face: Face) -> None:
    event = face.dead()
    body = {"id": event, "set": [{"at": "/name", "value": "Disk 2"}]} | WHY
    assert face.post("/dead-letters/edit-replay", body).status_code == 403
    shown = face.post("/dead-letters/edit-replay", body | {"dry_run": True}, role="admin")
    assert shown.json()["changed"] == [{"at": "/name", "old": "Disk", "new": "Disk 2"}]
    assert requests(face) == []
    answer = face.post("/dead-letters/edit-replay", body, role="admin")
    assert answer.status_code == 202, answer.text
    Desk(face.house).carry_out()
    assert face.post("/dead-letters/edit-replay", body, role="admin").status_code == 409


def test_an_edit_that_would_be_refused_is_told_why_and_shows_no_secret(face: Face) -> None:
    event = face.dead()
    body = {"id": event, "set": [{"at": "/item_id", "value": "B"}]} | WHY
    answer = face.post("/dead-letters/edit-replay", body, role="admin")
    assert (answer.status_code, requests(face)) == (422, [])
    assert "another record" in answer.json()["detail"]
    hidden = {"set": [{"at": "/api_key", "value": "hunter2"}], "dry_run": True}
    shown = face.post("/dead-letters/edit-replay", body | hidden, role="admin")
    assert (shown.status_code, "hunter2" in shown.text) == (200, False)


def test_a_filter_at_its_bounds_is_read_and_one_beyond_them_is_refused(still: Face) -> None:
    names = ("source", "entity", "type", "error_class", "letter_reason", "fingerprint")
    full: dict[str, Any] = {name: [f"{n:06x}.a" for n in range(100)] for name in names}
    full |= {"fingerprint": [f"{n:06x}" for n in range(100)], "id": [str(n) for n in range(1000)]}
    asked = {"dry_run": True} | WHY
    plan = still.post("/dead-letters/replay", {"filter": full} | asked)
    assert (plan.status_code, plan.json()["count"]) == (200, 0)
    for name in (*names, "id"):
        over = {name: [*full[name], "ffffff"]}
        assert still.post("/dead-letters/replay", {"filter": over} | asked).status_code == 422, name


def test_a_secret_in_a_reason_is_shown_to_nobody(face: Face) -> None:
    face.dead()
    job = face.post("/dead-letters/replay", {"all": True, "reason": "Bearer hunter2hunter2"}).json()
    for path in (f"/requests/{job['request_id']}", "/replays", f"/replays/{job['request_id']}",
                 "/reports/operator-actions"):  # fmt: skip
        shown = face.get(path)
        assert shown.status_code == 200
        assert "hunter2" not in shown.text, path
