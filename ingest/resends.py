"""Equal resends are bounded: after so many rows an hour the last of them counts the rest.

Counted per process, and kept only when the batch that counted is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ROWS = 20
"""Rows of one (head, verdict, hour), see design: verdict, "The door"."""

MOST = 50_000
"""Counters kept; beyond that all are dropped, which only lets some rows more be written."""

HOUR = 3600.0


@dataclass(slots=True)
class _Counter:
    rows: int
    last: str


@dataclass(slots=True)
class Draft:
    """What one batch would add; `keep` it after the commit, forget it otherwise."""

    kept: dict[tuple[object, ...], _Counter]
    hour: int
    _moved: dict[tuple[object, ...], _Counter] = field(default_factory=dict)

    def place(self, delivery: str, *of: object) -> str:
        """The row that stands for `delivery`: its own, or an earlier one that counts it."""
        key = (self.hour, *of)
        counter = self._moved.get(key) or self.kept.get(key) or _Counter(0, delivery)
        if counter.rows < ROWS:
            counter = _Counter(counter.rows + 1, delivery)
        self._moved[key] = counter
        return counter.last

    def keep(self) -> None:
        """The batch is committed."""
        self.kept.update(self._moved)


class Resends:
    """The counters of one writer."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], _Counter] = {}
        self._hour = 0

    def draft(self, now: float) -> Draft:
        """Counters for one batch; `now` is Unix time in seconds."""
        hour = int(now // HOUR)
        if hour != self._hour or len(self._kept) > MOST:
            self._kept, self._hour = {}, hour
        return Draft(self._kept, hour)
