"""What a function of the user's returned, read as a finding; anything else is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.errors import FarError
from tidegate.outcome import Applied, CannotTell, Finding, NotApplied, Rejected

_DONE = frozenset({"old", "new", "answer", "found"})
_REFUSED = frozenset({"rejected", "code", "status"})
_NOT_DONE = frozenset({"retry", "code", "after"})


def applied(answer: Mapping[str, Json], command: Command) -> Applied | Rejected:
    """The end of a write.

    Raises `FarError`: phase `refused` where the function says that it did nothing, else a phase
    that leaves the write unknown.
    """
    result = answer.get("result")
    if result is None:
        return Applied(None, dict(command.values))
    if not isinstance(result, dict):
        raise _unusable(result, sent=True)
    if "rejected" in result and result.keys() <= _REFUSED:
        status = result.get("status", 422)
        code = str(result.get("code") or "rejected")
        return Rejected(str(result["rejected"]), code, status if isinstance(status, int) else 422)
    if "retry" in result and result.keys() <= _NOT_DONE:
        raise FarError(
            str(result["retry"]),
            sent=True,
            code=str(result.get("code") or "retry"),
            phase="refused",
            retry_after=_seconds(result.get("after")),
        )
    return _done(result, command, sent=True)


def found(answer: Mapping[str, Json], command: Command) -> Finding:
    """What a probe saw; raises `FarError` for what says nothing."""
    result = answer.get("result")
    if result is None:
        return CannotTell("the probe cannot tell")
    if isinstance(result, bool):
        shown = Applied(None, dict(command.values), found=True)
        return shown if result else NotApplied(f"{command.key} does not show what was asked")
    if not isinstance(result, dict):
        raise _unusable(result, sent=False)
    if result.keys() == {"cannot_tell"}:
        return CannotTell(str(result["cannot_tell"]))
    return _done({**result, "found": True}, command, sent=False)


def _done(result: Mapping[str, Json], command: Command, *, sent: bool) -> Applied:
    old, new, told = result.get("old"), result.get("new"), result.get("answer")
    shaped = all(isinstance(each, dict | None) for each in (old, new, told))
    if not shaped or not result.keys() <= _DONE:
        raise _unusable(result, sent=sent)
    return Applied(
        old if isinstance(old, dict) else None,
        new if isinstance(new, dict) else dict(command.values),
        told if isinstance(told, dict) else None,
        found=result.get("found") is True,
    )


def _seconds(value: Json) -> float | None:
    number = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    return max(0.0, float(str(value))) if number else None


def _unusable(result: object, *, sent: bool) -> FarError:
    said = ", ".join(sorted(result)) if isinstance(result, Mapping) else type(result).__name__
    return FarError(f"the function returned what says nothing: {said[:200]}", sent=sent)
