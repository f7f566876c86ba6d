"""HMACs as texts, and comparing them without telling by the time what was right."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from ingest.verify.types import Refused

Digest: TypeAlias = Literal["sha256", "sha512"]
Encoding: TypeAlias = Literal["hex", "base64"]

MISMATCH = Refused("mismatch", "no live secret made this signature")


def written(mac: bytes, encoding: Encoding) -> bytes:
    """A MAC as senders write it."""
    return mac.hex().encode() if encoding == "hex" else base64.b64encode(mac)


def macs(keys: Sequence[bytes], text: bytes, digest: Digest = "sha256") -> list[bytes]:
    """The MAC of each live key."""
    return [hmac.digest(key, text, digest) for key in keys]


def matches(given: Iterable[bytes], expected: Sequence[bytes]) -> bool:
    """Whether any of the one is any of the other. Every pair is compared, whatever was found."""
    found = False
    for each in given:
        for one in expected:
            found |= hmac.compare_digest(each, one)
    return found
