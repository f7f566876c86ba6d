"""A sandbox on a real port, and the few calls that tests of it share."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from erp.sandbox.api import COMPANY_ID, EFFECT_HEADER
from erp.sandbox.serve import Serving, serve
from tidegate.canon import Json, dumps, parse, text
from tidegate.clock import SystemClock

ROOT = f"/api/v2.0/companies({COMPANY_ID})"
_CLOCK = SystemClock()
# One for all: httpx would read the certificates anew for every client.
_TLS = ssl.create_default_context()
_ENDING = ThreadPoolExecutor(4)


def client(url: str, timeout: float = 5.0) -> httpx.Client:
    """A client that is quickly made."""
    return httpx.Client(base_url=url, timeout=timeout, verify=_TLS)


def give_up_next_write(http: httpx.Client, seconds: float) -> None:
    """Let the client wait `seconds` for its next write; for all others as long as before."""

    def hurry(request: httpx.Request) -> None:
        if request.method != "GET":
            request.extensions["timeout"]["read"] = seconds
            http.event_hooks = {}

    http.event_hooks = {"request": [hurry]}


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Poll until it holds; fails after `seconds`."""
    deadline = _CLOCK.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if _CLOCK.monotonic() > deadline:
            raise AssertionError("it did not come true in time")
        pause.wait(0.005)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


def message_of(answer: httpx.Response) -> str:
    """The words of a refusal."""
    return str(answer.json()["error"]["message"])


def result_of(answer: httpx.Response) -> dict[str, Any]:
    """What a procedure of the codeunit answered."""
    value = parse(answer.raise_for_status().json()["value"].encode())
    assert isinstance(value, dict)
    return value


class Bench:
    """One running sandbox and a client of its own."""

    root = ROOT

    def __init__(self, path: Path) -> None:
        self.path = path
        self.serving: Serving = serve(path)
        self.http = client(self.serving.url)
        self.http.headers["Accept-Language"] = "en-US"

    def close(self) -> None:
        """Stop it, without waiting for its last quarter of a second."""
        self.http.close()
        _ENDING.submit(self.serving.stop)

    def post(self, entity: str, fields: dict[str, Json], effect: str = "") -> httpx.Response:
        """Create a record."""
        headers = {EFFECT_HEADER: effect} if effect else {}
        return self.http.post(f"{ROOT}/{entity}", content=dumps(fields), headers=headers)

    def patch(
        self, address: str, fields: dict[str, Json], etag: str | None, effect: str = ""
    ) -> httpx.Response:
        """Change a record."""
        headers = {EFFECT_HEADER: effect} if effect else {}
        if etag is not None:
            headers["If-Match"] = etag
        return self.http.patch(f"{ROOT}/{address}", content=dumps(fields), headers=headers)

    def find(self, entity: str, condition: str) -> list[dict[str, Any]]:
        """The records for which a filter holds."""
        answer = self.http.get(f"{ROOT}/{entity}", params={"$filter": condition})
        rows: list[dict[str, Any]] = answer.raise_for_status().json()["value"]
        return rows

    def one(self, entity: str, number: str) -> dict[str, Any]:
        """The record with that number."""
        quoted = number.replace("'", "''")
        return self.find(entity, f"number eq '{quoted}'")[0]

    def delete(self, address: str, etag: str | None, effect: str = "") -> httpx.Response:
        """Delete a record."""
        headers = {EFFECT_HEADER: effect} if effect else {}
        if etag is not None:
            headers["If-Match"] = etag
        return self.http.delete(f"{ROOT}/{address}", headers=headers)

    def act(self, address: str, effect: str = "") -> httpx.Response:
        """Post a document."""
        headers = {EFFECT_HEADER: effect} if effect else {}
        return self.http.post(f"{ROOT}/{address}/Microsoft.NAV.post", headers=headers)

    def call(
        self,
        procedure: str,
        command_id: str,
        given: Mapping[str, Json],
        effect: str = "",
        company: str = COMPANY_ID,
    ) -> httpx.Response:
        """Call a procedure of the codeunit."""
        return self.http.post(
            f"/ODataV4/CommandInbox_{procedure}",
            params={"company": company},
            content=dumps({"commandId": command_id, "json": text(dict(given))}),
            headers={EFFECT_HEADER: effect} if effect else {},
        )

    def settings(self, **settings: Json) -> None:
        """Change settings of the server."""
        self.http.patch("/sandbox/settings", content=dumps(settings)).raise_for_status()

    def line(self, sequence: int = 10000, number: str = "106001") -> dict[str, Any]:
        """A line of an order."""
        order = self.find("purchaseOrders", f"number eq '{number}'")[0]["id"]
        condition = f"documentId eq {order} and sequence eq {sequence}"
        return self.find("purchaseOrderLines", condition)[0]

    def fault(self, **fault: Json) -> None:
        """Register a fault."""
        self.http.post("/sandbox/faults", content=dumps(fault)).raise_for_status()

    def effects(self) -> list[dict[str, Any]]:
        """The ledger, one entry for each effect key."""
        rows: list[dict[str, Any]] = self.http.get("/sandbox/effects").json()
        return rows

    def ledger(self) -> list[dict[str, Any]]:
        """The ledger, one entry for each effect."""
        rows: list[dict[str, Any]] = self.http.get("/sandbox/ledger").json()
        return rows

    def count(self, effect: object) -> int:
        """How often an effect key took effect."""
        return sum(row["effect_key"] == str(effect) for row in self.ledger())

    def outlast(self, late_ms: int) -> None:
        """Return when every request that is late by `late_ms` has been judged.

        A request that is late by as much and arrives last takes effect last.
        """
        self.fault(late_ms=late_ms, match="POST")
        self.post("items", {"number": f"MARKER-{len(self.ledger())}"}).raise_for_status()
