"""Windows authentication, connection by connection: NTLM, or NTLM within Negotiate.

It stands on pyspnego, which a sandbox without such a setting does not need. There is no Kerberos.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from starlette.requests import Request

from erp.sandbox.drop import EXTENSION
from erp.sandbox.errors import unauthorized
from erp.sandbox.settings import Settings

OFFERED: Mapping[str, tuple[str, ...]] = {
    "windows": ("Negotiate",),
    "ntlm": ("Negotiate", "NTLM"),
}
USERS_FILE = "NTLM_USER_FILE"


def shake_hands(request: Request, settings: Settings) -> None:
    """Return where the connection is a known user's; raise `BcError` (401) with the next step."""
    session: dict[str, Any] = request.scope["extensions"][EXTENSION]["session"]
    offered = OFFERED[settings.auth]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token:
        if session.get("known") == settings.auth:
            return
        raise unauthorized(", ".join(offered))
    named = next((each for each in offered if each.lower() == scheme.lower()), None)
    if named is None or find_spec("spnego") is None:
        raise unauthorized(", ".join(offered))
    answer = _step(session, named, token, settings)
    if answer is None:
        raise unauthorized(", ".join(offered))
    if not session.pop("complete", False):
        raise unauthorized(f"{named} {answer}")
    session["known"] = settings.auth


def _step(session: dict[str, Any], scheme: str, token: str, settings: Settings) -> str | None:
    """The server's next token, or None where the client's is refused."""
    spnego = import_module("spnego")
    try:
        with _users(settings.users):
            context = session.pop("context", None) or spnego.server(protocol=scheme.lower())
            out = context.step(base64.b64decode(token, validate=True))
    except (spnego.exceptions.SpnegoError, binascii.Error, ValueError):
        return None
    if context.complete:
        session["complete"] = True
    else:
        session["context"] = context
    return base64.b64encode(out or b"").decode("ascii")


@contextmanager
def _users(users: Mapping[str, str]) -> Iterator[None]:
    """The users in the file that pyspnego reads, named by the one variable that it knows."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".users") as file:
        file.writelines(_line(user, key) for user, key in users.items())
        file.flush()
        before = os.environ.get(USERS_FILE)
        os.environ[USERS_FILE] = file.name
        try:
            yield
        finally:
            if before is None:
                del os.environ[USERS_FILE]
            else:
                os.environ[USERS_FILE] = before


def _line(user: str, key: str) -> str:
    domain, _, name = user.rpartition("\\")
    return f"{domain}:{name}:{key}\n"
