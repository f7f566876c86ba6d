"""One verb on many dead letters: what it would act on, and the request that does it.

A bulk verb acts on exactly the letters that its plan counted: `upto` is the newest of them, and
what is born later is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    and_,
    case,
    distinct,
    exists,
    func,
    or_,
    select,
)

from ingest.reports import iso
from ops.filter import pinned
from ops.requests import Wish, WrongRequest
from ops.requests import ask as _ask
from ops.who import Who
from processor.wishes import ERASED, NEWER, NOT_APPLIED, RESOLVE_FIRST
from sql.database import Database, Row
from sql.filters import Filter, letters
from sql.reads import rows
from sql.tables.inbox import entity_head, inbox, order_key, payload
from sql.tables.queue import dead_letter, sync_attempt
from tidegate.ids import Ids

VERBS = ("replay", "skip", "discard", "resolve")
SAMPLE = 5
MOST_CLASSES = 20
"""Lines of a breakdown; what is behind them is counted under `MORE`."""

MORE = "(others)"
MOST_STAGES = 20
NO_PLACE = "it never had a place in the queue"
_NOBODY_KNOWS = ("unknown", "cannot_tell")

OrderOf = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Options:
    """How a job goes about it.

    Args:
        rate: letters a second, at most.
        ramp: letters in each stage of a replay; behind the last one the rest.
        stop_at_percent: share of a stage that dies again, or is not heard of, that pauses it.
        applied: of `resolve`: what the far side shows.
    """

    rate: int | None = None
    ramp: tuple[int, ...] = ()
    stop_at_percent: int | None = None
    applied: bool | None = None


def ramp_of(text: str | None) -> tuple[int, ...]:
    """The stages that `1,5,20` names. Raises `WrongRequest`."""
    try:
        return tuple(int(each) for each in text.split(",")) if text and text.strip() else ()
    except ValueError:
        raise WrongRequest("ramp", f"{text!r} is no ramp like 1,5,20") from None


def plan(db: Database, verb: str, flt: Filter, order_of: OrderOf | None = None) -> dict[str, Any]:
    """What `verb` would act on: count, keys, ages, breakdown, and what it would leave as it is.

    Args:
        order_of: `strict` or `latest_wins` for a source and an entity; unset: strict.

    Raises `WrongRequest`, or `WrongFilter` for one that is no filter of open letters.
    """
    _check_verb(verb, flt)
    flt = pinned(db, flt)
    found = rows(db, _bounds(flt))[0]
    return {
        "verb": verb,
        "count": found["n"],
        "keys": found["keys"],
        "oldest": iso(found["oldest"]),
        "newest": iso(found["newest"]),
        "by_error_class": _breakdown(db, flt, dead_letter.c.error_class),
        "by_target": _breakdown(db, flt, order_key.c.target),
        "skips": _skips(db, verb, flt, order_of or (lambda _source, _entity: "strict")),
        "sample": [row["event_uuid"] for row in rows(db, _sample(flt))],
        "upto": found["upto"] or 0,
    }


def ask(
    db: Database,
    ids: Ids,
    who: Who,
    verb: str,
    flt: Filter,
    reason: str,
    options: Options | None = None,
    *,
    upto: int | None = None,
    every: bool = False,
) -> str:
    """Ask the leader to do it to every letter that matches; the request's id.

    Args:
        upto: the plan's; letters born since are not touched. Unset: those that are there now.
        every: that the filter is empty is meant.

    Raises `WrongRequest`, or `WrongFilter`.
    """
    options = options or Options()
    _check_verb(verb, flt)
    check(verb, options)
    if flt.empty and not every:
        raise WrongRequest(
            "all", "an empty filter matches every dead letter", next_step="narrow it, or say --all"
        )
    flt = pinned(db, flt)
    found = rows(db, _bounds(flt))[0]
    last = found["upto"] or 0 if upto is None else upto
    doc: dict[str, Any] = {"filter": flt.to_doc(), "from": found["first"] or 1, "upto": last}
    if options.applied is not None:
        doc["applied"] = options.applied
    wish = Wish(verb, reason, doc, None, options.rate, options.ramp, options.stop_at_percent)
    return _ask(db, ids, who, wish)


def _check_verb(verb: str, flt: Filter) -> None:
    if verb not in VERBS:
        raise WrongRequest("verb", f"{verb!r} is none of {', '.join(VERBS)}")
    if set(flt.states) - {"open", "dead"}:
        raise WrongRequest("state", "a bulk verb acts on open letters alone")


def check(verb: str, options: Options) -> None:
    """Whether these options make sense for this verb; raises `WrongRequest`."""
    if (options.applied is None) is (verb == "resolve"):
        raise WrongRequest("applied", "resolve, and nothing else, says whether it was applied")
    if verb != "replay" and (options.rate or options.ramp or options.stop_at_percent is not None):
        raise WrongRequest("rate", "only a replay has a rate, a ramp or a rule to stop by")
    if options.rate is not None and not 1 <= options.rate <= 1_000_000:
        raise WrongRequest("rate", "at least one letter a second")
    if len(options.ramp) > MOST_STAGES or any(not 1 <= each <= 10_000 for each in options.ramp):
        raise WrongRequest("ramp", f"up to {MOST_STAGES} stages of 1 to 10,000 letters")
    if options.stop_at_percent is not None and not 0 <= options.stop_at_percent <= 100:
        raise WrongRequest("stop-at-error-rate", "a percentage, 0 to 100")


def _bounds(flt: Filter) -> Executable:
    d = dead_letter.c
    return letters(flt).with_only_columns(
        func.count(d.id).label("n"),
        func.count(distinct(d.key_id)).label("keys"),
        func.min(d.born_at).label("oldest"),
        func.max(d.born_at).label("newest"),
        func.min(d.id).label("first"),
        func.max(d.id).label("upto"),
    )


def _sample(flt: Filter) -> Select[Any]:
    d = dead_letter.c
    return letters(flt).with_only_columns(d.event_uuid).order_by(d.id).limit(SAMPLE)


def _with_key(flt: Filter) -> Select[Any]:
    key, head = order_key.c.id == inbox.c.key_id, entity_head.c.id == inbox.c.head_id
    return letters(flt).outerjoin(order_key, key).outerjoin(entity_head, head)


def _breakdown(db: Database, flt: Filter, column: ColumnElement[str]) -> dict[str, int]:
    n = func.count(dead_letter.c.id)
    grouped = _with_key(flt).with_only_columns(column.label("name"), n.label("n")).group_by(column)
    found = rows(db, grouped.order_by(n.desc(), column))
    told = {row["name"] or "(none)": row["n"] for row in found[:MOST_CLASSES]}
    others = sum(row["n"] for row in found[MOST_CLASSES:])
    return told | ({MORE: others} if others else {})


def _skips(db: Database, verb: str, flt: Filter, order_of: OrderOf) -> dict[str, int]:
    """How many would be left as they are, as far as can be told now."""
    if verb == "resolve":
        return {}
    i = inbox.c
    told: dict[str, int] = {}
    unknown = dead_letter.c.reason == "unknown"
    counts = {"unknown": unknown}
    if verb == "replay":
        untold = or_(unknown, and_(dead_letter.c.reason != NOT_APPLIED, _last_untold()))
        gone = _erased()
        nowhere, known = i.key_id.is_(None), and_(i.key_id.is_not(None), ~untold)
        counts = {
            "unknown": untold,
            "nowhere": and_(nowhere, ~untold),
            "erased": and_(known, gone),
            "strict": and_(known, ~gone, i.seq < order_key.c.applied_seq),
            "latest_wins": and_(known, ~gone, i.seq < entity_head.c.applied_seq),
        }
    columns = [func.sum(case((each, 1), else_=0)).label(name) for name, each in counts.items()]
    grouped = _with_key(flt).with_only_columns(i.source, i.entity, *columns)
    for row in rows(db, grouped.group_by(i.source, i.entity)):
        for why, n in _of_group(row, order_of):
            told[why] = told.get(why, 0) + n
    return {why: n for why, n in told.items() if n}


def _of_group(row: Row, order_of: OrderOf) -> list[tuple[str, int]]:
    found = [(RESOLVE_FIRST, row["unknown"]), (NO_PLACE, row.get("nowhere", 0))]
    found.append((ERASED, row.get("erased", 0)))
    order = order_of(row["source"], row["entity"])
    newer = "superseded: " + NEWER if order == "latest_wins" else NEWER
    return [*found, (newer, row.get(order, 0))]


def _erased() -> ColumnElement[bool]:
    return exists().where(payload.c.event_id == inbox.c.id, payload.c.erased_at.is_not(None))


def _last_untold() -> ColumnElement[bool]:
    a = sync_attempt.c
    last = select(a.outcome).where(a.event_id == inbox.c.id).order_by(a.number.desc()).limit(1)
    return func.coalesce(last.scalar_subquery(), "").in_(_NOBODY_KNOWS)
