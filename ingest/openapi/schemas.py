"""The document's shared schemas: what bodies and answers look like."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ingest.openapi.parts import Part, ref
from ingest.purchasing.routes import COMMANDS
from ingest.shapes import Envelope
from sql.states import STATES

_TEXT: Part = {"type": "string"}
_MAYBE: Part = {"type": ["string", "null"]}
_ID: Part = {"type": "string", "format": "uuid"}
_INT: Part = {"type": "integer"}


def schemas() -> Part:
    """By name."""
    return {**_models(), **_OURS}


def _models() -> Part:
    models: list[type[BaseModel]] = [Envelope, *(asking.model for asking in COMMANDS)]
    _, found = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    defined: Part = found["$defs"]
    return defined


def _object(properties: Part, *, required: list[str] | None = None) -> Part:
    return {"type": "object", "properties": properties, "required": required or list(properties)}


_ATTEMPT = _object(
    {
        "number": _INT,
        "kind": _TEXT,
        "target": _TEXT,
        "opened_at": _MAYBE,
        "closed_at": _MAYBE,
        "outcome": _MAYBE,
        "decision": _MAYBE,
        "rule": _MAYBE,
        "status": {"type": ["integer", "null"]},
        "message": _MAYBE,
        "duration_ms": {"type": ["number", "null"]},
    }
)
_CAN = _object(
    {
        "can": {"type": "boolean"},
        "reason": _TEXT,
        "repeat": _TEXT,
        "in_doubt_s": {"type": "number"},
    },
    required=["can"],
)
_BY_NAME: Part = {"type": "object", "additionalProperties": _CAN}
_RECORD: Part = {"type": "object", "description": "A record as the ERP shows it"}
_OURS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457; more members may be there, as the title says",
        "required": ["type", "title", "status"],
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _TEXT,
            "code": _TEXT,
            "event_id": _TEXT,
            "status_url": _TEXT,
            "errors": {
                "type": "array",
                "items": _object({"pointer": _TEXT, "detail": _TEXT}),
            },
        },
    },
    "Delivery": _object(
        {
            "event_id": {"type": ["string", "null"], "format": "uuid"},
            "delivery_id": _ID,
            "verdict": {"enum": ["new", "duplicate", "stale", "conflict"]},
            "status_url": _TEXT,
        }
    ),
    "Queued": _object({"event_id": _ID, "state": {"enum": list(STATES)}, "status_url": _TEXT}),
    "Record": _RECORD,
    "Page": _object(
        {
            "value": {"type": "array", "items": ref("Record")},
            "next": {"type": "string", "description": "Where the next page is, if there is one"},
        },
        required=["value"],
    ),
    "Event": _object(
        {
            "event_id": _ID,
            "state": {"enum": list(STATES)},
            "verdict": _TEXT,
            "source": _TEXT,
            "entity": _TEXT,
            "entity_id": _MAYBE,
            "operation": _TEXT,
            "late": {"type": "boolean"},
            "accepted_at": _MAYBE,
            "ended_at": _MAYBE,
            "due_at": _MAYBE,
            "attempts": {"type": "array", "items": _ATTEMPT},
        }
    ),
    "Capabilities": _object(
        {
            "adapters": {
                "type": "object",
                "additionalProperties": _object({"commands": _BY_NAME, "reads": _BY_NAME}),
            }
        }
    ),
    "Queue": _object(
        {
            "depth": {
                "type": "object",
                "description": "By adapter and state",
                "additionalProperties": {"type": "object", "additionalProperties": _INT},
            },
            "oldest_eligible_age_s": {"type": ["number", "null"]},
            "dead_letters": _INT,
            "outbox": {"type": "object"},
        }
    ),
    "Health": _object(
        {
            "status": {"enum": ["ok", "degraded"]},
            "version": _TEXT,
            "database": {"type": "object"},
            "leaders": {"type": "object"},
            "queue": ref("Queue"),
        },
        required=["status", "database"],
    ),
}
