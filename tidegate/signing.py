"""Standard Webhooks 1.0.0, scheme v1: HMAC-SHA256 over `{id}.{timestamp}.{body}`.

Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md. The reference library is
not used because hostile headers make it raise the wrong errors, and it admits one-byte secrets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import lru_cache

from tidegate.errors import ConfigError

_PREFIX = "whsec_"
_FEWEST_BYTES, _MOST_BYTES = 24, 64
_MOST_SIGNATURES = 32
_LONGEST_TIMESTAMP = 15


def new_secret(draw: Callable[[int], bytes]) -> str:
    """A fresh secret; `draw(n)` gives n random bytes."""
    return _PREFIX + base64.b64encode(draw(32)).decode()


def check_secret(text: str) -> None:
    """Raise `ConfigError` unless `text` is a usable secret; the message does not repeat it."""
    _key(text)


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one signature for each live secret.

    Args:
        secrets: the current one, and the former one while receivers change over.
        message_id: the same at every attempt; holds no dot.
        timestamp: Unix seconds of this attempt.
        body: as it is sent.

    Raises `ConfigError` for an unusable secret or none, `ValueError` for an unusable id.
    """
    if not secrets:
        raise ConfigError("there is no secret to sign with")
    if not message_id or "." in message_id:
        raise ValueError(f"a message id is not empty and holds no dot: {message_id!r}")
    signed = _signed(message_id.encode(), str(timestamp).encode(), body)
    return b" ".join(b"v1," + _mac(_key(secret), signed) for secret in secrets).decode()


def verify(
    secrets: Sequence[str],
    message_id: bytes,
    timestamp: bytes,
    signature: bytes,
    body: bytes,
    *,
    now: float,
    tolerance: float = 300.0,
) -> bool:
    """Whether one of `secrets` signed the message. Total, whatever the headers hold.

    Args:
        secrets: any may match; an unusable one never does (`check_secret` tells at start).
        message_id: header `webhook-id` as received.
        timestamp: header `webhook-timestamp` as received.
        signature: header `webhook-signature` as received; what is not `v1,…` is passed over.
        body: as received.
        now: Unix seconds.
        tolerance: seconds that the timestamp may lie off, before or after.
    """
    if not _in_time(timestamp, now, tolerance):
        return False
    # With a dot in the id, another cut between id, timestamp and body has the same signature.
    if not message_id or b"." in message_id:
        return False
    signed = _signed(message_id, timestamp, body)
    given = [part[3:] for part in signature.split(b" ") if part.startswith(b"v1,")]
    found = False
    for secret in secrets:
        expected = _expected(secret, signed)
        for each in given[:_MOST_SIGNATURES]:
            # No early way out: the time must not tell which secret or signature matched.
            found |= expected is not None and hmac.compare_digest(each, expected)
    return found


def _in_time(timestamp: bytes, now: float, tolerance: float) -> bool:
    # bytes.isdigit knows ASCII alone: no sign, no blank, no digits of other scripts.
    if not timestamp.isdigit() or len(timestamp) > _LONGEST_TIMESTAMP:
        return False
    return abs(now - int(timestamp)) <= tolerance


def _signed(message_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    return b".".join((message_id, timestamp, body))


def _expected(secret: str, signed: bytes) -> bytes | None:
    try:
        return _mac(_key(secret), signed)
    except ConfigError:
        return None


def _mac(key: bytes, signed: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))


@lru_cache(maxsize=256)
def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError(
            "a webhook secret is not base64",
            next_step=f"write it as {_PREFIX} and the base64 of {_FEWEST_BYTES} to "
            f"{_MOST_BYTES} random bytes",
        ) from None
    if not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise ConfigError(
            f"a webhook secret has {len(key)} bytes",
            next_step=f"use {_FEWEST_BYTES} to {_MOST_BYTES} random bytes",
        )
    return key
