"""Secrets and configured fields taken out of what people are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

MASK = "***"

_DEEPEST = 64

# Names are compared in snake case. Short words count only when they stand alone, so that
# `discarded` and `cardinality` stay readable.
_SECRET_NAME = re.compile(
    r"password|passwd|passphrase|secret|token(?!s_)|authorization|credential|cookie|signing_?key"
    r"|(?:api|access|admin|webhook|private|encryption|account|shared)_?key"
    r"|credit_?card|card_?(?:number|no)|security_?code|session_?id|social_?security"
    r"|(?<![a-z])(?:pwd|pass|auth|cards?|cvv|cvc|ssn|iban|pin|dsn|jwt|otp)(?![a-z])"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")

# The mark of a secret within a text, kept, then the secret itself.
_SECRETS_IN_TEXT = (
    re.compile(r"(\bwh(?:sec|sk)_)[\w+/=-]+"),
    re.compile(r"(\btg_[a-z2-7]{8}_)[a-z2-7]{16,}"),
    re.compile(
        r"(\b(?:Bearer|Basic|Negotiate|NTLM|Zoho-oauthtoken) +)[^\s,;\"']{8,}", re.IGNORECASE
    ),
    re.compile(r"(://[^\s:/?#@]*:)(?!\d+[/?#])\S+(?=@)"),
    re.compile(r"(\b(?:PWD|Password|AccountKey) *= *)(?:\{[^}]*\}|[^;\"'\n]+)", re.IGNORECASE),
)

_MAY_HOLD_SECRET = re.compile(
    r"wh(?:sec|sk)_|tg_|://|(?:bearer|basic|negotiate|ntlm|token) |(?:pwd|password|key) *=",
    re.IGNORECASE,
)

T = TypeVar("T")


def redact(value: T, extra: Iterable[str] = ()) -> T:
    """A copy of `value` in which secrets are `***`. Total: it takes anything, at any depth.

    Args:
        value: JSON, or what a log call was handed; other objects are passed through.
        extra: further field names to mask, as they are written, in any case.
    """
    masked: T = _redact(value, frozenset(name.casefold() for name in extra), 0)
    return masked


def redact_text(text: str) -> str:
    """The text without webhook secrets, API keys, credentials in headers and URLs, passwords."""
    if not _MAY_HOLD_SECRET.search(text):
        return text
    for pattern in _SECRETS_IN_TEXT:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _redact(value: Any, extra: frozenset[str], depth: int) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if not isinstance(value, (dict, list, tuple)):
        return value
    if depth == _DEEPEST:
        return MASK
    if isinstance(value, dict):
        return {
            name: MASK
            if inner is not None and _is_secret(name, extra)
            else _redact(inner, extra, depth + 1)
            for name, inner in value.items()
        }
    items = [_redact(item, extra, depth + 1) for item in value]
    return items if isinstance(value, list) else tuple(items)


def _is_secret(name: Any, extra: frozenset[str]) -> bool:
    if not isinstance(name, str):
        return False
    # Senders choose the names: what is remembered of them must stay small.
    sounds = _remembered if len(name) <= 64 else sounds_secret
    return sounds(name) or (bool(extra) and name.casefold() in extra)


def sounds_secret(name: str) -> bool:
    """Whether a field of this name is masked wherever it is met."""
    snake = _NOT_A_WORD.sub("_", _HUMP.sub("_", name).lower())
    return _SECRET_NAME.search(snake) is not None


_remembered = lru_cache(maxsize=4096)(sounds_secret)
