"""From what an attempt came to, to what becomes of its event. Pure: no clock, no store."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import assert_never

from processor.work import Claimed, Looked, Wrote
from tidegate.adapter import Repeat
from tidegate.config_tables import Entity
from tidegate.outcome import (
    Applied,
    CannotTell,
    NotApplied,
    NotSent,
    Rejected,
    Retry,
    Throttled,
    Unknown,
)

QUARANTINE_AFTER = 3
FIRST_THROTTLE = 5.0


@dataclass(frozen=True, slots=True)
class End:
    """The event is at its end; the row goes and the next of its key comes."""

    state: str


APPLIED = End("applied")


@dataclass(frozen=True, slots=True)
class Later:
    """It runs again after `after` seconds; `counted` towards its maximum or not."""

    after: float
    counted: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing could be sent without a link that is not there yet; it runs when that appears.

    Args:
        link: the link's hash.
        wait: seconds that are left until it waits no longer.
    """

    link: bytes
    wait: float


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody knows; it is looked up after `after` seconds, which count to its age or not."""

    after: float
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Repeated:
    """A probe found nothing, and the command may be repeated at once."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Dead; `holds` says whether it keeps its key."""

    reason: str
    error_class: str
    message: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Shadow:
    """The write was only recorded: the event ends `discarded`, and nobody is told."""


Decision = End | Later | Waits | InDoubt | Repeated | Letter | Shadow


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides beside the outcome.

    `counts`: false where the far side as a whole was out when the attempt ended. That is no fault
    of the event: it burns no attempt and does not grow too old.
    """

    entity: Entity
    repeat: Repeat
    in_doubt: float | None
    counts: bool = True


def after_write(done: Wrote, policy: Policy, chance: random.Random) -> Decision:
    """What becomes of an event whose write ended so."""
    claimed, outcome = done.claimed, done.outcome
    if done.trace.shadow:
        return _shadow(claimed, policy, chance)
    if done.trace.needs is not None and isinstance(outcome, NotSent):
        return _waits(claimed, outcome, *done.trace.needs, policy)
    match outcome:
        case Applied():
            return APPLIED
        case Rejected():
            return _refused(claimed, outcome, policy, chance)
        case Retry() | Throttled() | NotSent():
            if claimed.repeated:
                # Nothing was learnt of the attempt before: that one is still unknown.
                still = _uncounted(policy) if not isinstance(outcome, Retry) else policy
                return _in_doubt(claimed, outcome.error_class, outcome.message, still, chance)
            return _again(claimed, outcome, policy, chance)
        case Unknown():
            return _unknown(claimed, outcome, policy, chance)
        case _:
            assert_never(outcome)


def after_look(done: Looked, policy: Policy, chance: random.Random) -> Decision:
    """What becomes of an event whose probe found this."""
    finding = done.finding
    match finding:
        case Applied():
            return APPLIED
        case NotApplied():
            if policy.repeat is Repeat.NEVER and policy.entity.on_unknown == "hold":
                return Letter("unknown", "unknown", "nothing can look it up", holds=True)
            # By key nobody has looked, and a conditional one may land yet: its caller, told that it
            # did not happen, would be told wrong. A probe counts once that can be no more.
            sure = policy.repeat is Repeat.PROBE
            return End("expired") if sure and _too_late(done) else Repeated()
        case CannotTell():
            # Only of a probe is it known that no earlier look can tell.
            wait = _doubt if policy.repeat is Repeat.PROBE else _in_doubt
            return wait(done.claimed, "cannot_tell", finding.message, policy, chance)
        case _:
            assert_never(finding)


def quarantined(claimed: Claimed) -> bool:
    """Whether it took the process down often enough, alone, to be the cause."""
    return claimed.crashes >= QUARANTINE_AFTER


def quarantine(claimed: Claimed, policy: Policy) -> Letter:
    """The letter of an event that kills the process."""
    message = f"the process died {claimed.crashes} times while this event ran alone"
    # What it did before it died cannot be read back: it keeps its key whatever on_dead says.
    blind = policy.repeat in (Repeat.PROBE, Repeat.NEVER)
    return Letter("quarantined", "crash", message, blind or policy.entity.on_dead == "block")


def _shadow(claimed: Claimed, policy: Policy, chance: random.Random) -> Decision:
    if _may_land(claimed, policy):
        return _doubt(claimed, "shadow", "an earlier write may land", policy, chance)
    # Before a repeat that looks nowhere first, nobody knows what the earlier write came to.
    if claimed.repeated and policy.repeat not in (Repeat.CONDITIONAL, Repeat.PROBE):
        message = "writes are shadow now, and an earlier one may have taken effect"
        return Letter("unknown", "unknown", message, holds=True)
    return Shadow()


def _refused(
    claimed: Claimed, outcome: Rejected, policy: Policy, chance: random.Random
) -> Decision:
    if _may_land(claimed, policy):
        # It was this repeat that was refused; the attempt before may yet take effect.
        return _doubt(claimed, outcome.error_class, outcome.message, policy, chance)
    if claimed.kind == "command":
        return End("refused")
    return _letter("rejected", outcome.error_class, outcome.message, policy)


def _again(
    claimed: Claimed, outcome: Retry | Throttled | NotSent, policy: Policy, chance: random.Random
) -> Decision:
    retry = policy.entity.retry
    counted = isinstance(outcome, Retry) and policy.counts
    if counted and claimed.tries >= retry.attempts:
        return _letter("exhausted", outcome.error_class, outcome.message, policy)
    if counted and claimed.age_s >= retry.max_age:
        return _letter("too_old", outcome.error_class, outcome.message, policy)
    wait = retry.backoff().delay(claimed.tries, chance)
    if outcome.after is not None:
        wait = max(wait, outcome.after)
    elif isinstance(outcome, Throttled):
        wait = max(wait, FIRST_THROTTLE)
    return Later(wait, counted)


def _waits(
    claimed: Claimed, outcome: NotSent, link: bytes, deadline: float, policy: Policy
) -> Decision:
    left = deadline if claimed.needs_left_s is None else claimed.needs_left_s
    if left <= 0:
        return _letter("missing_dependency", outcome.error_class, outcome.message, policy)
    return Waits(link, left)


def _too_late(done: Looked) -> bool:
    """Whether its caller has been told by now that it did not happen."""
    left = done.claimed.deadline_left_s
    return left is not None and left <= done.trace.duration_ms / 1000


def _uncounted(policy: Policy) -> Policy:
    return replace(policy, counts=False)


def _unknown(claimed: Claimed, outcome: Unknown, policy: Policy, chance: random.Random) -> Decision:
    if policy.repeat is Repeat.NEVER and policy.entity.on_unknown == "hold":
        return Letter("unknown", outcome.error_class, outcome.message, holds=True)
    if not claimed.repeated:
        return InDoubt(0.0)  # the first look is at once
    return _in_doubt(claimed, outcome.error_class, outcome.message, policy, chance)


def _in_doubt(
    claimed: Claimed, error_class: str, message: str, policy: Policy, chance: random.Random
) -> Decision:
    retry = policy.entity.retry
    if policy.counts and (claimed.unknown_age_s or 0.0) >= retry.max_age:
        return Letter("unknown", error_class, message, holds=True)
    return InDoubt(retry.backoff().delay(claimed.number, chance), policy.counts)


def _doubt(
    claimed: Claimed, error_class: str, message: str, policy: Policy, chance: random.Random
) -> Decision:
    """An early `no` counts for nothing, so the next look is when one does."""
    decision = _in_doubt(claimed, error_class, message, policy, chance)
    if not isinstance(decision, InDoubt):
        return decision
    return replace(decision, after=max(_left(claimed, policy), decision.after))


def _may_land(claimed: Claimed, policy: Policy) -> bool:
    """Whether an earlier attempt, whose outcome is unknown, can still take effect."""
    return claimed.repeated and _left(claimed, policy) > 0


def _left(claimed: Claimed, policy: Policy) -> float:
    return 0.0 if policy.in_doubt is None else policy.in_doubt - (claimed.sent_age_s or 0.0)


def _letter(reason: str, error_class: str, message: str, policy: Policy) -> Letter:
    return Letter(reason, error_class, message, holds=policy.entity.on_dead == "block")
