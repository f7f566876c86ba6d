"""What good answers look like: shown in the document, and the shape that it promises."""

from __future__ import annotations

from typing import Any

EVENT_ID = "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f"
REQUEST_ID = "0199e1a2-8d2f-7a11-8c00-1b2c3d4e5f60"
_FINGERPRINT = "9f3a51c04b7e9f3a51c04b7e9f3a51c04b7e9f3a51c04b7e9f3a51c04b7e9f3a"
_AT = "2026-11-21T08:00:00.000000Z"

LETTER: dict[str, Any] = {
    "event_id": EVENT_ID,
    "state": "open",
    "reason": "rejected",
    "error_class": "BusinessRule",
    "message": "The item does not exist",
    "fingerprint": _FINGERPRINT,
    "attempts": 3,
    "source": "zoho",
    "entity": "products",
    "entity_id": "460000000026049",
    "operation": "update",
    "key": "zoho:products:460000000026049",
    "holds": True,
    "born_at": _AT,
    "age_s": 42.5,
    "closed_at": None,
    "closed_by": None,
    "job": None,
}
LETTERS: dict[str, Any] = {
    "letters": [LETTER | {"owner": "Ana", "notes": 1}],
    "count": 1,
    "count_capped": False,
    "oldest_at": _AT,
    "oldest_age_s": 42.5,
    "capped": False,
    "next": None,
    "filter": {},
}
LETTER_SHOWN: dict[str, Any] = {
    **LETTER,
    "event": {"event_id": EVENT_ID, "state": "dead", "kind": "state", "target": "sandbox"},
    "settled": None,
    "owner": "Ana",
    "history": [],
    "notes": [],
    "requests": [],
    "same_cause": 12,
    "behind": 2,
    "behind_capped": False,
    "behind_first": [],
    "next_steps": [f"tidegate dead-letters replay {EVENT_ID} --reason …"],
}
EXPORTED: dict[str, Any] = {
    **LETTER,
    "erased_at": None,
    "body": {"item_id": "460000000026049", "api_key": "***"},
}
SUMMARY: dict[str, Any] = {
    "at": _AT,
    "total": 1000,
    "oldest_at": _AT,
    "oldest_age_s": 42.5,
    "keys": 990,
    "keys_held": 990,
    "filter": {},
    "classes": [
        {"error_class": "BusinessRule", "all": 1000, "1h": 12, "3h": 40, "24h": 1000,
         "3d": 1000, "7d": 1000, "oldest_at": _AT}
    ],
    "capped": False,
}  # fmt: skip
GROUPS: dict[str, Any] = {
    "at": _AT,
    "groups": [
        {
            "fingerprint": _FINGERPRINT,
            "error_class": "BusinessRule",
            "reason": "rejected",
            "count": 1000,
            "keys": 990,
            "first_at": _AT,
            "last_at": _AT,
            "message": "The item does not exist",
            "sample_id": EVENT_ID,
            "owner": None,
            "notes": 0,
        }
    ],
    "letters": 1000,
    "filter": {},
    "capped": False,
}
NOTED: dict[str, Any] = {
    "event_id": None,
    "fingerprint": _FINGERPRINT,
    "of": "group",
    "note": "the ERP lacks these items",
    "actor": "Ana",
}
ASSIGNED: dict[str, Any] = {
    "event_id": EVENT_ID,
    "fingerprint": _FINGERPRINT,
    "of": "letter",
    "owner": "Ana",
    "before": None,
    "actor": "Ben",
}
EVENTS: dict[str, Any] = {
    "events": [
        {
            "event_id": EVENT_ID,
            "state": "applied",
            "source": "zoho",
            "entity": "products",
            "entity_id": "460000000026049",
            "operation": "update",
            "accepted_at": _AT,
            "ended_at": _AT,
            "tries": None,
            "age_s": 42.5,
        }
    ],
    "searched": 1,
    "capped": False,
    "next": None,
    "filter": {},
}
STORY: dict[str, Any] = {
    "timeline": [{"at": _AT, "what": "accepted", "detail": "new"}],
    "deliveries": [],
}
KEYS: dict[str, Any] = {
    "keys": [
        {
            "key_id": REQUEST_ID,
            "owner": "Ana",
            "role": "operator",
            "prefix": "tg_abcdefgh",
            "state": "live",
            "created_at": _AT,
            "created_by": "cli:root",
            "expires_at": None,
            "last_used_at": _AT,
            "revoked_at": None,
            "revoked_by": None,
        }
    ]
}
CONFIG: dict[str, Any] = {"version": "3f2a…", "configuration": {}, "settings": {"PORT": 7003}}
_STATUS_URL = f"/api/v1/ops/requests/{REQUEST_ID}"
ASKED: dict[str, Any] = {"request_id": REQUEST_ID, "status_url": _STATUS_URL}
QUEUED: dict[str, Any] = ASKED | {"count": 1000}
PLAN: dict[str, Any] = {
    "verb": "replay",
    "count": 1000,
    "sample": [EVENT_ID],
}
REQUEST: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "verb": "replay",
    "state": "done",
    "event_id": None,
    "matched": 1000,
    "changed": 990,
    "skipped": 10,
    "failed": 0,
    "why": None,
    "skips": [{"why": "newer applied", "count": 10}],
    "reason": "the ERP has the items now",
    "actor": "Ana",
    "host": "10.0.0.7",
    "source": "http",
    "asked_at": _AT,
    "started_at": _AT,
    "ended_at": _AT,
    "led": True,
}
JOB: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "verb": "replay",
    "state": "running",
    "matched": 1000,
    "changed": 26,
    "skipped": 0,
    "failed": 1,
    "reason": "the ERP has the items now",
    "actor": "Ana",
    "filter": {},
    "rate_per_s": 50,
    "ramp": [1, 5, 20],
    "stop_at_percent": 20,
    "phase": "sending",
    "stage": 3,
    "asked_at": _AT,
}
BLOCKED: dict[str, Any] = {
    "key": "po:106001",
    "by": "a dead letter",
    "held": False,
    "target": "sandbox",
    "event_id": EVENT_ID,
    "state": "dead",
    "entity": "receipts",
    "entity_id": "106001",
    "behind": 4,
    "since": _AT,
    "due_at": None,
    "why": "rejected: the order is released",
}
PAUSES: dict[str, Any] = {
    "pauses": [
        {
            "target": "sandbox",
            "entity": None,
            "kind": "operator",
            "reason": "the ERP is moved",
            "actor": "Ana",
            "since": _AT,
            "until_at": None,
            "probe_at": None,
        }
    ]
}
RESUMED: dict[str, Any] = {
    "ended": [{"kind": "operator", "reason": "the ERP is moved", "actor": "Ana", "since": _AT}],
    **PAUSES,
}
VIEWS: dict[str, Any] = {
    "views": [
        {
            "view": "v_queue_age",
            "about": "For how long events have waited",
            "note": "Of the queue's first 100,000 rows.",
            "columns": [{"name": "target", "type": "varchar(64)", "says": "the adapter"}],
            "since": None,
            "needs": None,
        }
    ]
}
REPORT: dict[str, Any] = {
    "view": "v_queue_age",
    "columns": ["target", "oldest_eligible_age_s", "oldest_age_s", "eligible"],
    "rows": [{}],
}
HEAD: dict[str, Any] = {"seq": 7, "hash": _FINGERPRINT, "at": _AT}
PROOF: dict[str, Any] = {
    "findings": [{"kind": "changed", "link": 7, "text": "link 7 covers rows that were changed"}],
    "links": 12,
    "proved_up_to": 7,
    "attempts": 120,
    "changes": 4,
    "unsealed": 0,
    "beside_pruned": 0,
    "says": "120 attempts under 12 links; proved up to link 7 of 12",
}
ALERT: dict[str, Any] = {
    "code": "queue-late",
    "subject": "queue",
    "severity": "critical",
    "text": "the oldest event that could run has waited 412 s",
    "since": _AT,
    "last_at": _AT,
    "cleared_at": None,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "sent_at": _AT,
    "sent_error": None,
    "runbook": "docs/runbook.md#queue-late",
}
EDITED: dict[str, Any] = ASKED | {"changed": [{"at": "/sku", "old": None, "new": None}]}
STATUS: dict[str, Any] = {
    "status": "ok",
    "version": "0.1.0",
    "leaders": {},
    "queue": {
        "depth": {},
        "oldest_eligible_age_s": 0.2,
        "dead_letters": 0,
        "outbox": {},
    },
    **PAUSES,
    "alerts": [{name: ALERT[name] for name in ("code", "subject", "severity", "text")}],
}
