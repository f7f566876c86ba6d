"""The purchasing API's pages: commands and reads."""

from __future__ import annotations

from typing import Any

from ingest.openapi.parts import Part, answer, body, parameter, problems, ref
from ingest.purchasing.dtos import LAST_LINE, LONGEST_NUMBER
from ingest.purchasing.reads import LARGEST_PAGE, PAGE
from ingest.purchasing.routes import BASE, COMMANDS, LINE

_SECURITY: list[dict[str, list[str]]] = [{"api": []}]
_TEXT: Part = {"type": "string"}
_EVENT = "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f"
_QUEUED = {"event_id": _EVENT, "state": "pending", "status_url": f"/events/{_EVENT}"}
_LINE_RECORD: dict[str, Any] = {
    "number": "106001",
    "lineNo": 10000,
    "lineObjectNumber": "HD-1",
    "quantity": 10,
    "directUnitCost": 80.25,
    "expectedReceiptDate": "2026-12-01",
}
_LINES = [{"line_no": 10000, "quantity": 4}, {"line_no": 20000, "quantity": 1.5}]
_COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "date": (
        "Change the expected receipt date of a purchase order line",
        {"new_date": "2026-12-01", "reason": "The supplier is late"},
    ),
    "price": (
        "Change the direct unit cost of a purchase order line",
        {"new_price": 119.95, "reason": "The price of the contract"},
    ),
    "quantity": (
        "Change the ordered quantity of a purchase order line",
        {"new_quantity": 12.5, "reason": "Two more are needed"},
    ),
    "receipt": (
        "Post a receipt of goods against a purchase order",
        {
            "po": "106001",
            "lines": _LINES,
            "posting_date": "2026-12-02",
            "vendor_shipment_no": "LS-4711",
            "reason": "Delivered to dock 2",
        },
    ),
    "return": (
        "Post a return of goods that a purchase order brought",
        {"po": "106001", "lines": _LINES[:1], "reason": "Damaged in transit"},
    ),
}
_PO = parameter(
    "path",
    "po_id",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_NUMBER},
    "The order's number; it may contain /",
    "106001",
)
_PO_BESIDE = parameter(
    "query", "po", _TEXT, "The order's number in place of the path's, which is then not looked at"
)
_LINE_NO = parameter(
    "path",
    "line_no",
    {"type": "integer", "minimum": 1, "maximum": LAST_LINE},
    "The line's number",
    10000,
)
_KEY = parameter(
    "header",
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!#-~][!-~]{0,254}$"},
    "Names the command: the same key again gets the same answer and has no second effect, for as "
    "long as the event is kept (400 days at least). Quoted or bare; needed here, or as "
    "idempotency_key in the body",
)
_HEADERS = [
    _KEY,
    parameter(
        "header",
        "Prefer",
        _TEXT,
        "wait=N (seconds, 60 at most), respond-async, or both (RFC 7240); "
        "Preference-Applied says what was honoured",
        "wait=20",
    ),
    parameter(
        "header",
        "X-Actor",
        {"type": "string", "maxLength": 200},
        "The person for whom it is asked, as UTF-8 or percent-encoded; kept beside the key's owner",
        "j.smith",
    ),
]


def paths() -> Part:
    """By address."""
    found: Part = {}
    for asking in COMMANDS:
        path = (BASE + asking.path).replace(":path", "")
        found[path] = {"post": _command(asking.name, asking.model.__name__, asking.path)}
    for path, summary, parameters in _READS:
        page = not path.endswith("}")
        found[BASE + path] = {"get": _read(summary, parameters, page=page)}
    found[f"{BASE}/capabilities"] = {"get": _capabilities()}
    return found


def _command(name: str, model: str, path: str) -> Part:
    summary, example = _COMMANDS[name]
    on_line = path.startswith(LINE)
    return {
        "operationId": f"purchasing_{name}",
        "tags": ["purchasing: commands"],
        "summary": summary,
        "security": _SECURITY,
        "parameters": [*([_PO, _LINE_NO, _PO_BESIDE] if on_line else []), *_HEADERS],
        "requestBody": body(ref(model), {name: example}),
        "responses": {
            "200": answer(
                "The record as it is now",
                ref("Record"),
                _LINE_RECORD if on_line else {"number": "107031", "orderNumber": "106001"},
                X_Event_Id="The event's id",
                Location="Its address",
                Preference_Applied="What of Prefer was honoured",
            ),
            "202": answer(
                "Queued; the Location says what becomes of it",
                ref("Queued"),
                _QUEUED,
                X_Event_Id="The event's id",
                Location="Its address",
                Preference_Applied="What of Prefer was honoured",
            ),
            **problems(400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 501, 503, 504),
        },
    }


def _read(summary: str, parameters: list[Part], *, page: bool) -> Part:
    good = (
        answer("A page", ref("Page"), {"value": [_LINE_RECORD]})
        if page
        else answer("The record", ref("Record"), _LINE_RECORD)
    )
    return {
        "tags": ["purchasing: reads"],
        "summary": summary,
        "security": _SECURITY,
        "parameters": [*parameters, *(_PAGING if page else [])],
        "responses": {
            "200": good,
            **problems(401, 404, 405, 422, 429, 500, 501, 503, 504),
        },
    }


def _capabilities() -> Part:
    example = {
        "adapters": {
            "sandbox": {
                "commands": {
                    "purchaseOrderLines.date": {"can": True, "repeat": "conditional"},
                    "purchaseReturns.post": {"can": False, "reason": "no codeunit is published"},
                },
                "reads": {"items": {"can": True}},
            }
        }
    }
    return {
        "tags": ["purchasing: reads"],
        "summary": "What each adapter can do, and how, or why not",
        "security": _SECURITY,
        "responses": {
            "200": answer("Per adapter", ref("Capabilities"), example),
            **problems(401, 405, 429, 500),
        },
    }


def _no(name: str) -> Part:
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_NUMBER}
    return parameter("path", "no", schema, f"The {name}'s number; it may contain /")


_PAGING = [
    parameter(
        "query",
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
        "The most records of a page",
    ),
    parameter("query", "after", _TEXT, "The last number of the page before; see next"),
]
_READS: list[tuple[str, str, list[Part]]] = [
    ("/po/{po_id}", "A purchase order", [_PO, _PO_BESIDE]),
    ("/po/{po_id}/lines", "The lines of a purchase order", [_PO, _PO_BESIDE]),
    ("/po/{po_id}/lines/{line_no}", "A purchase order line", [_PO, _LINE_NO, _PO_BESIDE]),
    ("/vendors", "Vendors", []),
    ("/vendors/{no}", "A vendor", [_no("vendor")]),
    ("/items", "Items", []),
    ("/items/{no}", "An item", [_no("item")]),
    ("/quotes", "Purchase quotes", []),
]
