"""`writes = "shadow"`: everything but the write, and what would have been sent on record.

A lane that comes to its write is refused it; what it would have sent stays with the attempt, and
the event ends `discarded`. Source: shared design, effects, "Adapters".
"""

from __future__ import annotations

from erp.rules import Decision
from processor.work import Claimed
from tidegate.canon import Json, dumps
from tidegate.outcome import Applied, NotSent

SHADOW = "shadow"
"""The attempts' rule and decision, and the reason of their events' end."""

STATUS = 409
"""What a command's caller is answered: a success would tell an untruth, and so would `later`."""


def shadowed(decision: Decision, claimed: Claimed, *, stopped: bool) -> Decision | None:
    """What is booked in place of `decision`; None where that holds as it is.

    Args:
        stopped: whether the adapter came to its write.
    """
    # An earlier write, of before the writes were shadow, was found: that one did take effect.
    nothing_to_send = isinstance(decision.outcome, Applied) and not claimed.repeated
    if not stopped and not nothing_to_send:
        return None
    words = "would have been sent" if stopped else "there was nothing to send"
    return Decision(NotSent(f"writes are shadow: {words}", SHADOW), SHADOW, decision.version)


def answer(claimed: Claimed) -> bytes:
    """What the caller of a command is told."""
    problem: dict[str, Json] = {
        "type": "about:blank",
        "title": "Writes are shadow: nothing was written to the ERP",
        "status": STATUS,
        "detail": "what would have been sent is on record; ask again with another key",
        "code": SHADOW,
        "state": "discarded",
        "event_id": claimed.uuid,
    }
    return dumps(problem)
