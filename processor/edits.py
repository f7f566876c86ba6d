"""A dead letter sent again with another body: a new event at the place of the old one. Pure.

Whoever asks has checked the body against the source's shape and the mapping; what is decided here
is whether the old event is still dead, and whether its place may be taken.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from processor.wishes import (
    DOUBTED,
    LOST,
    NEWER,
    Answer,
    Deed,
    Letter,
    OrderOf,
    Refused,
    barred,
    merging,
    overtaken,
    returning,
)
from tidegate import canon

VERB = "edit-replay"


def about_edit(
    wish: Mapping[str, Any], found: Letter, order_of: OrderOf, config_version: str
) -> Answer:
    """What becomes of an edited letter.

    Args:
        wish: `uuid` of the new event, its `body` (base64) and `media_type`, and of what was
            changed the `old` and `new` values by their pointers.
    """
    if found.letter is None or found.event["state"] != "dead":
        return Refused(f"not sent: {found.settled}")
    bar = barred(found)
    if bar is not None:
        return bar
    # Its new effect key would hide from the far side what was done under the old one.
    if found.lost:
        return Refused(f"not sent: {LOST}")
    if found.doubted:
        return Refused(f"not sent: {DOUBTED}")
    body = _body(wish)
    if body is None:
        return Refused("the edit cannot be read", failed=True)
    order = order_of(found.event["source"], found.event["entity"])
    if overtaken(found.event, order):
        return Refused(f"not sent: {NEWER}")
    return _edited(wish, body, found, order, config_version)


def _edited(
    wish: Mapping[str, Any], body: bytes, found: Letter, order: str, config_version: str
) -> Deed:
    event, uuid = found.event, str(UUID(wish["uuid"]))
    letter = found.letter or {}
    lists = returning(found, uuid, order, look=False)
    if found.row is not None:
        merges = int(merging(event, order))
        lists["moved"] = [{"queue_id": found.row["id"], "uuid": uuid, "merges": merges}]
    lists["letters"] = [{"letter_id": letter["id"], "state": "edited", "reason": letter["reason"]}]
    lists["edits"] = [
        {
            "event_id": event["id"],
            "uuid": uuid,
            "body": body,
            "media_type": str(wish["media_type"])[:100],
            "config_version": config_version,
        }
    ]
    lists["ends"] = [
        {
            "event_id": event["id"],
            "state": "superseded",
            "answer_status": 409 if event["kind"] == "command" else None,
            "ended_by": uuid,
        }
    ]
    old, new = _changed(wish, "old"), _changed(wish, "new")
    return Deed(lists, old, canon.text({"event_id": uuid, "to": canon.parse(new.encode())}), True)


def _changed(wish: Mapping[str, Any], name: str) -> str:
    """Canonical text of the values; they came as text, so that no number passes a double."""
    return canon.text(canon.parse(str(wish[name]).encode()))


def _body(wish: Mapping[str, Any]) -> bytes | None:
    """The new body, None where the wish is not one that `ops.edits` makes."""
    try:
        UUID(wish["uuid"])
        body = base64.b64decode(wish["body"], validate=True)
        canon.parse(body)
        for name in ("old", "new", "media_type"):
            str(wish[name])
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return None
    return body
