"""What shape a webhook's body has: an envelope, the source's own, or none that we know.

A body is an envelope iff it is an object with `event_type` or `data`; then it is held to that.
Everything else is never refused for its shape: what no rule fits is kept, with its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.zoho import ZohoEntity
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import CanonError
from tidegate.fingerprint import plain_number

OPERATIONS = {
    "create": "create",
    "created": "create",
    "add": "create",
    "added": "create",
    "update": "update",
    "updated": "update",
    "edit": "update",
    "edited": "update",
    "delete": "delete",
    "deleted": "delete",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A body that a rule fits."""

    channel: str
    pointer: str
    content: dict[str, Json]
    entity_id: str
    operation: str = "update"
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownShape:
    """A body that is kept as it came, for a person to look at."""

    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """An envelope that does not hold what envelopes must."""

    problems: tuple[Problem, ...]


class Envelope(BaseModel):
    """The form that we document: type, record, and an id if the sender has one."""

    model_config = ConfigDict(extra="allow", strict=True)

    event_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
    data: dict[str, Any]
    id: Annotated[str, Field(min_length=1, max_length=400)] | None = None


def read(body: bytes, entity: ZohoEntity) -> Record | UnknownShape | Invalid:
    """Parse and recognise; total over any bytes."""
    try:
        value = canon.parse(body)
    except CanonError as error:
        return UnknownShape(f"{error} at {error.pointer or 'the document'}")
    if not isinstance(value, dict):
        return UnknownShape("the body is not an object")
    if "event_type" in value or "data" in value:
        return _envelope(value, entity)
    return _own(value, entity)


def problems_of(error: ValidationError, base: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Pydantic's findings with RFC 6901 pointers."""
    return tuple(
        Problem(canon.pointer((*base, *map(str, each["loc"]))), each["msg"])
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _envelope(value: dict[str, Json], entity: ZohoEntity) -> Record | Invalid:
    try:
        envelope = Envelope.model_validate(value)
    except ValidationError as error:
        return Invalid(problems_of(error))
    operation = OPERATIONS.get(envelope.event_type.rsplit(".", 1)[-1].lower())
    if operation is None:
        known = ", ".join(sorted({each for each in OPERATIONS if each.endswith("d")}))
        return Invalid((Problem("/event_type", f"its last part must be one of {known}"),))
    try:
        entity.model.model_validate(envelope.data)
    except ValidationError as error:
        return Invalid(problems_of(error, ("data",)))
    entity_id = _id(envelope.data.get(entity.id_field)) or ""
    return Record("envelope", "/data", envelope.data, entity_id, operation, envelope.id)


def _own(value: dict[str, Json], entity: ZohoEntity) -> Record | UnknownShape:
    record = value.get(entity.wrapper)
    if not isinstance(record, dict):
        return UnknownShape(f"there is no object under {entity.wrapper!r}")
    entity_id = _id(record.get(entity.id_field))
    if entity_id is None:
        return UnknownShape(f"{entity.wrapper} has no usable {entity.id_field}")
    return Record("shape", canon.pointer((entity.wrapper,)), record, entity_id)


def _id(value: Json) -> str | None:
    """An id as text, whatever JSON type it came in."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    text = value.strip() if isinstance(value, str) else plain_number(value)
    return text if 0 < len(text) <= 100 else None
