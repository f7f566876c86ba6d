"""The happenings of one event's story, in the order of time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_SAID = frozenset({"note", "assign"})
"""Changes that are told as what somebody said."""


def timeline(story: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened, oldest first; of one instant in the order in which it must have been."""
    happenings = [
        *_deliveries(story),
        *_attempts(story),
        *_changes(story),
        *_ends(story),
        *_people(story),
        *_dispatches(story),
    ]
    return sorted((each for each in happenings if each["at"]), key=lambda each: str(each["at"]))


def _deliveries(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("deliveries", ()):
        words = [row["verdict"], row["rule"], row["reason"], f"delivery {row['uuid']}"]
        yield _happening(row["received_at"], "delivered", *words)
        if row.get("seen", 1) > 1:
            yield _happening(row["last_at"], "delivered again", f"{row['seen']} times in all")
    if "accepted_at" in story:
        words = [f"{story['operation']} {story['entity']} {story['entity_id'] or ''}".rstrip()]
        yield _happening(story["accepted_at"], "accepted", *words)


def _attempts(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("attempts", ()):
        what = f"attempt {row['number']}"
        words = [f"{row['kind']} to {row['target']}", f"term {row['term']}"]
        yield _happening(
            row["opened_at"], f"{what} opened", *words, "alone" if row["alone"] else ""
        )
        status = f"status {row['status']}" if row["status"] is not None else ""
        rule = f"rule {row['rule']}" if row["rule"] else ""
        told = [row["outcome"], row["decision"], status, rule, row["error_class"], row["message"]]
        took = f"{row['duration_ms']} ms" if row["duration_ms"] is not None else ""
        yield _happening(row["closed_at"], f"{what} closed", *told, took)


def _changes(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("changes", ()):
        if row["action"] in _SAID:
            continue
        both = row["old"] is None and row["new"] is None
        change = None if both else f"{_short(row['old'])} → {_short(row['new'])}"
        yield _happening(row["at"], "changed", row["action"], f"by {row['actor']}", change)


def _ends(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("letters", ()):
        words = [row["reason"], row["error_class"], row["message"], f"letter {row['state']}"]
        yield _happening(row["born_at"], "dead letter", *words)
    if story.get("ended_at"):
        yield _happening(story["ended_at"], "ended", story["state"])


def _people(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("requests", ()):
        words = [row["verb"], f"by {row['actor']}", row["reason"], row["state"], row["why"]]
        yield _happening(row["at"], "asked", *words)
    for row in story.get("notes", ()):
        what = "noted" if row["kind"] == "note" else "given to"
        yield _happening(row["at"], what, row["text"] or "nobody", f"by {row['actor']}")


def _dispatches(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("dispatches", ()):
        status = f"status {row['status']}" if row["status"] is not None else ""
        words = [f"to {row['subscription']}", f"try {row['number']}", row["outcome"] or "open"]
        at = row["closed_at"] or row["opened_at"]
        yield _happening(at, "dispatched", *words, status, row["message"], row["message_id"])


def _happening(at: str | None, what: str, *words: str | None) -> dict[str, Any]:
    return {"at": at, "what": what, "detail": ", ".join(word for word in words if word)}


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"
