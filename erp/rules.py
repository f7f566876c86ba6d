"""What an adapter's exception means. Unknown is the default for all that follows the first byte.

Source: shared design, effects, "Outcome"; the shipped rules grow into data with their breadth.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.errors import FarError, SendRefused
from tidegate.outcome import NotSent, Outcome, Retry, Throttled, Unknown

VERSION = 1

_BEFORE_A_BYTE = frozenset({"connect", "dns", "tls", "pool"})


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome and the rule that made it."""

    outcome: Outcome
    rule: str
    version: int = VERSION


def decide(error: Exception, *, sent: bool) -> Decision:
    """The outcome of a write that raised.

    Args:
        error: what was raised.
        sent: whether the adapter had announced a write before.
    """
    if isinstance(error, SendRefused):
        return Decision(NotSent(str(error), "send_check", after=1.0), "send-check")
    if isinstance(error, FarError):
        return _sent(error) if error.sent else _not_sent(error)
    name = type(error).__name__
    if sent:
        return Decision(Unknown(f"{name}: {error}", name), "unknown.exception")
    return Decision(Retry(f"{name}: {error}", name), "error.before-send")


def _not_sent(error: FarError) -> Decision:
    if error.status == 429:
        return Decision(Throttled(str(error), after=error.retry_after), "read.429")
    if error.status is None or error.status >= 500:
        kind = error.code or error.phase
        return Decision(NotSent(str(error), kind, after=error.retry_after), "not-sent.read")
    return Decision(Retry(str(error), error.code or f"http_{error.status}"), "read.status")


def _sent(error: FarError) -> Decision:
    if error.status == 429:
        return Decision(Throttled(str(error), after=error.retry_after), "refused.429")
    if error.phase in _BEFORE_A_BYTE:
        return Decision(NotSent(str(error), error.phase), f"not-sent.{error.phase}")
    if error.status is not None and error.status != 408 and error.code:
        # The ERP speaks for itself, so it refused before it did any work; a proxy's page does not.
        outcome = Retry(str(error), error.code, after=error.retry_after)
        return Decision(outcome, "refused.own-body")
    kind = error.code or (f"http_{error.status}" if error.status else error.phase)
    return Decision(Unknown(str(error), kind), "unknown.default")
