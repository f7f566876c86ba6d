"""What a review of ingest found: each of these failed once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from ingest.arrival import Arrival
from ingest.heads import Head, Known, Recent
from ingest.purchasing.idempotency import prefer
from ingest.stamps import parse
from ingest.status import known_form
from ingest.verdict import judge
from ingest.verify.types import Refused, Signed, Verified
from ingest.verify.zoho import Zoho
from tests.e2e.wait import eventually
from tests.ingest.purchasing.far import Far
from tests.ingest.purchasing.served import Served
from tidegate.clock import ManualClock
from tidegate.config import load_config
from tidegate.errors import CommitUnknown, StoreUnavailable
from tidegate.fingerprint import RULE_VERSION
from tidegate.ids import Ids
from tidegate.testing import arrival

A, B = bytes([1]) * 32, bytes([2]) * 32
EARLY, LATER = parse("2026-11-20T09:01:00Z"), parse("2026-11-20T09:02:00Z")
LINE = "/po/106001/lines/10000"


def came(order: str) -> Arrival:
    """A resend of content A, stamped before what the head has seen."""
    made = arrival(Ids(ManualClock()), load_config(None), {"item_id": "1"})
    return replace(made, content_hash=A, stamp=EARLY, order=order)


def seen() -> Head:
    """A, which was discarded, then B."""
    kept = [Recent(A.hex(), "shape", RULE_VERSION, "e1"), Recent(B.hex(), "shape", 1, "e2")]
    return Head(b"h", "zoho", "products", "1", 1, 1, LATER, False, "e2", kept, {"e1": "discarded"})


def test_a_resend_of_a_discarded_id_does_not_overwrite_a_newer_state() -> None:
    judged = judge(came("latest_wins"), seen(), Known("e1", 0, A, "discarded"))
    assert (judged.verdict, judged.rule) == ("stale", "2:older-stamp")


def test_a_resend_of_a_discarded_id_of_a_document_is_flagged_late() -> None:
    judged = judge(came("strict"), seen(), Known("e1", 0, A, "discarded"))
    assert (judged.verdict, judged.late) == ("new", True)


def test_a_long_run_of_blanks_in_prefer_takes_no_time() -> None:
    began = time.perf_counter()
    header = (b"prefer", b";" + b" " * 20_000 + b";")
    prefer(Request({"type": "http", "headers": [header]}))
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("tail", ["\n", " ", "0"])
def test_an_event_s_id_has_nothing_behind_it(tail: str) -> None:
    uuid = "01939b5c-0000-7000-8000-000000000000"
    assert known_form(uuid)
    assert not known_form(uuid + tail)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path, Far())
    yield made
    made.close()


def test_a_queued_command_is_never_answered_503(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = served.post(f"{LINE}/date").headers["X-Event-Id"]

    def gone(_: str) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(served.desk.waiters, "ended", gone)
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, answer.headers["X-Event-Id"]) == (202, event)
    assert answer.headers["Location"].endswith(f"/events/{event}")


def test_a_commit_of_unknown_outcome_is_not_called_not_queued(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object) -> None:
        raise CommitUnknown("the connection broke")

    monkeypatch.setattr(served.db, "run", torn)
    monkeypatch.setattr(served.db, "at_once", torn)
    answer = served.post(f"{LINE}/date")
    assert answer.status_code == 503
    assert "not queued" not in answer.json()["detail"]
    assert "same key" in answer.json()["detail"]


@pytest.mark.parametrize("start", [b"", b" ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n\t"])
@pytest.mark.parametrize("kind", ["", "; charset=utf-8", "; a=\xe9"])
def test_a_form_type_lets_nobody_spell_signed_json_otherwise(start: bytes, kind: str) -> None:
    zoho = Zoho((b"zohosecret0123456789",))
    signature = zoho.sign(Signed([], b"", start + b'{"item":{"item_id":"1"}}'), 0.0)[0][1]
    headers = [
        (b"x-zoho-webhook-signature", signature.encode()),
        (b"content-type", f"application/x-www-form-urlencoded{kind}".encode("latin-1")),
    ]
    honest = Signed(headers, b"", start + b'{"item":{"item_id":"1"}}')
    forged = Signed(headers, b"", start + b'{"item":{"item_id":"%31"}}')
    assert isinstance(zoho.verify(honest, 0.0), Verified)
    assert isinstance(zoho.verify(forged, 0.0), Refused)


@pytest.mark.parametrize("path", ["/queue/stats", "/events/01939b5c-0000-7000-8000-000000000000"])
def test_who_asks_for_the_state_without_a_key_is_on_record(served: Served, path: str) -> None:
    with TestClient(served.app) as client:
        assert client.get(path).status_code == 401
    sql = "SELECT source, entity, rule FROM delivery"
    found = eventually("it is on record", 10, lambda: served.rows(sql) or None)
    assert found == [{"source": "api", "entity": "status", "rule": "unauthorized"}]
