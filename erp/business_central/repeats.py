"""May an unknown write be sent again? Decided from what a read shows, before anything is sent."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from erp.business_central.odata import Record
from tidegate.adapter import Repeat

ABSENT = "absent"
"""The version of a record that is not there; no ETag looks like it."""


class Verdict(enum.Enum):
    """What a read says about an earlier attempt."""

    SHOWN = "shown"
    SEND = "send"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a command's read found.

    Args:
        record: the record, None where there is none.
        shows: whether it is as the command asks.
        above: the document whose line it is.
        unclear: why the read proves nothing about an earlier attempt, or empty.
    """

    record: Record | None
    shows: bool
    above: Record | None = None
    unclear: str = ""

    @property
    def version(self) -> str:
        """The record's ETag, or `ABSENT`."""
        return ABSENT if self.record is None else str(self.record["@odata.etag"])


def judge(seen: Seen, earlier_version: str | None, repeat: Repeat) -> Verdict:
    """What to do about an attempt that ended unknown.

    Under `CONDITIONAL` a version other than the one that the attempt read means that somebody
    wrote since: it may have been that attempt, overwritten by another. Under `PROBE` the record
    alone decides, since the caller has waited until the attempt can no longer land.
    """
    if seen.shows:
        return Verdict.SHOWN
    if seen.unclear:
        return Verdict.CANNOT_TELL
    if repeat is Repeat.PROBE or earlier_version in (None, seen.version):
        return Verdict.SEND
    return Verdict.CANNOT_TELL
