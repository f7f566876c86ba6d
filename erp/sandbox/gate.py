"""Who may in: the service that is switched off, and the credentials that are wrong."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request

from erp.sandbox.errors import for_status, unauthorized
from erp.sandbox.handshake import OFFERED, shake_hands
from erp.sandbox.settings import Settings


def admit(request: Request, settings: Settings, service: str) -> None:
    """Raise `BcError` (401 or 405) where the request is turned away at the door."""
    if settings.auth in OFFERED:
        shake_hands(request, settings)
    if settings.auth == "basic" and not _known(request.headers.get("Authorization"), settings):
        raise unauthorized("Basic")
    if not getattr(settings, service):
        raise for_status(405)


def language_of(request: Request, settings: Settings) -> str:
    """`en` or `de`: the first that Accept-Language names and the server has, else its own."""
    for choice in request.headers.get("Accept-Language", "").split(","):
        tag = choice.split(";")[0].strip().lower()[:2]
        if tag in ("en", "de"):
            return tag
    return settings.language[:2]


def _known(header: str | None, settings: Settings) -> bool:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        user, _, key = base64.b64decode(token, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        # As in v18, where a name or key beyond ASCII never passes.
        return False
    return settings.users.get(user) == key
