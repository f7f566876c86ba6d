"""Stripe: `t=…,v1=…[,v1=…]` in one header, over `{t}.{body}`."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.verify.headers import MOST_SIGNATURES, first, only, untimely
from ingest.verify.macs import MISMATCH, macs, matches, written
from ingest.verify.types import BODY, Refused, Signed, Verified, Verifier

HEADER = "Stripe-Signature"

_NAME = HEADER.lower()
_KNOWN = Verified(BODY)


@dataclass(frozen=True, slots=True)
class _Parts:
    times: list[bytes]
    signatures: list[bytes]


@dataclass(frozen=True, slots=True)
class Stamped(Verifier):
    """Any of `keys`: the whole `whsec_…` as UTF-8, never decoded. `tolerance` in seconds.

    Stripe's own library refuses old timestamps alone; this refuses those ahead as well.
    """

    keys: tuple[bytes, ...] = field(repr=False)
    tolerance: float

    @property
    def challenge(self) -> str:
        """The signature's header."""
        return HEADER

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Only v1 counts: v0 signs test events with another secret."""
        given = only(signed, _NAME)
        if isinstance(given, Refused):
            return given
        parts = _parts(given)
        wrong = _bad_form(parts) or untimely(parts.times[0], now, self.tolerance)
        if wrong is not None:
            return wrong
        expected = [written(mac, "hex") for mac in macs(self.keys, _text(parts, signed.body))]
        return _KNOWN if matches(parts.signatures, expected) else MISMATCH

    def to_sign(self, signed: Signed) -> bytes:
        """The header's own timestamp and the body."""
        return _text(_parts(first(signed, _NAME)), signed.body)

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """At `now`."""
        sent = b"%d" % int(now)
        mac = macs(self.keys[:1], sent + b"." + signed.body)[0]
        return [(HEADER, f"t={sent.decode()},v1={mac.hex()}")]


def _parts(header: bytes) -> _Parts:
    pairs = [part.partition(b"=") for part in header.split(b",")]
    return _Parts(
        [value for name, _, value in pairs if name == b"t"],
        [value for name, _, value in pairs if name == b"v1"],
    )


def _bad_form(parts: _Parts) -> Refused | None:
    if len(parts.times) > 1:
        return Refused("doubled", f"header {HEADER} holds {len(parts.times)} timestamps")
    if not parts.times or not parts.signatures:
        return Refused("malformed", f"header {HEADER} holds no t= or no v1=")
    if len(parts.signatures) > MOST_SIGNATURES:
        return Refused("malformed", f"header {HEADER} holds {len(parts.signatures)} signatures")
    return None


def _text(parts: _Parts, body: bytes) -> bytes:
    return b"".join(parts.times[:1]) + b"." + body
