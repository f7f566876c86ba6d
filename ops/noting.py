"""Notes and owners: what people say of a letter or of a group of them, kept and on record."""

from __future__ import annotations

from typing import Any

from ops.shown import text as safe
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Row
from sql.filters import as_uuid
from tidegate import canon
from tidegate.errors import TidegateError

LONGEST = 2000
LONGEST_OWNER = 200
_ACTIONS = {"note": "note", "owner": "assign"}
_SHORTEST = 6
_DIGITS = frozenset("0123456789abcdef")


class NoSuchLetter(TidegateError):
    """There is no letter of that event, and no group of that fingerprint."""


class WrongNote(TidegateError):
    """A note that cannot be kept."""


def add(
    db: Database, who: Who, target: str, kind: str, text: str, config_version: str
) -> dict[str, Any]:
    """Keep a note, or who has it now; with its audit row, in one transaction.

    Args:
        target: an event's id, or a group's fingerprint or the first digits of one.
        kind: `note` or `owner`.
        text: an owner may be empty: nobody has it.

    Raises:
        NoSuchLetter: there is none, or several groups begin so.
        WrongNote: the text is empty or too long.
    """
    said = _checked(kind, text)
    uuid = as_uuid(target)
    subject = _of_letter(db, uuid) if uuid else _of_group(db, target.strip().lower())
    before = _owner(db, subject) if kind == "owner" else None
    _keep(db, who, subject, kind, said, before, config_version)
    told = {"owner": said or None, "before": before} if kind == "owner" else {"note": said}
    return {
        "event_id": subject["event_uuid"],
        "fingerprint": subject["fingerprint"],
        "of": "letter" if subject["event_uuid"] else "group",
        **{name: safe(value) for name, value in told.items()},
        "actor": who.actor,
    }


def _checked(kind: str, text: str) -> str:
    said, longest = text.strip(), LONGEST_OWNER if kind == "owner" else LONGEST
    if len(said) > longest:
        raise WrongNote(f"it has {len(said)} characters, {longest} is the most")
    if not said and kind == "note":
        raise WrongNote("it says nothing")
    return said


def _of_letter(db: Database, uuid: str) -> Row:
    found = db.read("letters/show", {"uuid": uuid})["letter"]
    if not found:
        raise NoSuchLetter(f"there is no dead letter of {uuid}")
    letter = found[0]
    names = ("event_uuid", "fingerprint", "source", "entity", "entity_text")
    return {name: letter[name] for name in names}


def _of_group(db: Database, digits: str) -> Row:
    if len(digits) < _SHORTEST or not set(digits) <= _DIGITS:
        raise NoSuchLetter(f"{digits!r} is no event's id and no fingerprint")
    found = db.read("letters/group", {"first": digits, "last": f"{digits}g"})["groups"]
    if not found:
        raise NoSuchLetter(f"there is no group of dead letters {digits}")
    if len(found) > 1:
        raise NoSuchLetter(f"several groups begin with {digits}: give more digits")
    whole = found[0]["fingerprint"]
    return {
        "event_uuid": None,
        "fingerprint": whole,
        "source": "tidegate",
        "entity": "letter_group",
        "entity_text": whole,
    }


def _owner(db: Database, subject: Row) -> str | None:
    uuid = subject["event_uuid"]
    doc = {"uuids": [uuid] if uuid else [], "fingerprints": [subject["fingerprint"]]}
    found = db.read("letters/notes", doc)["of_letters" if uuid else "of_groups"]
    return next((row["text"] or None for row in found if row["kind"] == "owner"), None)


def _keep(
    db: Database,
    who: Who,
    subject: Row,
    kind: str,
    said: str,
    before: str | None,
    config_version: str,
) -> None:
    owner = kind == "owner"
    row = subject | {
        "action": _ACTIONS[kind],
        "actor": who.actor,
        "host": who.host,
        "kind": kind,
        "text": said,
        "old": canon.text({"owner": before}) if owner else None,
        "new": canon.text({"owner": said or None} if owner else {"note": said}),
        "reason": None,
        "fields": canon.text([kind]),
        "config_version": config_version,
    }
    db.run("notes/add", row | {"row_hash": row_hash(row)})
