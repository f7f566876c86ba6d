"""What to do about a dead letter: the verbs that clear it, the likeliest first."""

from __future__ import annotations

from typing import Any

from processor.wishes import NOT_APPLIED
from sql.database import Row

_UNTOLD = frozenset({"unknown", "cannot_tell"})


def next_steps(letter: dict[str, Any], attempts: list[Row]) -> list[str]:
    """Commands and words, one a line.

    Args:
        letter: as `Letters.show` tells it.
        attempts: its rows of `sync_attempt`, in order.
    """
    event = letter["event_id"]
    if letter["settled"] is not None:
        return [f"nothing: it is settled; tidegate events show {event} tells the rest"]
    if letter["job"] is not None:
        return [f"a replay job has it: tidegate replays show {letter['job']}"]
    if _untold(letter, attempts):
        return [
            "look in the ERP whether it took effect, then say so:",
            f"tidegate dead-letters resolve {event} --applied --reason …",
            f"tidegate dead-letters resolve {event} --not-applied --reason …",
        ]
    if not letter["event"]["placed"]:
        return [
            "nothing could be read from it: have it sent again, then",
            f"tidegate dead-letters discard {event} --reason …",
        ]
    return _ordinary(letter)


def _ordinary(letter: dict[str, Any]) -> list[str]:
    event = letter["event_id"]
    steps = [
        f"tidegate dead-letters replay {event} --reason …      once its cause is gone",
        f"tidegate dead-letters edit-replay {event} --reason … where what was sent is wrong",
    ]
    if letter["holds"]:
        steps.append(
            f"tidegate dead-letters skip {event} --reason …        to let its key go on without it"
        )
    steps.append(f"tidegate dead-letters discard {event} --reason …     to close it for good")
    if letter["same_cause"] > 1:
        short = letter["fingerprint"][:12]
        steps.append(
            f"tidegate dead-letters replay --fingerprint {short} --dry-run --reason … "
            f"for all {letter['same_cause']} of its cause"
        )
    return steps


def _untold(letter: dict[str, Any], attempts: list[Row]) -> bool:
    """Whether nobody knows what its last attempt came to, so that only a person can say."""
    if letter["reason"] == NOT_APPLIED:
        return False
    last = attempts[-1]["outcome"] if attempts else None
    return letter["reason"] == "unknown" or last in _UNTOLD
