"""Headers that decide: there once, not empty, not endless; and signed times."""

from __future__ import annotations

from functools import lru_cache

from ingest.verify.types import Refused, Signed

MOST_SIGNATURES = 16
"""How many signatures of one header are tried; more of them are no signature at all."""

LONGEST_HEADER = 4096
_LONGEST_TIME = 15


def only(signed: Signed, name: str) -> bytes | Refused:
    """The one value of a header; `name` is in lower case."""
    found = _values(signed, name)
    if not found:
        return Refused("missing", f"there is no header {name}")
    if len(found) > 1:
        return Refused("doubled", f"header {name} came {len(found)} times")
    if not found[0]:
        return Refused("malformed", f"header {name} is empty")
    if len(found[0]) > LONGEST_HEADER:
        return Refused("malformed", f"header {name} is longer than {LONGEST_HEADER} bytes")
    return found[0]


def first(signed: Signed, name: str) -> bytes:
    """A header's first value, or nothing: for text that is shown, never for a decision."""
    return next(iter(_values(signed, name)), b"")


def untimely(text: bytes, now: float, tolerance: float) -> Refused | None:
    """Why a signed time does not count, or None where it does.

    Args:
        text: Unix seconds as they were signed.
        now: Unix seconds.
        tolerance: seconds that it may lie back or ahead.
    """
    # bytes.isdigit knows ASCII alone: no sign, no blank, no digits of other scripts. The length
    # stands before int(), which takes its time, and in the end raises, over endless digits.
    if not text.isdigit() or len(text) > _LONGEST_TIME:
        return Refused("malformed", "the signed time is not in Unix seconds")
    sent = int(text)
    if now - sent > tolerance:
        return Refused("old", f"the signed time is more than {tolerance:g} seconds ago")
    if sent - now > tolerance:
        return Refused("future", f"the signed time is more than {tolerance:g} seconds ahead")
    return None


def _values(signed: Signed, name: str) -> list[bytes]:
    wanted = _encoded(name)
    return [value for each, value in signed.headers if each.lower() == wanted]


@lru_cache(256)
def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
