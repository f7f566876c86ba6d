"""The leader's picture of what stands still, and what 401, 403 and 405 make stand still.

Source: shared design, effects, "Retry, breaker, quota". Pure: the store reads and writes the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from processor.work import Result, Wrote
from sql.database import Row
from tidegate.outcome import Applied

LOOK_EVERY = 1.0
"""Seconds that the picture may be old."""

PARKED = 15.0
"""Seconds for which a row of a paused entity is put off."""

KEYS_OF_ENTITY = 2
BREAKER = "breaker"
AUTH = "auth"


@dataclass(frozen=True, slots=True)
class Pause:
    """A row of `pause` that the leader writes; `entity` None: all of the target."""

    target: str
    entity: str | None
    kind: str
    reason: str
    probe_in_s: float | None = None


class Pauses:
    """What stands still, as it was when last looked at. Moments are monotonic seconds.

    Args:
        off: entities that the configuration lets nothing be written of.
    """

    def __init__(self, off: Iterable[str] = ()) -> None:
        self._off = frozenset(off)
        self._rows: list[tuple[str | None, str | None]] = []
        self._look_at = float("-inf")
        self.broken: dict[str, str] = {}

    def must_look(self, now: float) -> bool:
        """Whether the picture is too old."""
        return now >= self._look_at

    def seen(self, rows: Iterable[Row], now: float) -> None:
        """These rows are in force.

        A breaker's own row says nothing here: the leader's memory knows better. `broken` holds
        their reasons by target, for a leader that is new.
        """
        kept = list(rows)
        self._rows = [(row["target"], row["entity"]) for row in kept if row["kind"] != BREAKER]
        self.broken = {row["target"]: row["reason"] for row in kept if row["kind"] == BREAKER}
        self._look_at = now + LOOK_EVERY

    def look_again(self) -> None:
        """What was seen is known to have changed."""
        self._look_at = float("-inf")

    def stands(self, target: str) -> bool:
        """Whether nothing of a target may run."""
        return any(entity is None and of in (None, target) for of, entity in self._rows)

    def entities(self, target: str) -> list[str]:
        """The entities of a target that stand still."""
        of_it = (entity for of, entity in self._rows if of in (None, target))
        return sorted(self._off | {entity for entity in of_it if entity is not None})


class Refusals:
    """Counts who was refused, by entity and key, until that is reason enough to pause."""

    def __init__(self) -> None:
        self._keys: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def heard(self, result: Result) -> Pause | None:
        """The pause that an attempt's end asks for."""
        claimed, pause = result.claimed, result.trace.pause
        place = (claimed.target, claimed.entity)
        if pause is None:
            if isinstance(result, Wrote) and isinstance(result.outcome, Applied) and self._keys:
                self._keys.pop(place, None)
            return None
        said = result.outcome if isinstance(result, Wrote) else result.finding
        reason = f"{result.trace.rule}: {getattr(said, 'message', '')}"[:400]
        if pause == "adapter":
            return Pause(claimed.target, None, AUTH, reason)
        self._keys[place].add(claimed.key_id)
        if len(self._keys[place]) < KEYS_OF_ENTITY:
            return None
        # Whoever resumes it does so because something changed: the count begins anew.
        del self._keys[place]
        return Pause(claimed.target, claimed.entity, AUTH, reason)
