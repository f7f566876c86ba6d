"""What becomes of a dispatch after an attempt, as values and then as rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from outbox.schedule import wait
from outbox.send import Again, Delivered, Gone, Off, Sent, Withheld
from outbox.store import DEAD, READY, SCHEDULED, Dispatch, Settlement
from sql.term import Term


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that ended, and the term that it was made in."""

    term: Term
    dispatch: Dispatch
    sent: Sent
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to write down.

    Args:
        outcome: the attempt's, as it is kept.
        state: the dispatch's next; None where it is done with.
        due_in_s: seconds until it is due, where it is scheduled.
        disables: whether its subscription gets nothing more.
    """

    outcome: str
    state: int | None
    status: int | None = None
    message: str = ""
    due_in_s: float | None = None
    disables: bool = False


def decide(sent: Sent, attempts: int, chance: random.Random) -> Verdict:
    """The verdict on attempt number `attempts`."""
    match sent:
        case Delivered(status):
            return Verdict("delivered", None, status)
        case Again(message, status, after, throttled):
            due_in_s = wait(attempts, after, chance)
            state = DEAD if due_in_s is None else SCHEDULED
            outcome = "throttled" if throttled else "failed"
            return Verdict(outcome, state, status, message, due_in_s)
        case Gone(message, status):
            return Verdict("gone", DEAD, status, message, disables=True)
        case Off(message):
            return Verdict("disabled", DEAD, message=message)
        case Withheld(message):
            # Settled, so the term goes on after all: the row must not stay in flight until it ends.
            return Verdict("not_sent", READY, message=message)
        case _:
            assert_never(sent)


def settlement(ended: Sequence[tuple[Finished, Verdict]]) -> Settlement:
    """The rows of a batch of verdicts."""
    rows = Settlement()
    for finished, verdict in ended:
        _add(rows, finished, verdict)
    return rows


def _add(rows: Settlement, finished: Finished, verdict: Verdict) -> None:
    dispatch = finished.dispatch
    rows.closes.append(
        {
            "id": dispatch.id,
            "number": dispatch.attempts,
            "outcome": verdict.outcome,
            "status": verdict.status,
            "message": verdict.message or None,
            "duration_ms": finished.duration_ms,
        }
    )
    if verdict.state is None:
        rows.delivered.append({"id": dispatch.id, "dkey_id": dispatch.dkey_id})
    else:
        rows.moves.append({"id": dispatch.id, "state": verdict.state, "due_in_s": verdict.due_in_s})
    if verdict.state in (None, DEAD):
        rows.freed.append({"dkey_id": dispatch.dkey_id})
    if verdict.disables:
        rows.disabled.append(
            {"subscription_id": dispatch.subscription_id, "reason": verdict.message[:400]}
        )
