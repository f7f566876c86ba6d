"""Standard Webhooks 1.0.0, v1: `{id}.{timestamp}.{body}`; the MAC itself is `tidegate.signing`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from ingest.verify.headers import MOST_SIGNATURES, first, only, untimely
from ingest.verify.macs import MISMATCH
from ingest.verify.types import Covers, Refused, Signed, Verified, Verifier
from tidegate import signing

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_KNOWN = Verified(Covers(body=True, query=False, headers=frozenset({ID, TIMESTAMP})))


@dataclass(frozen=True, slots=True)
class Standard(Verifier):
    """Any of `secrets`, each the base64 of 24 to 64 bytes after `whsec_`."""

    secrets: tuple[str, ...] = field(repr=False)
    tolerance: float

    @property
    def challenge(self) -> str:
        """The signature's header."""
        return SIGNATURE

    def verify(self, signed: Signed, now: float) -> Verified | Refused:
        """Signatures of other versions are passed over: they neither help nor harm."""
        values: list[bytes] = []
        for name in (SIGNATURE, ID, TIMESTAMP):
            value = only(signed, name)
            if isinstance(value, Refused):
                return value
            values.append(value)
        given, message, sent = values
        wrong = _bad_id(message) or untimely(sent, now, self.tolerance) or _bad_form(given)
        if wrong is not None:
            return wrong
        right = signing.verify(
            self.secrets, message, sent, given, signed.body, now=now, tolerance=self.tolerance
        )
        return _KNOWN if right else MISMATCH

    def to_sign(self, signed: Signed) -> bytes:
        """Id and timestamp as they came, and the body."""
        return b".".join((first(signed, ID), first(signed, TIMESTAMP), signed.body))

    def sign(self, signed: Signed, now: float) -> list[tuple[str, str]]:
        """With the id that came, else one made of the body and the time."""
        sent, message = int(now), first(signed, ID)
        if not message or _bad_id(message):
            message = b"msg_" + hashlib.sha256(b"%d.%b" % (sent, signed.body)).hexdigest().encode()
        text = message.decode()
        signature = signing.sign(self.secrets[:1], text, sent, signed.body)
        return [(ID, text), (TIMESTAMP, str(sent)), (SIGNATURE, signature)]


def _bad_id(message: bytes) -> Refused | None:
    # A dot would admit another cut between id and timestamp under the same signature.
    if b"." in message or not all(0x21 <= each <= 0x7E for each in message):
        return Refused("malformed", f"header {ID} is not visible ASCII without a dot")
    return None


def _bad_form(given: bytes) -> Refused | None:
    versions = []
    for part in given.split(b" "):
        version, comma, text = part.partition(b",")
        if not version or not comma or not text:
            return Refused("malformed", f"header {SIGNATURE} is not made of version,signature")
        versions.append(version)
    count = versions.count(b"v1")
    if not count:
        return Refused("malformed", f"header {SIGNATURE} holds no v1 signature")
    if count > MOST_SIGNATURES:
        return Refused("malformed", f"header {SIGNATURE} holds {count} signatures")
    return None
