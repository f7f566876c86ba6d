"""The seam where store calls fail on purpose, by seed: before they run, or after they took effect.

Source of the second kind: Temporal's persistence fault injection (ExecuteAndTimeout), and
FoundationDB's `commit_unknown_result`, the first fault that a new workload usually finds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from sql.database import Database, Document, Rows
from tidegate.errors import CommitUnknown, StoreBusy, StoreError, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely a call fails, each between 0 and 1.

    Args:
        busy: rolled back as a deadlock victim; nothing happened.
        before: the connection is gone before anything happened.
        after: it happened, and the caller is told that the connection broke.
    """

    busy: float = 0.0
    before: float = 0.0
    after: float = 0.0


class FaultyDatabase:
    """A `Database` that fails by seed.

    Args:
        chance: the seeded source.
        odds: by script name, `""` for all others.
    """

    dialect = "faulty"

    def __init__(self, inner: Database, chance: random.Random, odds: Mapping[str, Odds]) -> None:
        self._inner = inner
        self._chance = chance
        self._odds = odds
        self.failed: list[tuple[str, str]] = []

    @property
    def engine(self) -> Engine:
        return self._inner.engine

    def run(self, name: str, doc: Document) -> Rows:
        return self._call(name, doc, self._inner.run)

    def read(self, name: str, doc: Document) -> Rows:
        return self._call(name, doc, self._inner.read)

    def close(self) -> None:
        self._inner.close()

    def _call(self, name: str, doc: Document, run: Callable[[str, Document], Rows]) -> Rows:
        odds = self._odds.get(name) or self._odds.get("", Odds())
        drawn = self._chance.random()
        if drawn < odds.busy:
            raise self._fail(name, "busy", StoreBusy("made to be a deadlock victim"))
        if drawn < odds.busy + odds.before:
            raise self._fail(name, "before", StoreUnavailable("made to fail before it ran"))
        found = run(name, doc)
        if drawn < odds.busy + odds.before + odds.after:
            raise self._fail(name, "after", CommitUnknown("made to fail after it ran"))
        return found

    def _fail(self, name: str, kind: str, error: StoreError) -> StoreError:
        self.failed.append((name, kind))
        return error
