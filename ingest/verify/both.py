"""A signature and a static key beside it: both must be right."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.verify.static_key import StaticKey
from ingest.verify.types import Refused, Signed, Verified, Verifier


@dataclass(frozen=True, slots=True)
class Both(Verifier):
    """Together they cover what the key covers, which is everything."""

    signature: Verifier
    key: StaticKey

    @property
    def challenge(self) -> str:
        """The signature's header."""
        return self.signature.challenge

    @property
    def asks(self) -> str:
        """What each of them asks."""
        return f"{self.signature.asks}; beside it {self.key.asks}"

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Ask both, whatever the first one says."""
        by_signature = self.signature.verify(signed, now)
        by_key = self.key.verify(signed, now)
        return by_signature if isinstance(by_signature, Refused) else by_key

    def to_sign(self, signed: Signed) -> bytes:
        """What the signature is made over."""
        return self.signature.to_sign(signed)

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """The headers of both."""
        return [*self.signature.sign(signed, now), *self.key.sign(signed, now)]
