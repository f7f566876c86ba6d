"""The pages of what anybody, or any key's owner, may ask."""

from __future__ import annotations

from typing import Any

from ingest.openapi.parts import Part, answer, parameter, problems, ref

_SECURITY: list[dict[str, list[str]]] = [{"api": []}]
_EVENT_ID = "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f"
_OBJECT: Part = {"type": "object"}
_EVENT: dict[str, Any] = {
    "event_id": _EVENT_ID,
    "state": "applied",
    "verdict": "new",
    "source": "api",
    "entity": "purchase-order-lines",
    "entity_id": "106001/10000",
    "operation": "update",
    "late": False,
    "accepted_at": "2026-11-20T09:00:00.000000Z",
    "ended_at": "2026-11-20T09:00:00.040000Z",
    "due_at": None,
    "attempts": [],
}
_QUEUE: dict[str, Any] = {
    "depth": {"sandbox": {"pending": 3}},
    "oldest_eligible_age_s": 0.2,
    "dead_letters": 0,
    "outbox": {},
}
_HEALTH: dict[str, Any] = {
    "status": "ok",
    "version": "0.1.0",
    "database": {"latency_ms": 1.2},
    "leaders": {},
    "queue": _QUEUE,
}


def paths() -> Part:
    """By address."""
    strict = parameter("query", "strict", {"type": "string"}, "1 asks for 503 where it is degraded")
    uuid: Part = {"type": "string", "format": "uuid"}
    return {
        "/events/{event_id}": {
            "get": {
                "tags": ["status"],
                "summary": "State, verdict and attempts of an event",
                "security": _SECURITY,
                "parameters": [parameter("path", "event_id", uuid, "The event's id")],
                "responses": {
                    "200": answer("The event", ref("Event"), _EVENT),
                    **problems(401, 404, 405, 500, 503),
                },
            }
        },
        "/queue/stats": {
            "get": {
                "tags": ["status"],
                "summary": "Depth and age of the queue",
                "security": _SECURITY,
                "responses": {
                    "200": answer("The queue", ref("Queue"), _QUEUE),
                    **problems(401, 405, 500, 503),
                },
            }
        },
        "/health": {
            "get": _open("The report: database, leaders, queue", ref("Health"), _HEALTH)
            | {"parameters": [strict]}
        },
        "/ready": {
            "get": _open("Whether this process can do its own job", _OBJECT, {"status": "ready"})
        },
        "/ping": {"get": _open("Alive; never asks the database", _OBJECT, {"status": "ok"})},
        "/": {"get": _open("What this is", _OBJECT, {"name": "tidegate", "role": "up"})},
    }


def _open(summary: str, schema: Part, example: Any) -> Part:
    return {
        "tags": ["status"],
        "summary": summary,
        "responses": {"200": answer(summary, schema, example), **problems(405, 500, 503)},
    }
