"""Business Central: no signature, but the subscription's `clientState` within the body."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.verify.macs import matches
from ingest.verify.types import NOTHING, Refused, Signed, Verified, Verifier

_UNKNOWN = Verified(NOTHING)


@dataclass(frozen=True, slots=True)
class ClientState(Verifier):
    """Any of `secrets`, in each notification of a batch: the route asks about every one."""

    secrets: tuple[bytes, ...] = field(repr=False)

    @property
    def challenge(self) -> str:
        """There is no header, and no 401 may leave that address."""
        return "clientState"

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Let the request through, vouching for none of it."""
        return _UNKNOWN

    def to_sign(self, signed: Signed) -> bytes:
        """Nothing is signed."""
        return b""

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """No header would help."""
        return []

    def client_state(self, given: bytes | str | None) -> bool:
        """Whether one notification is from a subscription of ours. Total, in constant time."""
        if given is None:
            return False
        # JSON can spell half a surrogate pair, which strict UTF-8 would raise on.
        text = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given
        return matches((text,), self.secrets)
