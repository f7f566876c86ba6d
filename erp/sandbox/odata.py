"""OData as far as the sandbox speaks it: addresses, `$filter`, ETags, bodies."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from erp.sandbox.errors import BcError, bad_request
from erp.sandbox.state import Record
from tidegate.canon import Json, parse
from tidegate.errors import CanonError

_SEGMENT = re.compile(r"(\w+)(?:\(([^()]*)\))?")
_TERM = re.compile(r"\s*(\w+)\s+eq\s+('(?:[^']|'')*'|[^\s']+)\s*")
_AND = re.compile(r"and\b")


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of an address: `items` or `items(6f…)`; `id` is None for the whole set."""

    name: str
    id: str | None


def address(path: str) -> list[Segment]:
    """The parts of what follows the API's base; raises `BcError`."""
    segments = []
    for text in path.strip("/").split("/"):
        match = _SEGMENT.fullmatch(text)
        if match is None:
            raise BcError(
                404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{text}'."
            )
        segments.append(Segment(match[1], match[2] and match[2].strip("'").lower()))
    return segments


def terms(query: Mapping[str, str]) -> dict[str, str]:
    """The `field eq value` terms of `$filter`, joined by `and`; raises `BcError`."""
    unknown = [name for name in query if name.startswith("$") and name != "$filter"]
    if unknown:
        raise bad_request(f"The query option '{unknown[0]}' is not supported by the sandbox.")
    text = query.get("$filter", "")
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        place = _next_term(text, place, found)
    return found


def _next_term(text: str, place: int, found: dict[str, str]) -> int:
    match = _TERM.match(text, place)
    if match is None:
        raise bad_request(f"Syntax error at position {place} in '{text}'.")
    value = match[2]
    found[match[1]] = value[1:-1].replace("''", "'") if value.startswith("'") else value
    if match.end() == len(text):
        return match.end()
    joint = _AND.match(text, match.end())
    if joint is None or joint.end() == len(text):
        raise bad_request(f"Syntax error at position {match.end()} in '{text}'.")
    return joint.end()


def etag(record: Record) -> str:
    """The record's ETag: opaque, another with every change."""
    token = base64.b64encode(f"'20;{record.version};1;00;'".encode()).decode()
    return f'W/"{token}"'


def shown(record: Record) -> dict[str, Json]:
    """The record as an answer holds it."""
    return {"@odata.etag": etag(record), "id": record.id} | record.body


def body_of(raw: bytes) -> dict[str, Json]:
    """A request's JSON object, without OData's own annotations; raises `BcError`."""
    try:
        value = parse(raw)
    except CanonError as error:
        raise bad_request(f"The request body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("The request body is not a JSON object.")
    return {name: field for name, field in value.items() if not name.startswith("@odata.")}
