"""OData as far as the sandbox speaks it: addresses, ETags, bodies."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from erp.sandbox.errors import bad_request, no_segment
from erp.sandbox.state import Record
from tidegate.canon import Json, parse
from tidegate.errors import CanonError

_SEGMENT = re.compile(r"([\w.]+)(?:\(([^()]*)\))?")


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
            raise no_segment(text)
        segments.append(Segment(match[1], match[2] and match[2].strip("'").lower()))
    return segments


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
