"""Version stamps: compared as instants, at the precision in which they came.

A stamp without an offset says nothing unless the source names a fixed one; one more than a day
ahead of the clock is not believed. Ten digits are Unix time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_FORM = re.compile(
    r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|z|[+-]\d\d:?\d\d)?$",
    re.ASCII,
)
_UNIX = re.compile(r"^(\d{10})(?:\.(\d{1,9}))?$", re.ASCII)
_AHEAD = 24 * 3600
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """An instant in UTC: whole seconds, and the digits of its fraction as they came."""

    seconds: int
    fraction: str

    def text(self) -> str:
        """As it is kept: `2026-11-20T09:00:00.5Z`."""
        # Not strftime: its %Y leaves out the zeros of an early year, and 0001 is a common "never".
        return _text(self.seconds, self.fraction)

    def older_than(self, other: Stamp) -> bool:
        """Whether it is before `other`, as far as the coarser of the two can tell."""
        return self._at(other) < other._at(self)

    def newer_than(self, other: Stamp) -> bool:
        """Whether it is after `other`, as far as the coarser of the two can tell."""
        return other.older_than(self)

    def _at(self, other: Stamp) -> tuple[int, str]:
        digits = min(len(self.fraction), len(other.fraction))
        return self.seconds, self.fraction[:digits]


@lru_cache(4096)
def parse(text: str, fixed: str | None = None) -> Stamp | None:
    """The stamp that `text` names, or None where it names no instant.

    Args:
        fixed: the offset of texts that have none, such as `+01:00`.
    """
    unix = _UNIX.match(text.strip())
    if unix is not None:
        return Stamp(int(unix[1]), unix[2] or "")
    match = _FORM.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    offset = offset or fixed
    if offset is None:
        return None
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            tzinfo=_zone(offset),
        )
        seconds = int(moment.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return None
    return Stamp(seconds, fraction or "")


@lru_cache(4096)
def _text(seconds: int, fraction: str) -> str:
    moment = (_EPOCH + timedelta(seconds=seconds)).isoformat()
    return f"{moment}.{fraction}Z" if fraction else f"{moment}Z"


def believable(stamp: Stamp, now: datetime) -> bool:
    """Whether it is at most a day ahead of `now`."""
    return stamp.seconds <= now.timestamp() + _AHEAD


def _zone(offset: str) -> timezone:
    if offset in "Zz":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
