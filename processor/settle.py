"""From decisions to the one document that settles a batch. Pure: no clock, no store."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, assert_never

from processor import letters
from processor.outcome import Decision, End, InDoubt, Later, Letter, Repeated
from processor.store import LISTS
from processor.work import Claimed, Looked, Result, Wrote
from sql.database import Row
from sql.tables.queue import HELD, SCHEDULED, UNKNOWN
from tidegate import canon
from tidegate.canon import Json
from tidegate.fingerprint import digest
from tidegate.outcome import Applied, CannotTell, NotApplied, Rejected


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
                self._move(claimed, SCHEDULED, decision.after, tries=0 if decision.counted else -1)
            case InDoubt():
                self._move(claimed, UNKNOWN, decision.after, unknown=1, alone=int(claimed.alone))
            case Letter():
                self._dead(result, decision)
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
    ) -> None:
        self.lists["moves"].append(
            {
                "queue_id": claimed.queue_id,
                "state": state,
                "due_in_s": due_in_s,
                "tries": tries,
                "unknown": unknown,
                "alone": alone,
            }
        )

    def _end(self, result: Result, state: str) -> None:
        claimed = result.claimed
        outcome = result.outcome if isinstance(result, Wrote) else result.finding
        status, answer = _answer(claimed, outcome)
        self._leave(claimed, state, status)
        if answer is not None:
            self.lists["answers"].append({"event_id": claimed.event_id, "answer": answer})
        if isinstance(outcome, Applied):
            old = None if outcome.old is None else canon.text(dict(outcome.old))
            new = _new(result, outcome)
            self._applied(claimed, old, new)
            self._audit(claimed, state, old, new)
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
        self.ended.append(str(claimed.uuid))

    def _applied(self, claimed: Claimed, old: str | None, new: str) -> None:
        self.lists["applied"].append(
            {"key_id": claimed.key_id, "head_id": claimed.head_id, "seq": claimed.seq}
        )
        event_uuid = str(claimed.uuid)
        self.lists["outbox"].append(
            {
                "event_uuid": event_uuid,
                "type": f"{claimed.entity.replace('-', '_')}.applied",
                "subject": claimed.entity_text,
                "key_hash": claimed.key_hash,
                "data": _told(claimed, event_uuid, old, new),
                "trace": claimed.trace,
            }
        )

    def _dead(self, result: Result, letter: Letter) -> None:
        claimed = result.claimed
        self.lists["letters"].append(letters.birth(claimed, letter))
        if letter.holds:
            self._move(claimed, HELD, None)
            self.lists["helds"].append({"event_id": claimed.event_id})
        else:
            self._leave(claimed, "dead")
        self._audit(claimed, "dead", None, None, f"{letter.reason}: {letter.message}")

    def _audit(
        self,
        claimed: Claimed,
        action: str,
        old: str | None,
        new: str | None,
        reason: str | None = None,
    ) -> None:
        actor = _actor(claimed)
        event_uuid = str(claimed.uuid)
        reason = (reason or _said(claimed, "reason") or "")[:2000] or None
        self.lists["trail"].append(
            {
                "event_id": claimed.event_id,
                "number": claimed.number,
                "event_uuid": event_uuid,
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
                "row_hash": digest(
                    event_uuid,
                    action,
                    actor,
                    claimed.source,
                    claimed.entity,
                    claimed.entity_text,
                    old,
                    new,
                    reason,
                ).hex(),
            }
        )


def _new(result: Result, outcome: Applied) -> str:
    """The values now; a write's trace holds them written out already."""
    if isinstance(result, Wrote) and result.trace.answer is not None:
        return result.trace.answer.decode()
    return canon.text(dict(outcome.new))


def _told(claimed: Claimed, event_uuid: str, old: str | None, new: str) -> str:
    """What subscribers are told, as canonical JSON; what is that already goes in as it is."""
    texts = {
        "entity": _quoted(claimed.entity),
        "entity_id": canon.text(claimed.entity_text),
        "event_id": f'"{event_uuid}"',
        "new": new,
        "old": old or "null",
        "operation": _quoted(claimed.operation),
        "source": _quoted(claimed.source),
    }
    return "{" + ",".join([f'"{name}":{written}' for name, written in texts.items()]) + "}"


@lru_cache(256)
def _quoted(name: str) -> str:
    """A name of the configuration's as JSON."""
    return canon.text(name)


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
        "version": trace.version,
        "detail_hash": digest(
            trace.rule,
            str(trace.rule_version),
            str(trace.status),
            error_class,
            message,
            str(trace.duration_ms),
            request_hash,
            answer_hash,
            trace.version,
        ).hex(),
    }


def reopening(looked: list[Looked], boottime: float) -> tuple[list[Row], list[Row]]:
    """Probes to close and rows to run again, for those that may be repeated at once."""
    return (
        [closing(each, Repeated(), boottime) for each in looked],
        [{"queue_id": each.claimed.queue_id} for each in looked],
    )


def _words(result: Result) -> tuple[str, str | None, str | None]:
    found: Any = result.outcome if isinstance(result, Wrote) else result.finding
    name = {NotApplied: "not_applied", CannotTell: "cannot_tell"}.get(
        type(found), type(found).__name__.lower()
    )
    error_class = getattr(found, "error_class", None)
    message = getattr(found, "message", None)
    return name, error_class[:100] if error_class else None, message[:2000] if message else None


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
            "event_id": str(claimed.uuid),
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
    record = canon.at(canon.parse(claimed.body), claimed.pointer)
    said = record.get(name) if isinstance(record, dict) else None
    return said if isinstance(said, str) else None
