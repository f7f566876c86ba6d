"""Reports, proof, alerts and metrics over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ops import audit
from ops.reports import views
from tests.ops.face import Face

NO_LINK = {"seq": 3, "hash": "0" * 64, "at": ""}


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    made = Face(tmp_path_factory.mktemp("record"))
    yield made
    made.close()


def test_every_view_answers_its_columns_in_order(face: Face) -> None:
    listed = face.get("/reports").json()["views"]
    assert {each["view"] for each in listed} == {view.name for view in views()}
    for view in listed:
        event = {"event": "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f"} if view["needs"] else {}
        found = face.get(f"/reports/{view['view']}", **event)
        assert found.status_code == 200, view
        assert found.json()["columns"] == [column["name"] for column in view["columns"]]


def test_a_view_goes_by_its_short_name_too_and_none_is_404(face: Face) -> None:
    assert face.get("/reports/queue-depth").json()["view"] == "v_queue_depth"
    assert face.get("/reports/nothing").status_code == 404


@pytest.mark.parametrize(
    ("view", "params"),
    [("v_flow", {"since": "soon"}), ("v_queue_depth", {"since": "2h"}), ("v_event_timeline", {}),
     ("v_event_timeline", {"event": "x"}), ("v_flow", {"limit": "10001"})],
)  # fmt: skip
def test_what_a_view_cannot_do_is_refused(face: Face, view: str, params: dict[str, str]) -> None:
    assert face.get(f"/reports/{view}", **params).status_code == 422


def test_the_record_is_proved_against_a_head_that_was_kept(face: Face) -> None:
    head = face.get("/audit/heads").json()
    proof = face.post("/audit/verify", {"heads": [head]})
    assert (proof.json()["findings"], proof.json()["proved_up_to"]) == ([], head["seq"])
    cut = face.post("/audit/verify", {"heads": [NO_LINK]}).json()["findings"]
    assert [each["kind"] for each in cut] == ["cut"]


def test_one_proof_goes_on_at_a_time(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slowly(*_: object) -> dict[str, object]:
        began.set()
        go_on.wait(10)
        return {}

    monkeypatch.setattr(audit, "verify", slowly)
    first = threading.Thread(target=face.post, args=("/audit/verify", {}))
    first.start()
    assert began.wait(10)
    assert face.post("/audit/verify", {}).status_code == 409
    go_on.set()
    first.join(10)


def test_an_alert_is_shown_and_somebody_has_seen_it(face: Face) -> None:
    instant = "2026-11-21 08:00:00.000000"
    face.house.execute(
        "INSERT INTO alert (code, subject, severity, text, since, last_at) "
        "VALUES ('queue-late', 'queue', 'critical', 'PWD=hunter2; late', ?, ?)",
        instant,
        instant,
    )
    [shown] = face.get("/alerts").json()["alerts"]
    assert (shown["code"], shown["runbook"]) == ("queue-late", "docs/runbook.md#queue-late")
    assert "hunter2" not in shown["text"]
    assert "id" not in shown
    body = {"code": "queue-late", "reason": "the ERP is being moved"}
    assert face.post("/alerts/ack", body).json()["alerts"][0]["subject"] == "queue"
    assert face.get("/alerts").json()["alerts"][0]["acknowledged_by"] == "the operator"
    assert face.post("/alerts/ack", body).status_code == 404


def test_metrics_take_a_key_of_any_role_as_a_bearer_token_too(face: Face) -> None:
    assert face.raw("GET", "/metrics").status_code == 401
    bearer = {"Authorization": f"Bearer {face.made['viewer'].key}"}
    assert "tidegate_up 1.0" in face.raw("GET", "/metrics", headers=bearer).text
    assert face.raw("GET", "/metrics", headers=face.header("viewer")).status_code == 200


def test_status_says_how_things_stand(face: Face) -> None:
    face.house.run()
    told = face.get("/status").json()
    assert told["leaders"]["sync"]["leads"]
    assert {"queue", "pauses", "alerts", "version"} <= set(told)
