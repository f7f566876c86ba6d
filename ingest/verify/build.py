"""From a source of the configuration to its verifier; what cannot work is said at start."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias, assert_never

from ingest.verify import live
from ingest.verify.body_hmac import BodyHmac
from ingest.verify.both import Both
from ingest.verify.client_state import ClientState
from ingest.verify.live import Get
from ingest.verify.stamped import Stamped
from ingest.verify.standard import Standard
from ingest.verify.static_key import StaticKey
from ingest.verify.types import Verifier
from ingest.verify.zoho import Zoho
from tidegate.config_sources import Source
from tidegate.errors import ConfigError

GITHUB, SHOPIFY = "X-Hub-Signature-256", "X-Shopify-Hmac-SHA256"

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_Read: TypeAlias = Callable[[str, str], bytes]


def build_verifier(name: str, source: Source, secret: Get) -> Verifier:
    """The check of one source.

    Args:
        name: the source's name, for messages.
        secret: looks a secret up by the name of its environment variable; None where it is unset.

    Raises `ConfigError`, which never quotes a secret, where none is set or one is unusable, and
    where the source names a header that cannot be one.
    """
    return _beside_key(name, source, secret, _scheme(name, source, secret))


def _scheme(name: str, source: Source, secret: Get) -> Verifier:
    def keys(read: _Read) -> tuple[bytes, ...]:
        return tuple(live.each(name, "secrets", source.secrets, secret, read))

    match source.scheme:
        case "static_key":
            return StaticKey(_header(name, "key_header", source.key_header), keys(live.shown_key))
        case "standard":
            found = live.each(name, "secrets", source.secrets, secret, live.standard_secret)
            return Standard(tuple(found), source.tolerance)
        case "stripe":
            return Stamped(keys(live.mac_key), source.tolerance)
        case "github":
            return BodyHmac(GITHUB, keys(live.mac_key), prefix=b"sha256=")
        case "shopify":
            return BodyHmac(SHOPIFY, keys(live.mac_key), encoding="base64")
        case "zoho":
            return Zoho(keys(live.zoho_key))
        case "hmac":
            return _generic(name, source, keys(live.mac_key))
        case "business_central":
            return ClientState(keys(live.state))
        case _:
            assert_never(source.scheme)


def _generic(name: str, source: Source, keys: tuple[bytes, ...]) -> BodyHmac:
    stamped = source.timestamp_header
    return BodyHmac(
        _header(name, "header", source.header or ""),
        keys,
        encoding=source.encoding,
        digest=source.digest,
        prefix=source.prefix.encode(),
        timestamp=_header(name, "timestamp_header", stamped) if stamped else None,
        separator=source.separator.encode(),
        tolerance=source.tolerance,
    )


def _beside_key(name: str, source: Source, secret: Get, signature: Verifier) -> Verifier:
    if not source.keys:
        return signature
    if source.scheme in ("static_key", "business_central"):
        raise ConfigError(
            f"sources.{name}: scheme {source.scheme} has no signature that keys could stand beside",
            next_step=f"take keys out of sources.{name}; every live secret goes into secrets",
        )
    header = _header(name, "key_header", source.key_header)
    found = live.each(name, "keys", source.keys, secret, live.shown_key)
    return Both(signature, StaticKey(header, tuple(found)))


def _header(name: str, option: str, text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ConfigError(
            f"sources.{name}: {option} is not the name of a header",
            next_step="write letters, digits and hyphens, such as X-Signature",
        )
    return text
