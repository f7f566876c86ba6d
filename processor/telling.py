"""The log line of every attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from processor.work import Result
from sql.database import Row
from tidegate.telemetry import Line, logger, together

_NAMES = (
    "action",
    "decision",
    "duration_ms",
    "entity",
    "event_id",
    "key",
    "message",
    "number",
    "outcome",
    "rule",
)
_Values: TypeAlias = tuple[str | int | None, ...]

_log = logger("drain")
_line = Line("drain", "attempt", _NAMES, wild="key")


def tell(closed: Iterable[tuple[Row, Result]]) -> None:
    """Tell of attempts that are closed, a line each, in one piece."""
    with together():
        _line.tell_all(_plain(closed))


def _plain(closed: Iterable[tuple[Row, Result]]) -> Iterator[_Values]:
    for row, result in closed:
        claimed, message = result.claimed, row["message"]
        values = (
            claimed.operation,
            row["decision"],
            row["duration_ms"],
            claimed.entity,
            claimed.uuid,
            claimed.entity_text,
            message,
            claimed.number,
            row["outcome"],
            row["rule"],
        )
        if message is None:
            yield values
        else:
            # What a far side says may hold anything.
            _log.info("attempt", **dict(zip(_NAMES, values, strict=True)))
