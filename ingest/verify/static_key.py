"""A key in a header: no signature, but who knows it speaks for the whole request."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.verify.headers import only
from ingest.verify.macs import matches
from ingest.verify.types import EVERYTHING, Refused, Signed, Verified, Verifier

_KNOWN = Verified(EVERYTHING)


@dataclass(frozen=True, slots=True)
class StaticKey(Verifier):
    """Any of `keys` in `header`."""

    header: str
    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def challenge(self) -> str:
        """The key's header."""
        return self.header

    @property
    def asks(self) -> str:
        """There is nothing to sign."""
        return f"send the key in {self.header}"

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Compare the key; the time decides nothing."""
        given = only(signed, self.header.lower())
        if isinstance(given, Refused):
            return given
        if matches((given,), self.keys):
            return _KNOWN
        return Refused("mismatch", "it is none of the live keys")

    def to_sign(self, signed: Signed) -> bytes:
        """Nothing is signed."""
        return b""

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """The first key."""
        return [(self.header, self.keys[0].decode())]
