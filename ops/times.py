"""Times as people write them: how long, and since or until when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DURATION = re.compile(r"(\d{1,9})([smhdw])")
_LONGEST_S = 10 * 366 * 86_400


def seconds(text: str) -> int:
    """A duration like `90s`, `30m`, `2h`, `3d`, `1w`. Raises `ValueError`."""
    match = _DURATION.fullmatch(text.strip().lower())
    found = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < found <= _LONGEST_S:
        raise ValueError(f"{text!r} is no time like 30m, 2h, 3d")
    return found


def moment(text: str) -> datetime:
    """A time like `2026-11-21T06:00`, UTC unless it says so; in UTC. Raises `ValueError`."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time like 2026-11-21T06:00") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def instant(text: str, now: datetime) -> datetime:
    """A `moment`, or so long before `now`: `2h`. Raises `ValueError`."""
    if _DURATION.fullmatch(text.strip().lower()):
        return now - timedelta(seconds=seconds(text))
    try:
        return moment(text)
    except ValueError as error:
        raise ValueError(f"{error}, or 2h") from None
