"""The operator's verbs over HTTP: rights, the record of who tried, masks, answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.face import BASE, Face
from tidegate import canon

PROBLEM = "application/problem+json"


@pytest.fixture
def face(tmp_path: Path) -> Iterator[Face]:
    made = Face(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    """One for tests that change nothing."""
    made = Face(tmp_path_factory.mktemp("still"))
    yield made
    made.close()


@pytest.mark.parametrize("key", [None, "wrong", "tg_aaaaaaaa_wrong"])
def test_without_a_key_no_page_answers(still: Face, key: str | None) -> None:
    headers = {} if key is None else {"X-API-Key": key}
    for page in still.pages():
        answer = still.raw(page.method, page.address, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), page.address


def test_a_viewer_may_only_read_and_is_told_which_role_it_takes(still: Face) -> None:
    listed = still.pages()
    refused = [page for page in listed if page.needs != "viewer"]
    assert {page.method for page in listed if page.needs == "viewer"} == {"GET"}
    for page in refused:
        answer = still.raw(page.method, page.address, headers=still.header("viewer"))
        assert answer.status_code == 403, page.address
        assert answer.json()["role_needed"] == page.needs
    assert still.rows("SELECT * FROM operator_request") == []


def test_the_record_says_who_tried_what(face: Face) -> None:
    face.post("/dead-letters/notes", {"target": "abcdef", "text": "x"}, role="viewer")
    [row] = face.asked()
    assert (row["face"], row["method"], row["path"]) == (
        "ops",
        "POST",
        f"{BASE}/dead-letters/notes",
    )
    assert (row["status"], row["owner"], row["role"]) == (403, "the viewer", "viewer")
    assert (row["reason"], row["remote"]) == ("needs operator", "testclient")


def test_a_revoked_key_is_a_stranger_and_the_record_knows_whose_it_was(face: Face) -> None:
    assert face.get("/events").status_code == 200
    face.key_desk.revoke(face.made["viewer"].key_id, "it leaked")
    face.keys.step(0.0)
    answer = face.get("/events")
    assert (answer.status_code, answer.json()["title"]) == (401, "Missing or wrong key")
    row = face.asked()[-1]
    assert (row["status"], row["owner"], row["reason"]) == (401, "the viewer", "revoked")


def test_an_admin_sees_the_configuration_and_the_keys_but_no_secret(still: Face) -> None:
    shown = still.get("/config", role="admin")
    assert shown.json()["settings"]["ENVIRONMENT"] == "local"
    listed = still.get("/api-keys", role="admin")
    assert [key["owner"] for key in listed.json()["keys"]][::-1] == [
        "the viewer", "the operator", "the admin",
    ]  # fmt: skip
    for made in still.made.values():
        assert made.key not in listed.text


def test_letters_are_listed_by_the_one_filter(face: Face) -> None:
    wanted, _ = face.dead("A", "no such item"), face.dead("B", "no such price")
    assert face.get("/dead-letters").json()["count"] == 2
    found = face.get("/dead-letters", text="ITEM").json()
    assert [letter["event_id"] for letter in found["letters"]] == [wanted]
    assert face.get("/dead-letters", entity="bills").json()["count"] == 0
    assert face.get("/dead-letters/summary").json()["total"] == 2
    assert len(face.get("/dead-letters/groups").json()["groups"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [("stat=x", "?stat"), ("limit=0", "?limit"), ("limit=1e3", "?limit"), ("state=gone", "?state"),
     ("text=a&text=b", "?text"), ("text=", "?text")],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_named(still: Face, query: str, field: str) -> None:
    answer = still.raw("GET", f"{BASE}/dead-letters?{query}", headers=still.header("viewer"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["errors"][0]["pointer"] == field


def test_a_filter_that_cannot_be_read_is_refused(still: Face) -> None:
    answer = still.get("/dead-letters", since="yesterday")
    assert (answer.status_code, answer.json()["detail"][:6]) == (422, "since:")


def test_a_note_is_kept_in_the_keys_name_and_the_persons_beside_it(face: Face) -> None:
    event = face.dead()
    body = {"target": event, "text": "asked the supplier"}
    answer = face.post("/dead-letters/notes", body, X_Actor="Zo%C3%AB")
    assert (answer.status_code, answer.json()["actor"]) == (201, "the operator for Zoë")
    shown = face.get(f"/dead-letters/{event}").json()
    assert [note["text"] for note in shown["notes"]] == ["asked the supplier"]
    assert face.rows("SELECT host FROM letter_note") == [{"host": "testclient"}]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/target"), ({"target": "abcdef", "text": 5}, "/text"),
     ({"target": "abcdef", "text": "x", "more": 1}, "/more")],
)  # fmt: skip
def test_a_body_that_is_not_as_the_document_says_is_refused(
    still: Face, body: object, pointer: str
) -> None:
    answer = still.post("/dead-letters/notes", body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "path", ["/dead-letters/x", "/events/nothing", f"/dead-letters/{'0' * 32}"]
)
def test_what_is_not_there_is_404(still: Face, path: str) -> None:
    answer = still.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


SECRET = "tg_abcdefgh_abcdefghijklmnopqrstuvwxyz234567"


def test_a_secret_in_a_payload_a_message_or_a_note_is_shown_to_nobody(face: Face) -> None:
    event = face.dead("A", f"refused the key {SECRET}")
    face.house.execute(
        "UPDATE payload SET body = ?", canon.dumps({"sku": "A", "api_key": "hunter2", "x": SECRET})
    )
    face.post("/dead-letters/notes", {"target": event, "text": f"Bearer {SECRET}"})
    face.house.execute("UPDATE delivery SET headers = ?", f'{{"x-api-key": "{SECRET}"}}')
    paths = ("/dead-letters", f"/dead-letters/{event}", "/dead-letters/groups",
             "/dead-letters/export", f"/events/{event}?bodies=true")  # fmt: skip
    for path in paths:
        answer = face.get(path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text, path
        assert "hunter2" not in answer.text, path


def test_the_export_is_a_line_a_letter(face: Face) -> None:
    events = {face.dead("A"), face.dead("B")}
    answer = face.get("/dead-letters/export")
    lines = [canon.parse(line.encode()) for line in answer.text.splitlines()]
    assert {line["event_id"] for line in lines if isinstance(line, dict)} == events


def test_an_unforeseen_fault_is_a_problem_that_tells_nothing(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    face.house.execute("DROP TABLE letter_note")
    face.house.execute("DROP TABLE dead_letter")
    answer = face.get("/dead-letters")
    assert answer.status_code in (500, 503)
    assert "dead_letter" not in answer.json().get("detail", "")


def test_the_port_has_a_page_of_its_verbs_that_works_offline(still: Face) -> None:
    page = still.raw("GET", "/docs")
    assert (page.status_code, "/openapi.json" in page.text) == (200, True)
    assert still.raw("GET", "/docs/static/swagger-ui.css").status_code == 200


def test_a_database_that_does_not_answer_is_503_and_says_nothing_of_itself(
    face: Face, tmp_path: Path
) -> None:
    [path] = tmp_path.glob("*.sqlite")
    path.rename(path.with_name("gone.sqlite"))
    answer = face.get("/status")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "sqlite" not in answer.text.lower()
    path.with_name("gone.sqlite").rename(path)
