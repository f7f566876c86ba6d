"""Zoho's finance apps: sorted pairs of query and form, keys and values run together, then the body.

The text has no marks between its parts, so who has caught a request can cut the same text into
other pairs. That is the scheme's own weakness; a static key beside it (`keys`) closes the gap.
Source: Zoho Subscriptions, "Securing webhooks", which shows no encoding: hex, then base64, count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from ingest.verify.headers import first, only
from ingest.verify.macs import MISMATCH, macs, matches, written
from ingest.verify.types import Covers, Refused, Signed, Verified, Verifier

HEADER = "X-Zoho-Webhook-Signature"
MOST_PAIRS = 1000

_NAME = HEADER.lower()
_TYPE = "content-type"
_FORM = b"application/x-www-form-urlencoded"
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[{\[]")
_KNOWN = Verified(Covers(body=True, query=True, headers=frozenset()))


@dataclass(frozen=True, slots=True)
class Zoho(Verifier):
    """Any of `keys`, the secret's own text."""

    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def challenge(self) -> str:
        """The signature's header."""
        return HEADER

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Zoho signs no time, so `now` decides nothing."""
        given = only(signed, _NAME)
        if isinstance(given, Refused):
            return given
        wrong = _bad_form(signed)
        if wrong is not None:
            return wrong
        made = macs(self.keys, self.to_sign(signed))
        in_hex = matches((given.lower(),), [written(mac, "hex") for mac in made])
        in_base64 = matches((given,), [written(mac, "base64") for mac in made])
        return _KNOWN if in_hex | in_base64 else MISMATCH

    def to_sign(self, signed: Signed) -> bytes:
        """The pairs, sorted by key, and the body unless it is a form: its pairs are among them."""
        form = _is_form(signed)
        pairs = [*_pairs(signed.query), *(_pairs(signed.body) if form else ())]
        pairs.sort(key=lambda pair: pair[0])
        run = b"".join(key + value for key, value in pairs)
        return run if form else run + signed.body

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """In hex."""
        return [(HEADER, macs(self.keys[:1], self.to_sign(signed))[0].hex())]


def _is_form(signed: Signed) -> bool:
    # What is read as JSON is signed as JSON, whatever its type says: as pairs it could be spelled
    # otherwise (`%31` for `1`) under the same signature.
    named = first(signed, _TYPE).partition(b";")[0].strip().lower() == _FORM
    return named and not _JSON.match(signed.body)


def _bad_form(signed: Signed) -> Refused | None:
    kind = only(signed, _TYPE)
    # Of two types one would say what was signed, and the other how it is read.
    if isinstance(kind, Refused) and kind.reason == "doubled":
        return kind
    marks = signed.query.count(b"&") + (signed.body.count(b"&") if _is_form(signed) else 0)
    if marks > MOST_PAIRS:
        return Refused("malformed", f"query and form hold more than {MOST_PAIRS} pairs")
    return None


def _pairs(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    # urllib's parse_qsl raises on bytes beyond ASCII.
    for part in text.split(b"&"):
        key, _, value = part.replace(b"+", b" ").partition(b"=")
        yield unquote_to_bytes(key), unquote_to_bytes(value)
