"""From decisions to the one document that settles a batch. Pure: no clock, no store."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, assert_never

from erp.links import link_hash
from processor import letters, shadow
from processor.outcome import Decision, End, InDoubt, Later, Letter, Repeated, Shadow, Waits
from processor.store import LISTS
from processor.texts import quoted, word
from processor.work import Claimed, Looked, Result, Wrote
from sql.database import Row
from sql.tables.queue import HELD, SCHEDULED, UNKNOWN
from tidegate import canon
from tidegate.canon import Json
from tidegate.fingerprint import beginning
from tidegate.outcome import Applied, CannotTell, NotApplied, Rejected

IGNORED = "on_delete"
"""The rule of a delete that changes nothing in the far side."""

_NAMES: dict[type, str] = {
    NotApplied: "not_applied",
    CannotTell: "cannot_tell",
}
"""Of outcomes and findings on record, where that is not the type's own in small letters."""

_LINK = (
    "target",
    "source",
    "entity",
    "entity_text",
    "record_type",
    "record_id",
    "record_key",
    "event_uuid",
)
_LONGEST = {"entity_text": 400, "record_type": 64, "record_id": 200, "record_key": 400}
"""Characters that the columns hold; what is longer is no key of any far side that we know."""


class Settlement:
    """Collects a batch; `lists` is what the store writes.

    Args:
        boottime: now, on the clock of `Trace.sent_boottime` (seconds).
        config_version: named on every audit row.
    """

    def __init__(self, boottime: float, config_version: str) -> None:
        self._boottime = boottime
        self._config_version = config_version
        self.lists: dict[str, list[Row]] = {name: [] for name in LISTS}
        self.ended: list[str] = []
        self.results: list[Result] = []

    def add(self, result: Result, decision: Decision) -> None:
        """Book one attempt; `Repeated` is not for here but for `reopening`."""
        claimed = result.claimed
        self.results.append(result)
        self._close(result, decision)
        match decision:
            case End():
                self._end(result, decision.state)
            case Later():
                # Ready at once would overtake nothing, but a due row is found by its index alone.
                still = 0.0 if decision.counted else _stood(result, decision.after)
                tries = 0 if decision.counted else -1
                self._move(claimed, SCHEDULED, decision.after, tries=tries, still_s=still)
            case InDoubt():
                still = 0.0 if decision.counted else _stood(result, decision.after)
                alone = int(claimed.alone)
                self._move(claimed, UNKNOWN, decision.after, unknown=1, alone=alone, still_s=still)
            case Waits():
                self.lists["needs"].append(
                    {
                        "queue_id": claimed.queue_id,
                        "hash": decision.link,
                        "wait_s": decision.wait,
                    }
                )
            case Letter():
                self._dead(result, decision)
            case Shadow():
                self._shadowed(claimed)
            case Repeated():
                raise ValueError("a repeat is opened, not settled")
            case _:
                assert_never(decision)

    def _close(self, result: Result, decision: Decision) -> None:
        row, trace = closing(result, decision, self._boottime), result.trace
        self.lists["closes"].append(row)
        if trace.request is not None or trace.answer is not None:
            self.lists["bodies"].append(
                {
                    "event_id": result.claimed.event_id,
                    "number": result.claimed.number,
                    "request": trace.request,
                    "answer": trace.answer,
                }
            )

    def _move(
        self,
        claimed: Claimed,
        state: int,
        due_in_s: float | None,
        *,
        tries: int = 0,
        unknown: int = 0,
        alone: int = 0,
        still_s: float = 0.0,
    ) -> None:
        self.lists["moves"].append(
            {
                "queue_id": claimed.queue_id,
                "state": state,
                "due_in_s": due_in_s,
                "tries": tries,
                "unknown": unknown,
                "alone": alone,
                "still_s": still_s,
            }
        )

    def _end(self, result: Result, state: str) -> None:
        claimed = result.claimed
        outcome = result.outcome if isinstance(result, Wrote) else result.finding
        status, answer = _answer(claimed, outcome)
        self._leave(claimed, state, 504 if state == "expired" else status)
        if answer is not None:
            self.lists["answers"].append({"event_id": claimed.event_id, "answer": answer})
        if isinstance(outcome, Applied):
            old = None if outcome.old is None else canon.text(dict(outcome.old))
            new = _new(result, outcome)
            self._applied(claimed, old, new)
            self._audit(claimed, state, old, new)
            self._link(result, outcome)
        elif isinstance(outcome, Rejected):
            self._audit(claimed, state, None, None, outcome.message)

    def _leave(self, claimed: Claimed, state: str, status: int | None = None) -> None:
        self.lists["ends"].append(
            {
                "queue_id": claimed.queue_id,
                "event_id": claimed.event_id,
                "key_id": claimed.key_id,
                "state": state,
                "answer_status": status,
            }
        )
        self.ended.append(claimed.uuid)

    def _applied(self, claimed: Claimed, old: str | None, new: str) -> None:
        self.lists["applied"].append(
            {"key_id": claimed.key_id, "head_id": claimed.head_id, "seq": claimed.seq}
        )
        self.lists["outbox"].append(
            {
                "event_uuid": claimed.uuid,
                "type": _type(claimed.entity),
                "subject": claimed.entity_text,
                "key_hash": claimed.key_hash,
                "data": _told(claimed, old, new),
                "trace": claimed.trace,
            }
        )

    def _link(self, result: Result, outcome: Applied) -> None:
        """Remember which far record belongs to the source's, or that there is none any more."""
        claimed = result.claimed
        gone = claimed.operation == "delete" and result.trace.rule != IGNORED
        if not claimed.entity_text or (outcome.link is None and not gone):
            return
        names = (claimed.target, claimed.source, claimed.entity, claimed.entity_text)
        row: Row = {"hash": link_hash(*names)}
        if not gone and outcome.link is not None:
            row |= dict(zip(_LINK, (*names, *outcome.link, claimed.uuid), strict=True))
            if any(len(row[name]) > most for name, most in _LONGEST.items()):
                return
        # Of two in one batch the later holds.
        for name in ("links", "unlinks"):
            rows = self.lists[name]
            rows[:] = [each for each in rows if each["hash"] != row["hash"]]
        self.lists["unlinks" if gone else "links"].append(row)

    def _dead(self, result: Result, letter: Letter) -> None:
        claimed = result.claimed
        self.lists["letters"].append(letters.birth(claimed, letter))
        if letter.holds:
            self._move(claimed, HELD, None)
            self.lists["helds"].append({"event_id": claimed.event_id})
        else:
            self._leave(claimed, "dead")
        self._audit(claimed, "dead", None, None, f"{letter.reason}: {letter.message}")

    def _shadowed(self, claimed: Claimed) -> None:
        if claimed.kind == "command":
            said = {"event_id": claimed.event_id, "answer": shadow.answer(claimed)}
            self.lists["answers"].append(said)
        self._leave(claimed, "discarded", shadow.STATUS if claimed.kind == "command" else None)
        by = f"configuration {self._config_version}"
        self._audit(claimed, "discarded", None, None, shadow.SHADOW, by)

    def _audit(
        self,
        claimed: Claimed,
        action: str,
        old: str | None,
        new: str | None,
        reason: str | None = None,
        actor: str | None = None,
    ) -> None:
        actor = actor or _actor(claimed)
        reason = (reason or _said(claimed, "reason") or "")[:2000] or None
        self.lists["trail"].append(
            {
                "event_id": claimed.event_id,
                "number": claimed.number,
                "event_uuid": claimed.uuid,
                "action": action,
                "actor": actor,
                "source": claimed.source,
                "entity": claimed.entity,
                "entity_text": claimed.entity_text,
                "old": old,
                "new": new,
                "reason": reason,
                "trace_id": claimed.trace[3:35] if claimed.trace else None,
                "config_version": self._config_version,
                "row_hash": hashlib.sha256(
                    beginning(claimed.uuid)
                    + _begun(action, actor, claimed.source, claimed.entity)
                    + beginning(claimed.entity_text, old, new, reason)
                ).hexdigest(),
            }
        )


def _stood(result: Result, wait: float) -> float:
    """Seconds in which the event's age stands still: the far side was out, or asked for them."""
    return wait + result.trace.duration_ms / 1000


def _new(result: Result, outcome: Applied) -> str:
    """The values now; a write's trace holds them written out already."""
    if isinstance(result, Wrote) and result.trace.answer is not None:
        return result.trace.answer.decode()
    return canon.text(dict(outcome.new))


def _told(claimed: Claimed, old: str | None, new: str) -> str:
    """What subscribers are told, as canonical JSON; what is that already goes in as it is."""
    return (
        f'{{"entity":{word(claimed.entity)},"entity_id":{quoted(claimed.entity_text)},'
        f'"event_id":"{claimed.uuid}","new":{new},"old":{old or "null"},'
        f'"operation":{word(claimed.operation)},"source":{word(claimed.source)}}}'
    )


@lru_cache(256)
def _type(entity: str) -> str:
    """Of the message that tells of an applied event."""
    return f"{entity.replace('-', '_')}.applied"


@lru_cache(1024)
def _begun(*parts: str | None) -> bytes:
    """The start of what is hashed; most attempts and changes have it in common."""
    return beginning(*parts)


@lru_cache(1024)
def _details(
    rule: str,
    rule_version: int,
    status: int | None,
    error_class: str | None,
    message: str | None,
    duration_ms: int,
) -> bytes:
    """The same for the details of an attempt."""
    return beginning(rule, str(rule_version), str(status), error_class, message, str(duration_ms))


def closing(result: Result, decision: Decision, boottime: float) -> Row:
    """The closed attempt's columns."""
    trace, (outcome, error_class, message) = result.trace, _words(result)
    request_hash = hashlib.sha256(trace.request).hexdigest() if trace.request else None
    decided = type(decision).__name__.lower()
    sent_ago = None if trace.sent_boottime is None else max(boottime - trace.sent_boottime, 0.0)
    answer_hash = hashlib.sha256(trace.answer).hexdigest() if trace.answer is not None else None
    return {
        "event_id": result.claimed.event_id,
        "number": result.claimed.number,
        "outcome": outcome,
        "decision": decision.state if isinstance(decision, End) else decided,
        "rule": trace.rule,
        "rule_version": trace.rule_version,
        "status": trace.status,
        "error_class": error_class,
        "message": message,
        "duration_ms": trace.duration_ms,
        "sent_ago_s": sent_ago,
        "request_hash": request_hash,
        "answer_hash": answer_hash,
        "version": trace.version,
        "detail_hash": hashlib.sha256(
            _details(
                trace.rule,
                trace.rule_version,
                trace.status,
                error_class,
                message,
                trace.duration_ms,
            )
            + beginning(request_hash, answer_hash, trace.version)
        ).hexdigest(),
    }


def reopening(looked: list[Looked], boottime: float) -> tuple[list[Row], list[Row]]:
    """Probes to close and rows to run again, for those that may be repeated at once."""
    return (
        [closing(each, Repeated(), boottime) for each in looked],
        [{"queue_id": each.claimed.queue_id} for each in looked],
    )


def _words(result: Result) -> tuple[str, str | None, str | None]:
    found: Any = result.outcome if isinstance(result, Wrote) else result.finding
    if type(found) is Applied:
        return "applied", None, None
    named = _NAMES.get(type(found)) or type(found).__name__.lower()
    error_class = getattr(found, "error_class", None)
    message = getattr(found, "message", None)
    return named, error_class[:100] if error_class else None, message[:2000] if message else None


def _answer(claimed: Claimed, outcome: object) -> tuple[int | None, bytes | None]:
    """What a command's caller is told, now and when asking again with the same key."""
    if claimed.kind != "command":
        return None, None
    if isinstance(outcome, Applied):
        return 200, canon.dumps(dict(outcome.answer if outcome.answer is not None else outcome.new))
    if isinstance(outcome, Rejected):
        problem: dict[str, Json] = {
            "type": "about:blank",
            "title": "The ERP refused the command",
            "status": outcome.status,
            "detail": outcome.message,
            "code": outcome.error_class,
            "event_id": claimed.uuid,
        }
        return outcome.status, canon.dumps(problem)
    return None, None


def _actor(claimed: Claimed) -> str:
    """The owner of the key, and the person whom a command names beside it."""
    owner = claimed.owner or f"source:{claimed.source}"
    named = _said(claimed, "actor")
    return f"{owner} ({named})"[:200] if named else owner


def _said(claimed: Claimed, name: str) -> str | None:
    """What a command's own envelope says."""
    if claimed.kind != "command":
        return None
    record = canon.at(canon.reread(claimed.body), claimed.pointer)
    said = record.get(name) if isinstance(record, dict) else None
    return said if isinstance(said, str) else None
