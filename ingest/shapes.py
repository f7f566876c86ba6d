"""What shape a webhook's body has: an envelope, the source's own, or none that we know.

Where the source has envelopes, a body is one iff it is an object with `event_type` or `data`; then
it is held to that. Everything else of a lenient source is never refused for its shape: what no
rule fits is kept, with its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.places import Parts, fitting
from ingest.rules import Rules
from ingest.verify import Covers
from tidegate import canon
from tidegate.canon import Json

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
LONGEST_ID = 400


class Record(NamedTuple):
    """A body that a rule fits.

    Args:
        entity_id: None where the source names no place for one.
        message_id: whole, for it makes the identity; the row keeps what fits.
        signed: whether the signature covers the place that the message id came from.
    """

    channel: str
    pointer: str
    content: dict[str, Json]
    entity_id: str | None
    operation: str = "update"
    message_id: str | None = None
    signed: bool = False
    stamp_text: str | None = None


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
    """A body that does not hold what it must."""

    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, pointer: str, detail: str) -> Invalid:
        """One problem alone."""
        return cls((Problem(pointer, detail),))


class Envelope(BaseModel):
    """The form that we document: type, record, and an id if the sender has one."""

    model_config = ConfigDict(extra="allow", strict=True)

    event_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
    data: dict[str, Any]
    id: Annotated[str, Field(min_length=1, max_length=400)] | None = None


def read(parts: Parts, rules: Rules, covers: Covers) -> Record | UnknownShape | Invalid:
    """Recognise a parsed body; total over any JSON."""
    value = parts.body
    if not isinstance(value, dict):
        return _unfit(rules, "", "the body is not an object")
    if rules.envelope and ("event_type" in value or "data" in value):
        return _envelope(parts, value, rules, covers)
    return _own(parts, value, rules, covers)


def problems_of(error: ValidationError, base: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Pydantic's findings with RFC 6901 pointers."""
    return tuple(
        Problem(canon.pointer((*base, *map(str, each["loc"]))), each["msg"])
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def operation_of(event_type: str | None) -> str | None:
    """What an event type's last part says was done, None where it says nothing."""
    if not event_type:
        return None
    return OPERATIONS.get(event_type.replace("_", ".").replace("/", ".").rsplit(".", 1)[-1].lower())


def _envelope(
    parts: Parts, value: dict[str, Json], rules: Rules, covers: Covers
) -> Record | Invalid:
    try:
        envelope = Envelope.model_validate(value)
    except ValidationError as error:
        return Invalid(problems_of(error))
    if envelope.id is not None and fitting(envelope.id, LONGEST_ID) != envelope.id:
        return Invalid.of("/id", f"it is longer than {LONGEST_ID} UTF-16 units")
    operation = OPERATIONS.get(envelope.event_type.rsplit(".", 1)[-1].lower())
    if operation is None and rules.options.kind == "stream":
        operation = "update"  # whatever happened, a stream tells of it
    if operation is None:
        known = ", ".join(sorted({each for each in OPERATIONS if each.endswith("d")}))
        return Invalid((Problem("/event_type", f"its last part must be one of {known}"),))
    if rules.model is not None:
        try:
            rules.model.model_validate(envelope.data)
        except ValidationError as error:
            return Invalid(problems_of(error, ("data",)))
    entity_id = _id(parts, rules, envelope.data)
    if _nameless(rules, entity_id):
        return Invalid((Problem("/data", f"there is no usable id at {rules.entity_id}"),))
    return Record(
        "envelope",
        "/data",
        envelope.data,
        entity_id,
        operation,
        envelope.id,
        signed=covers.body,
        stamp_text=_stamp(parts, rules, envelope.data),
    )


def _own(
    parts: Parts, value: dict[str, Json], rules: Rules, covers: Covers
) -> Record | UnknownShape | Invalid:
    record, pointer = value, ""
    if rules.wrapper is not None:
        pointer = canon.pointer((rules.wrapper,))
        wrapped = value.get(rules.wrapper)
        if isinstance(wrapped, dict):
            record = wrapped
        else:
            return _unfit(rules, pointer, f"there is no object under {rules.wrapper!r}")
    entity_id = _id(parts, rules, record)
    if _nameless(rules, entity_id):
        return _unfit(rules, pointer, f"there is no usable id at {rules.entity_id}")
    message_id = parts.find(rules.message_id, record) if rules.message_id else None
    return Record(
        "shape",
        pointer,
        record,
        entity_id,
        _operation(parts, rules, covers, record),
        message_id or None,
        signed=bool(rules.message_id) and covers.place(rules.message_id or ""),
        stamp_text=_stamp(parts, rules, record),
    )


def _operation(parts: Parts, rules: Rules, covers: Covers, record: Json) -> str:
    """Only what is signed may say that a record was deleted."""
    if rules.event_type is None or not covers.place(rules.event_type):
        return "update"
    return operation_of(parts.find(rules.event_type, record)) or "update"


def _id(parts: Parts, rules: Rules, record: Json) -> str | None:
    found = parts.find(rules.entity_id, record) if rules.entity_id else None
    return found if found is not None and fitting(found, LONGEST_ID) == found else None


def _nameless(rules: Rules, entity_id: str | None) -> bool:
    """Whether an id is missing that must be there; an event of a stream may do without."""
    return entity_id is None and rules.entity_id is not None and rules.options.kind != "stream"


def _stamp(parts: Parts, rules: Rules, record: Json) -> str | None:
    found = parts.find(rules.stamp, record) if rules.stamp else None
    return fitting(found, 40) if found else None


def _unfit(rules: Rules, pointer: str, reason: str) -> UnknownShape | Invalid:
    return UnknownShape(reason) if rules.lenient else Invalid((Problem(pointer, reason),))
