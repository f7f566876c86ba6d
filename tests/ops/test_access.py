"""Rights on the public port, and what is on record of those who ask there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ingest.app import create_app
from tests.ops.face import Face

LINE = "/api/v1/purchasing/po/106001/lines/10000"
ROUTE = "/api/v1/purchasing/po/{po_id}/lines/{line_no}"


class Public:
    """The public port over the desk of a face."""

    def __init__(self, folder: Path) -> None:
        self.face = Face(folder)
        self.client = TestClient(create_app(self.face.desk), raise_server_exceptions=False)

    def status(self, method: str, path: str, role: str | None, **given: Any) -> int:
        headers = self.face.header(role) if role else {}
        return int(self.client.request(method, path, headers=headers, **given).status_code)

    def asked(self) -> list[tuple[Any, ...]]:
        names = ("face", "method", "path", "status", "owner", "reason", "seen")
        return [tuple(row[name] for name in names) for row in self.face.asked()]


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Public]:
    made = Public(tmp_path)
    with made.client:
        yield made
    made.face.close()


def test_a_viewer_reads_purchase_orders_and_commands_nothing(public: Public) -> None:
    assert public.status("GET", "/api/v1/purchasing/capabilities", "viewer") == 200
    assert public.status("POST", f"{LINE}/date", "viewer", json={}) == 403
    assert public.status("POST", f"{LINE}/date", "operator", json={}) == 422
    assert public.status("POST", f"{LINE}/date", "admin", json={}) == 422
    assert public.face.rows("SELECT * FROM inbox") == []


def test_every_purchasing_request_is_on_record_the_same_ones_in_one_row(public: Public) -> None:
    for role in ("viewer", "operator", "operator", None):
        public.status("POST", f"{LINE}/date", role, json={})
    asked = ("purchasing", "POST", f"{ROUTE}/date")
    assert public.asked() == [
        (*asked, 403, "the viewer", "needs operator", 1),
        (*asked, 422, "the operator", None, 2),
        (*asked, 401, None, "unauthorized", 1),
    ]


def test_of_reads_of_events_only_the_refused_are_on_record(public: Public) -> None:
    public.status("GET", "/queue/stats", "viewer")
    public.status("GET", "/events/nothing", None)
    assert public.asked() == [("status", "GET", "/events/{event_id}", 401, None, "unauthorized", 1)]


def test_a_refused_webhook_is_on_record_and_an_accepted_one_costs_nothing(
    public: Public, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        public.status("POST", "/webhooks/products", None, json={})
    assert public.asked() == [
        ("webhook", "POST", "/webhooks/zoho/products", 401, None, "missing", 3)
    ]
    noted: list[object] = []
    monkeypatch.setattr(public.face.log, "note", noted.append)
    item = {"item": {"item_id": "1", "name": "A", "sku": "A"}}
    answer = public.client.post(
        "/webhooks/products", json=item, headers={"X-Webhook-Key": "k" * 20}
    )
    assert (answer.status_code, noted) == (202, [])
