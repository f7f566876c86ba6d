"""An HMAC over the body: GitHub, Shopify, and any sender that the configuration describes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.verify.headers import first, only, untimely
from ingest.verify.macs import MISMATCH, Digest, Encoding, macs, matches, written
from ingest.verify.types import Covers, Refused, Signed, Verified, Verifier


@dataclass(frozen=True, slots=True)
class BodyHmac(Verifier):
    """One signature in one header, by any of `keys`.

    Args:
        prefix: what must stand before the signature, such as `sha256=`.
        timestamp: the header of the Unix time that is signed before the body, or None.
        separator: what parts that time from the body.
        tolerance: seconds that it may lie back or ahead.
    """

    header: str
    keys: tuple[bytes, ...] = field(repr=False)
    encoding: Encoding = "hex"
    digest: Digest = "sha256"
    prefix: bytes = b""
    timestamp: str | None = None
    separator: bytes = b"."
    tolerance: float = 300.0

    @property
    def challenge(self) -> str:
        """The signature's header."""
        return self.header

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Without a timestamp the time decides nothing."""
        given = self._given(signed)
        if isinstance(given, Refused):
            return given
        wrong = self._untimely(signed, now)
        if wrong is not None:
            return wrong
        expected = [
            written(mac, self.encoding)
            for mac in macs(self.keys, self.to_sign(signed), self.digest)
        ]
        return Verified(self._covers()) if matches((given,), expected) else MISMATCH

    def to_sign(self, signed: Signed) -> bytes:
        """The body, behind the time as it came where one is signed."""
        if self.timestamp is None:
            return signed.body
        return first(signed, self.timestamp.lower()) + self.separator + signed.body

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """At `now` where a time is signed."""
        times: list[tuple[str, str]] = []
        text = signed.body
        if self.timestamp is not None:
            times = [(self.timestamp, str(int(now)))]
            text = b"%d%b%b" % (int(now), self.separator, signed.body)
        mac = macs(self.keys[:1], text, self.digest)[0]
        return [*times, (self.header, (self.prefix + written(mac, self.encoding)).decode())]

    def _given(self, signed: Signed) -> bytes | Refused:
        given = only(signed, self.header.lower())
        if isinstance(given, Refused):
            return given
        if not given.startswith(self.prefix) or given == self.prefix:
            return Refused("malformed", f"header {self.header} has not the scheme's form")
        text = given.removeprefix(self.prefix)
        return text.lower() if self.encoding == "hex" else text

    def _untimely(self, signed: Signed, now: float) -> Refused | None:
        if self.timestamp is None:
            return None
        sent = only(signed, self.timestamp.lower())
        return sent if isinstance(sent, Refused) else untimely(sent, now, self.tolerance)

    def _covers(self) -> Covers:
        names = frozenset({self.timestamp.lower()} if self.timestamp else ())
        return Covers(body=True, query=False, headers=names)
