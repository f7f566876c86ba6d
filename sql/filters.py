"""One filter for every list and every bulk verb: which events, or which dead letters.

What a filter does not name it does not narrow; within one field any of its values will do, between
fields all must hold. A list shows exactly what a bulk verb with the same filter acts on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    literal_column,
    or_,
    select,
    union_all,
)

from sql.database import Database, Row
from sql.reads import rows
from sql.sqlite import stamp
from sql.states import ENDS, row_state_of
from sql.tables.inbox import inbox, order_key
from sql.tables.queue import dead_letter, sync_attempt, sync_queue

LETTER_STATES = ("open", "replayed", "resolved", "discarded", "superseded", "edited")
"""Of a letter; `dead` says the same as `open`, for it is what an event with an open letter is."""

Condition: TypeAlias = ColumnElement[bool]
Texts: TypeAlias = tuple[str, ...]

# Partial indexes serve no parameter.
_OPEN = dead_letter.c.state == literal_column("'open'")
_LIVE = inbox.c.state == literal_column("'live'")
_DIGITS_OF_A_FINGERPRINT = 64
_MOST = 2**31

# A row that waits for a link is kept as one that is due some time.
ROW_STATE = case(
    (and_(sync_queue.c.state == 3, sync_queue.c.needs_hash.is_not(None)), 1),
    else_=sync_queue.c.state,
)
"""The number of a live event's word."""

LETTERS = dead_letter.join(inbox, inbox.c.id == dead_letter.c.event_id)
EVENTS = inbox.outerjoin(sync_queue, sync_queue.c.event_id == inbox.c.id)
"""What `letters` and `events` select from; whoever wants more joins it to these very ones."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for.

    Args:
        states: words of events; for letters also those of letters. None: letters that are open,
            events of every state.
        types: `products.update`, or an operation alone.
        key: the order key, as it is written.
        error_classes: of a letter; of any attempt of an event.
        reasons: what letters died of: rejected, exhausted, …
        fingerprints: groups of letters, whole or their first digits.
        since: letters born, events accepted then or later.
        until: and not later than then.
        older_than_s: seconds before now; `pinned` turns it into an `until`.
        attempts_min: tried so often, or more often.
        text: within the message, the entity's id or the sender's id, in any case.
        ids: ids of events, or of entities in their source.
    """

    states: Texts = ()
    sources: Texts = ()
    entities: Texts = ()
    types: Texts = ()
    key: str | None = None
    error_classes: Texts = ()
    reasons: Texts = ()
    fingerprints: Texts = ()
    since: datetime | None = None
    until: datetime | None = None
    older_than_s: float | None = None
    attempts_min: int | None = None
    text: str | None = None
    ids: Texts = ()

    @property
    def empty(self) -> bool:
        """Whether it narrows nothing."""
        return self == Filter()

    def pinned(self, now: datetime) -> Filter:
        """The same where `now` stands still: what grows older later does not come in later."""
        if self.older_than_s is None:
            return self
        born = now - timedelta(seconds=self.older_than_s)
        until = born if self.until is None else min(born, self.until)
        return replace(self, until=until, older_than_s=None)

    def to_doc(self) -> dict[str, Any]:
        """JSON: the fields that narrow."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: _json(value) for name, value in told.items() if value not in ((), None)}

    @classmethod
    def of_doc(cls, doc: Mapping[str, Any]) -> Filter:
        """From what `to_doc` made. Raises `ValueError` for what no filter has or holds."""
        known = {each.name for each in fields(cls)}
        if strange := sorted(doc.keys() - known):
            raise ValueError(f"a filter has no {', '.join(strange)}")
        return cls(**{name: _read(name, value) for name, value in doc.items()})


def letters(flt: Filter) -> Select[Any]:
    """Dead letters with their events; columns may be chosen with `with_only_columns`.

    Open ones, unless the filter names states. `flt` must be pinned.
    """
    return select(dead_letter).select_from(LETTERS).where(*_of_letters(flt))


def counted(flt: Filter) -> Select[Any]:
    """The same letters for those who want no column of their events: joined only if need be."""
    bare = replace(flt, sources=(), entities=(), types=(), key=None, text=None, ids=())
    if bare != flt:
        return letters(flt)
    return select(dead_letter).where(*_of_letters(flt))


def events(flt: Filter) -> Select[Any]:
    """Events with their queue rows, if any. `flt` must be pinned."""
    return select(inbox).select_from(EVENTS).where(*_of_events(flt))


def matching_letters(db: Database, flt: Filter, after_id: int, n: int) -> list[Row]:
    """The next `n` letters after the letter `after_id`, in the order of their birth.

    Each row: id, event_id, event_uuid, key_id, seq, source, entity, operation, reason,
    error_class, fingerprint, born_at, attempts, request_id.
    """
    d, i = dead_letter.c, inbox.c
    columns = (
        *(d.id, d.event_id, d.event_uuid, d.key_id, i.seq, i.source, i.entity, i.operation),
        *(d.reason, d.error_class, d.fingerprint, d.born_at, d.attempts, d.request_id),
    )
    wanted = letters(flt).with_only_columns(*columns).where(d.id > after_id)
    return rows(db, wanted.order_by(d.id).limit(n))


def _of_letters(flt: Filter) -> list[Condition]:
    d = dead_letter.c
    found = [_letter_states(flt.states), *_common(flt), *_between(flt, d.born_at)]
    found += [d.error_class.in_(flt.error_classes)] if flt.error_classes else []
    found += [d.reason.in_(flt.reasons)] if flt.reasons else []
    found += [_fingerprints(flt.fingerprints)] if flt.fingerprints else []
    found += [d.attempts >= flt.attempts_min] if flt.attempts_min is not None else []
    if flt.text is not None:
        found.append(_within(flt.text, d.message, inbox.c.entity_text, inbox.c.message_id))
    return found


def _of_events(flt: Filter) -> list[Condition]:
    i, a, d = inbox.c, sync_attempt.c, dead_letter.c
    found = [*_common(flt), *_between(flt, i.accepted_at)]
    found += _event_states(flt.states) if flt.states else []
    if flt.error_classes:
        found.append(exists().where(a.event_id == i.id, a.error_class.in_(flt.error_classes)))
    if flt.reasons:
        found.append(exists().where(d.event_id == i.id, d.reason.in_(flt.reasons)))
    if flt.fingerprints:
        found.append(exists().where(d.event_id == i.id, _fingerprints(flt.fingerprints)))
    if flt.attempts_min is not None:
        found.append(exists().where(a.event_id == i.id, a.number >= flt.attempts_min))
    if flt.text is not None:
        found.append(_within(flt.text, i.entity_text, i.message_id))
    return found


def _common(flt: Filter) -> list[Condition]:
    """What holds of the event, whether it is dead or not."""
    i = inbox.c
    found: list[Condition] = []
    found += [i.source.in_(flt.sources)] if flt.sources else []
    found += [i.entity.in_(flt.entities)] if flt.entities else []
    found += [or_(*map(_type, flt.types))] if flt.types else []
    found += [_ids(flt.ids)] if flt.ids else []
    if flt.key is not None:
        key = select(order_key.c.id).where(order_key.c.text == flt.key)
        found.append(i.key_id.in_(key))
    return found


def _between(flt: Filter, column: ColumnElement[str]) -> list[Condition]:
    if flt.older_than_s is not None:
        raise ValueError("the filter is not pinned")
    found: list[Condition] = []
    found += [column >= stamp(flt.since)] if flt.since is not None else []
    found += [column <= stamp(flt.until)] if flt.until is not None else []
    return found


def _letter_states(states: Texts) -> Condition:
    if not states or {"open" if each == "dead" else each for each in states} == {"open"}:
        return _OPEN
    return dead_letter.c.state.in_(["open" if each == "dead" else each for each in states])


def _event_states(states: Texts) -> list[Condition]:
    numbers = [number for each in states if (number := row_state_of(each)) is not None]
    ends = [each for each in states if each in ENDS]
    wanted: list[Condition] = []
    wanted += [and_(_LIVE, ROW_STATE.in_(numbers))] if numbers else []
    wanted += [inbox.c.state.in_(ends)] if ends else []
    wanted += [inbox.c.state == literal_column("'dead'")] if "dead" in states else []
    found: list[Condition] = [or_(*wanted) if wanted else false()]
    if wanted and not ends:
        # No index finds live events or dead ones; the queue and the open letters do.
        places = [select(sync_queue.c.event_id).where(ROW_STATE.in_(numbers))]
        places = places if numbers else []
        places += [select(dead_letter.c.event_id).where(_OPEN)] if "dead" in states else []
        found.append(inbox.c.id.in_(union_all(*places)))
    return found


def _type(text: str) -> Condition:
    entity, dot, operation = text.rpartition(".")
    same = inbox.c.operation == operation
    return and_(inbox.c.entity == entity, same) if dot else same


def _ids(ids: Texts) -> Condition:
    uuids = [uuid for each in ids if (uuid := as_uuid(each))]
    others = [each for each in ids if not as_uuid(each)]
    found: list[Condition] = []
    found += [inbox.c.uuid.in_(uuids)] if uuids else []
    found += [inbox.c.entity_text.in_(others)] if others else []
    return or_(*found)


def _fingerprints(digits: Texts) -> Condition:
    column = dead_letter.c.fingerprint
    # A range, for an index serves no LIKE; no digit is greater than `g`.
    return or_(
        *(
            column == each
            if len(each) == _DIGITS_OF_A_FINGERPRINT
            else and_(column >= each, column < f"{each}g")
            for each in digits
        )
    )


def _within(text: str, *columns: ColumnElement[Any]) -> Condition:
    escaped = text
    # The bracket opens a set of characters on SQL Server.
    for character in "/%_[":
        escaped = escaped.replace(character, f"/{character}")
    return or_(*(column.ilike(f"%{escaped}%", escape="/") for column in columns))


def as_uuid(text: str) -> str | None:
    """An event's id as it is kept, None for what is none."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return None


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


def _read(name: str, value: Any) -> Any:
    if name in ("since", "until") and isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, list):
        value = tuple(value)
    if not _FITS.get(name, _are_texts)(value):
        raise ValueError(f"a filter's {name} is not so")
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)


def _are_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_text, value))


def _is_moment(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < _MOST and value is not True


_FITS: dict[str, Callable[[object], bool]] = {
    "key": _is_text,
    "text": _is_text,
    "since": _is_moment,
    "until": _is_moment,
    "older_than_s": _is_number,
    "attempts_min": _is_number,
}
"""What a field's value must be; of those not named here, texts."""
