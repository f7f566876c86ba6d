"""The verdict on a delivery: new, duplicate, stale or conflict. Pure.

The rules are numbered as in the design (verdict, "Verdicts"), and tried in that order.
"""

from __future__ import annotations

from typing import NamedTuple

from ingest.arrival import Arrival, Verdict
from ingest.heads import Head, Known, Recent
from tidegate.fingerprint import RULE_VERSION


class Judged(NamedTuple):
    """The verdict with the rule and the event that made it.

    Args:
        event: the matched event; None where a new one is written.
        state: the matched event's state.
        late: new, although an entity of strict order has seen a newer stamp.
    """

    verdict: Verdict
    rule: str
    reason: str
    event: str | None = None
    state: str = "live"
    late: bool = False


def judge(arrival: Arrival, head: Head | None, known: Known | None) -> Judged:
    """What `arrival` is, given what is accepted already."""
    again = None
    if arrival.dedup != "none" and known is not None:
        if known.state != "discarded" or arrival.kind == "command":
            return _by_message(arrival, known)
        # Discarded is as if it had never come: a newer state still stands before it.
        again = Judged("new", "1:discarded", f"event {known.event} of this id was discarded")
    if arrival.dedup != "content" or head is None:
        return again or Judged("new", "4:new", "nothing accepted matches")
    return _by_content(arrival, head)


def _by_message(arrival: Arrival, known: Known) -> Judged:
    # Of one whose body is gone, hashed by another rule version, the id is all that is known.
    compared = known.rule_version == RULE_VERSION or arrival.hashing is None
    if known.content_hash == arrival.content_hash or not compared:
        reason = _named(f"event {known.event} has this id", known.state)
        return Judged("duplicate", "1:message-id", reason, known.event, known.state)
    return Judged(
        "conflict",
        "1:message-id",
        f"event {known.event} has this id and other content",
        known.event,
        known.state,
    )


def _by_content(arrival: Arrival, head: Head) -> Judged:
    older = bool(arrival.stamp and head.stamp and arrival.stamp.older_than(head.stamp))
    newer = bool(arrival.stamp and head.stamp and arrival.stamp.newer_than(head.stamp))
    if older and arrival.order == "latest_wins":
        return Judged("stale", "2:older-stamp", "a newer stamp was accepted", head.newest)
    same = _same_hash(arrival, head)
    if same is not None:
        state = head.gone.get(same.event, "live")
        if state == "discarded":
            return Judged("new", "3:discarded", f"event {same.event} was discarded", late=older)
        reason = _named(f"event {same.event} has this content", state)
        return Judged("duplicate", "3:same-content", reason, same.event, state)
    if head.deleted and not (newer or older or arrival.operation == "create"):
        return Judged("stale", "4:deleted", "the entity was deleted since", head.newest)
    return Judged("new", "4:new", "its content differs from what is accepted", late=older)


def _same_hash(arrival: Arrival, head: Head) -> Recent | None:
    if arrival.content_hash is None:
        return None
    wanted = (arrival.content_hash.hex(), arrival.channel, RULE_VERSION)
    # Without a stamp A→B→A cannot be told from a resend, so only the newest counts.
    compared = head.recent if arrival.stamp else head.recent[-1:]
    for recent in reversed(compared):
        if (recent.hash, recent.channel, recent.rule_version) == wanted:
            return recent
    return None


def _named(match: str, state: str) -> str:
    return f"{match} and is a dead letter" if state == "dead" else match
