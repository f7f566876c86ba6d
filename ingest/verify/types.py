"""What a verifier is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Reason: TypeAlias = Literal["missing", "malformed", "doubled", "old", "future", "mismatch"]


@dataclass(slots=True)
class Signed:
    """A request as it came over the wire.

    Args:
        headers: names in lower case, repeated ones kept, as ASGI hands them over.
        query: the raw query string, without `?`.
        body: the raw body.
    """

    headers: Sequence[tuple[bytes, bytes]]
    query: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Covers:
    """What a scheme's signature vouches for.

    Args:
        headers: names in lower case; None for every header.
    """

    body: bool
    query: bool
    headers: frozenset[str] | None

    def place(self, place: str) -> bool:
        """Whether a value found at this `Place` of the configuration was vouched for."""
        kind, _, rest = place.partition(":")
        if kind == "header":
            return self.headers is None or rest.lower() in self.headers
        if kind == "query":
            return self.query
        return kind in ("body", "record") and self.body


EVERYTHING = Covers(body=True, query=True, headers=None)
NOTHING = Covers(body=False, query=False, headers=frozenset())
BODY = Covers(body=True, query=False, headers=frozenset())


@dataclass(frozen=True, slots=True)
class Verified:
    """The sender holds one of the secrets."""

    covers: Covers


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody knows who sent it; `detail` repeats nothing of what came."""

    reason: Reason
    detail: str


class Verifier(Protocol):
    """One source's check."""

    @property
    def challenge(self) -> str:
        """The header to name in a 401."""
        ...

    @property
    def asks(self) -> str:
        """What a 401 tells the sender to do."""
        return f"sign the request, and send the signature in {self.challenge}"

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Judge a request at `now`, Unix seconds. Total: no input raises."""
        ...

    def to_sign(self, signed: Signed) -> bytes:
        """What the MAC is made over, with the headers as they came; empty where there is none."""
        ...

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """The headers that make the request pass at `now`, by the first secret."""
        ...

    def client_state(self, given: bytes | str | None) -> bool:
        """Whether this is the `clientState` of a subscription of ours; False in other schemes."""
        return False
