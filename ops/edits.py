"""A dead letter's record changed by a person: what changes, whether it may be, and the request.

The checks are those that ingest makes of a delivery, and the mapping is tried; nothing is sent.
The original, the difference and the reason are kept; what is sent is a new event in its place.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from pydantic import ValidationError

from erp.links import no_links
from erp.mapping import Mapper
from ingest.places import Parts
from ingest.purchasing.commands import SOURCE as API
from ingest.purchasing.routes import COMMANDS
from ingest.reports import iso
from ingest.rules import rules_of
from ingest.shapes import Invalid, Record, UnknownShape, problems_of, read
from ingest.verify.types import EVERYTHING
from ops.requests import Wish, WrongRequest
from ops.requests import ask as _ask
from ops.who import Who
from processor.edits import VERB
from sql.database import Database, Row
from tidegate import canon
from tidegate.bodies import json_text
from tidegate.canon import Json
from tidegate.config import Config
from tidegate.errors import CanonError, ConfigError, TidegateError
from tidegate.ids import Ids
from tidegate.outcome import Rejected

MEDIA_TYPE = "application/json"


class Settled(TidegateError):
    """There is nothing to edit any more: the event is not dead."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit that nobody has asked for yet.

    Args:
        changed: old and new value by RFC 6901 pointer into the record; None stands for nothing.
        problems: why it must not be sent, empty where it may be.
    """

    event: str
    body: bytes
    changed: Mapping[str, tuple[Json, Json]]
    problems: tuple[str, ...]


def draft(
    db: Database,
    config: Config,
    mapper: Mapper,
    event: str,
    sets: Sequence[tuple[str, Json]] = (),
    record: Json = None,
) -> Draft:
    """What an edit would change.

    Args:
        event: the dead one's id.
        sets: values by pointers into the record; one that is not there is added to its object.
        record: the whole new record, before `sets`.

    Raises `Settled`, or `WrongRequest` for what cannot be edited so.
    """
    row = _dead(db, event)
    whole = canon.parse(json_text(row["body"], row["media_type"]))
    old = canon.at(whole, row["pointer"])
    new = deepcopy(old if record is None else record)
    for pointer, value in sets:
        new = _set(new, pointer, value)
    edited = _set(deepcopy(whole), row["pointer"], new)
    changed = dict(_changes(old, new, ""))
    if not changed:
        raise WrongRequest("set", "it changes nothing")
    problems = (*_shape(config, row, whole, edited, old, new), *_mapping(config, mapper, row, new))
    return Draft(event, canon.dumps(edited), changed, problems)


def ask(db: Database, ids: Ids, who: Who, made: Draft, reason: str) -> str:
    """Ask the leader to send it in the old one's place; the request's id."""
    if made.problems:
        raise WrongRequest("set", f"it cannot be sent: {made.problems[0]}")
    doc: dict[str, object] = {
        "uuid": str(ids.uuid()),
        "body": base64.b64encode(made.body).decode(),
        "media_type": MEDIA_TYPE,
        # As text: what is read of it again must be exact to the last decimal.
        "old": canon.text({place: before for place, (before, _) in made.changed.items()}),
        "new": canon.text({place: after for place, (_, after) in made.changed.items()}),
    }
    return _ask(db, ids, who, Wish(VERB, reason, doc, made.event))


def _dead(db: Database, event: str) -> Row:
    found = db.read("requests/body", {"uuid": event})
    if not found["event"] or not found["last"]:
        raise WrongRequest("id", f"there is no dead letter of {event}")
    row, last = found["event"][0], found["last"][0]
    if row["state"] != "dead":
        by = f", by {last['closed_by']} at {iso(last['closed_at'])}" if last["closed_by"] else ""
        raise Settled(
            f"not sent: the event is {row['state']}, and its letter was {last['state']}{by}"
        )
    if row["erased_at"] is not None:
        raise WrongRequest("id", "its body was erased")
    return row


def _set(value: Json, pointer: str, new: Json) -> Json:
    """`value` with `new` at `pointer`. Raises `WrongRequest` where there is no such place."""
    if not pointer:
        return new
    outer, _, token = pointer.rpartition("/")
    try:
        inside = canon.at(value, outer)
        if isinstance(inside, list):
            canon.at(inside, f"/{token}")
            inside[int(token)] = new
            return value
    except KeyError:
        raise WrongRequest("set", f"the record has nothing at {pointer}") from None
    if not isinstance(inside, dict):
        raise WrongRequest("set", f"what is at {outer} holds no fields")
    inside[token.replace("~1", "/").replace("~0", "~")] = new
    return value


def _changes(old: Json, new: Json, at: str) -> Iterator[tuple[str, tuple[Json, Json]]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from _changes(old.get(name), new.get(name), at + canon.pointer((name,)))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for n, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _changes(before, after, f"{at}/{n}")
    elif canon.text(old) != canon.text(new):
        yield at, (old, new)


def _shape(
    config: Config, row: Row, whole: Json, edited: Json, old: Json, new: Json
) -> Iterator[str]:
    """What ingest would say of it; what it would have said of the original is no news."""
    if row["kind"] == "command" and row["source"] == API:
        yield from _command(old, new)
        return
    try:
        rules = rules_of(config, row["source"], row["entity"])
    except ConfigError as error:
        yield str(error)
        return
    before = read(Parts(body=whole), rules, EVERYTHING)
    after = read(Parts(body=edited), rules, EVERYTHING)
    match after:
        case Record():
            was = before.entity_id if isinstance(before, Record) else row["entity_text"]
            if after.entity_id != was:
                yield f"it would be another record: {after.entity_id}, not {was}"
        case Invalid() if isinstance(before, Record):
            yield from (f"{each.detail} at {each.pointer}" for each in after.problems)
        case UnknownShape() if isinstance(before, Record):
            yield after.reason


def _command(old: Json, new: Json) -> Iterator[str]:
    """A command's own fields may change, not which command it is, of what, and whose."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield "a command is an object"
        return
    model = next((each.model for each in COMMANDS if each.name == old.get("command")), None)
    if model is None:
        yield f"there is no command {old.get('command')}"
        return
    fixed = {*old, *new} - set(model.model_fields) | {"po", "line_no"}
    moved = [name for name in sorted(fixed) if old.get(name) != new.get(name)]
    yield from (f"{name} cannot be edited" for name in moved)
    try:
        model.model_validate({n: v for n, v in new.items() if n in model.model_fields})
    except ValidationError as error:
        yield from (f"{each.detail} at {each.pointer}" for each in problems_of(error))


def _mapping(config: Config, mapper: Mapper, row: Row, new: Json) -> Iterator[str]:
    try:
        if config.entity(row["source"], row["entity"]).forward:
            return
    except ConfigError as error:
        yield str(error)
        return
    mapped = mapper.command(
        *(row["source"], row["entity"], row["operation"], new, no_links),
        row["entity_text"] or "",
    )
    if isinstance(mapped, Rejected):
        yield mapped.message


def parsed(text: str) -> Json:
    """A value as a person writes it: JSON where it is some, else the text itself."""
    try:
        return canon.parse(text.encode())
    except (CanonError, UnicodeEncodeError):
        return text
