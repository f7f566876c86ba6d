"""Why a command is turned away before it is queued: its key, its adapter, or the backlog.

Source: shared design, verdict, "Commands". A webhook is never turned away here: its sender may not
come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sql.states import event_state
from tidegate.canon import Json

PAUSED_RETRY = 30.0
"""Seconds that a caller is asked to wait where a pause has no end."""

BACKLOG_RETRY = 10.0


@dataclass(frozen=True, slots=True)
class Turned:
    """A command that is not let in.

    Args:
        rule: `blocked`, `paused` or `backlog`.
        retry_after: seconds, None where nobody can tell.
    """

    rule: str
    reason: str
    more: Mapping[str, Json] = field(default_factory=dict)
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """What stands still: an adapter (None: all), one entity of it (None: all)."""

    target: str | None
    entity: str | None
    kind: str
    reason: str
    retry_after: float | None

    def covers(self, target: str, entity: str) -> bool:
        """Whether events of `entity` that go to `target` stand still."""
        return self.target in (None, target) and self.entity in (None, entity)


@dataclass(frozen=True, slots=True)
class Door:
    """What `ingest/look` found for the commands of a batch."""

    blocked: Mapping[bytes, Turned] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    backlog: int = 0

    def turns(
        self, key_hash: bytes, target: str, entity: str, *, most: int | None, respond_async: bool
    ) -> Turned | None:
        """Why a command of this key may not come in, None where it may.

        Args:
            most: waiting events that are borne, None for any number.
        """
        if key_hash in self.blocked:
            return self.blocked[key_hash]
        pause = next((each for each in self.pauses if each.covers(target, entity)), None)
        if pause is not None and not respond_async:
            return Turned(
                "paused",
                f"{target} is paused ({pause.kind}): {pause.reason}",
                retry_after=pause.retry_after or PAUSED_RETRY,
            )
        if most is not None and self.backlog > most:
            reason = f"more than {most} events wait"
            return Turned("backlog", reason, retry_after=BACKLOG_RETRY)
        return None


def door(found: Mapping[str, list[dict[str, Any]]]) -> Door:
    """From the rows of `ingest/look`."""
    now = found["now"][0]["now"] if found.get("now") else None
    backlog = found.get("backlog") or [{"n": 0}]
    return Door(
        {row["hash"]: _blocked(row) for row in found.get("blocked", ())},
        tuple(
            Pause(row["target"], row["entity"], row["kind"], row["reason"], _until(row, now))
            for row in found.get("pauses", ())
        ),
        backlog[0]["n"] or 0,
    )


def _blocked(row: dict[str, Any]) -> Turned:
    if row["uuid"] is None:
        return Turned("blocked", "an operator holds this key", {"blocked_by": "held"})
    word = event_state(row["state"], row["row_state"])
    return Turned(
        "blocked",
        f"event {row['uuid']} of this key is {word}",
        {
            "blocked_by": row["uuid"],
            "state": word,
            "since": _iso(row["since"]),
            "earliest_probe_at": _iso(row["due_at"]),
        },
    )


def _until(row: dict[str, Any], now: str | None) -> float | None:
    until = row["until_at"] or row["probe_at"]
    if until is None or now is None:
        return None
    left = datetime.fromisoformat(until) - datetime.fromisoformat(now)
    return max(left.total_seconds(), 1.0)


def _iso(text: str | None) -> str | None:
    return None if text is None else text.replace(" ", "T") + "Z"
