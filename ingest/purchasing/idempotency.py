"""The headers that make a command repeatable and say how long its caller waits.

Sources: draft-ietf-httpapi-idempotency-key-header-07 (a structured-field string; many clients send
it bare, so both are read) and RFC 7240 for `Prefer`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request

HEADER = "Idempotency-Key"
BODY_PATTERN = r"^[\x20-\x7e]{1,255}$"
LONGEST_WAIT = 60.0
"""Seconds that no caller is kept waiting longer than."""

_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:[ ]*;[\x20-\x7e]*)?')
_BARE = re.compile(r"[\x21\x23-\x7e][\x21-\x7e]*")
_ESCAPE = re.compile(r'\\(["\\])')
# No blanks before the name: each of a long run of them would look through all the rest.
_PREFERENCE = re.compile(r'([!#$%&\'*+.^`|~\w-]+)(?:\s*=\s*("[^"]*"|[^\s;,"]*))?[^,]*(?:,|$)')
_SECONDS = re.compile(r"[0-9]{1,9}")


class UnusableKey(ValueError):
    """The header is there, and no key can be read from it."""


@dataclass(frozen=True, slots=True)
class Prefer:
    """What a caller prefers, as far as it is understood.

    Args:
        wait: seconds, None where it does not say.
        respond_async: it had rather look later than wait.
    """

    wait: float | None = None
    respond_async: bool = False

    def seconds(self, default: float) -> float:
        """How long it is kept waiting."""
        if self.wait is not None:
            return self.wait
        return 0.0 if self.respond_async else default

    def applied(self, status: int) -> dict[str, str]:
        """`Preference-Applied` of an answer to a command that was queued."""
        honoured = ["respond-async"] if self.respond_async and status == 202 else []
        if self.wait is not None:
            honoured.append(f"wait={self.wait:.0f}")
        return {"Preference-Applied": ", ".join(honoured)} if honoured else {}


def header_key(request: Request) -> str | None:
    """The key that the header names, None without one. Raises `UnusableKey`."""
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(set(given)) > 1:
        raise UnusableKey("it is there twice, with two values")
    text = given[0].strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        key = _ESCAPE.sub(r"\1", quoted[1])
    elif _BARE.fullmatch(text):
        key = text
    else:
        raise UnusableKey("it is neither a quoted string nor visible characters alone")
    if not 0 < len(key) <= 255:
        raise UnusableKey("a key has 1 to 255 characters")
    return key


def prefer(request: Request) -> Prefer:
    """Read `Prefer`; what is not understood is ignored, and the first of two counts."""
    found: dict[str, str] = {}
    for match in _PREFERENCE.finditer(", ".join(request.headers.getlist("Prefer"))):
        found.setdefault(match[1].lower(), (match[2] or "").strip('"'))
    wait = found.get("wait", "")
    seconds = min(float(wait), LONGEST_WAIT) if _SECONDS.fullmatch(wait) else None
    return Prefer(seconds, "respond-async" in found)
