"""What is told of an event and of the queue, over HTTP and by the command line alike."""

from __future__ import annotations

from typing import Any

from sql.database import Row
from sql.states import event_state
from tidegate import __version__

DEGRADED_AGE = 300.0
"""Seconds that the oldest eligible event may wait before `/health` says degraded."""
LED_WITHIN = 15.0
"""Seconds that the newest beat of whoever leads may lie back."""


def event_report(event: Row, attempts: list[Row]) -> dict[str, Any]:
    """What a caller sees of an event."""
    return {
        "event_id": event["uuid"],
        "state": event_state(event["state"], event["row_state"]),
        "verdict": event["verdict"],
        "source": event["source"],
        "entity": event["entity"],
        "entity_id": event["entity_text"],
        "operation": event["operation"],
        "late": bool(event["late"]),
        "accepted_at": iso(event["accepted_at"]),
        "ended_at": iso(event["ended_at"]),
        "due_at": iso(event["due_at"]),
        "attempts": [attempt_report(row) for row in attempts],
    }


def queue_report(stats: dict[str, list[Row]]) -> dict[str, Any]:
    """Depth by target and state, the oldest eligible's age, dead letters, dispatches."""
    depth: dict[str, dict[str, int]] = {}
    for row in stats["depth"]:
        word = event_state(row["event_state"], row["state"])
        depth.setdefault(row["target"], {})[word] = row["n"]
    oldest = stats["oldest"][0]["age_s"] if stats["oldest"] else None
    return {
        "depth": depth,
        "oldest_eligible_age_s": oldest,
        "dead_letters": stats["letters"][0]["n"],
        "outbox": stats["outbox"][0],
    }


def health_report(stats: dict[str, list[Row]]) -> dict[str, Any]:
    """`ok` while somebody leads and nothing eligible waits too long."""
    queue = queue_report(stats)
    leaders = leader_report(stats["leaders"])
    led = "sync" in leaders and leaders["sync"]["leads"]
    late = (queue["oldest_eligible_age_s"] or 0.0) > DEGRADED_AGE
    status = "ok" if led and not late else "degraded"
    return {"status": status, "version": __version__, "leaders": leaders, "queue": queue}


def leader_report(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """Both roles: term, holder, age of the beat in seconds, and whether somebody leads."""
    return {
        row["name"]: {
            "leads": bool(row["holder"]) and row["age_s"] < LED_WITHIN,
            "epoch": row["epoch"],
            "holder": row["holder"],
            "beat_age_s": row["age_s"],
            "since": iso(row["since"]),
        }
        for row in rows
    }


def attempt_report(row: Row) -> dict[str, Any]:
    """An attempt, without what was sent and what came back."""
    return {
        "number": row["number"],
        "kind": row["kind"],
        "target": row["target"],
        "term": row["epoch"],
        "alone": bool(row["alone"]),
        "opened_at": iso(row["opened_at"]),
        "sent_at": iso(row["sent_at"]),
        "closed_at": iso(row["closed_at"]),
        "outcome": row["outcome"],
        "decision": row["decision"],
        "rule": row["rule"],
        "rule_version": row["rule_version"],
        "status": row["status"],
        "error_class": row["error_class"],
        "message": row["message"],
        "duration_ms": row["duration_ms"],
    }


def iso(text: str | None) -> str | None:
    """A kept instant as RFC 3339 writes it."""
    return None if text is None else text.replace(" ", "T") + "Z"
