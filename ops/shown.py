"""What people are shown of a body: JSON and forms with their secrets masked, else its size."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from tidegate.bodies import is_form, json_text
from tidegate.redact import redact, redact_text

LONGEST_TEXT = 20_000
"""Characters of a body that is no JSON."""


def text(value: str | None) -> str | None:
    """A message, of a far side or of a person, without what reads like a secret."""
    return None if value is None else redact_text(value)


def body(raw: bytes | None, media_type: str = "application/json") -> Any:
    """A body for people; None for none."""
    if not raw:
        return None
    try:
        return redact(_json(json_text(raw, media_type)))
    except (ValueError, RecursionError):
        return _form(raw) if is_form(media_type) else _plain(raw)


def _json(raw: bytes) -> Any:
    # What is no number in JSON would be none in ours either.
    found = json.loads(raw, parse_constant=str)
    # What an attempt sent is kept as text within its record.
    if isinstance(found, dict) and isinstance(found.get("sent"), str):
        return found | {"sent": _inner(found["sent"])}
    return found


def _inner(sent: str) -> Any:
    try:
        return json.loads(sent)
    except ValueError:
        return sent


def _form(raw: bytes) -> Any:
    try:
        return redact(dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True)))
    except ValueError:
        return _plain(raw)


def _plain(raw: bytes) -> str:
    try:
        found = raw.decode("utf-8")
    except UnicodeDecodeError:
        return f"({len(raw)} bytes that are no text)"
    cut = f" … ({len(found)} characters)" if len(found) > LONGEST_TEXT else ""
    return redact_text(found[:LONGEST_TEXT]) + cut
