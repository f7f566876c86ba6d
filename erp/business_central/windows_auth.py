"""Windows credentials over HTTP (RFC 4559), through pyspnego.

Negotiate means Kerberos where the system's GSSAPI is installed, else NTLM inside SPNEGO.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator
from typing import Literal

import httpx
import spnego
from spnego.exceptions import SpnegoError

from erp.business_central.failures import offered

_LEGS = 5
"""More than any handshake has; a server that goes on asking is not answered for ever."""


class WindowsAuth(httpx.Auth):
    """A handshake wherever the server asks for one, which it does once for each connection.

    The server works on a request only once the handshake is over, so repeating its body in each
    leg repeats no write. All legs must go over one connection: see `connections`.
    """

    requires_response_body = True

    def __init__(self, scheme: Literal["ntlm", "negotiate"], user: str, password: str) -> None:
        self._scheme = scheme
        self._user = user
        self._password = password

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request, and again with each token that the server's answer asks for."""
        response = yield request
        if response.status_code != 401 or self._scheme not in offered(response):
            return
        context = spnego.client(
            self._user,
            self._password,
            hostname=request.url.host,
            service="HTTP",
            protocol=self._scheme,
        )
        challenge: bytes | None = None
        for _ in range(_LEGS):
            try:
                token = context.step(challenge)
            except SpnegoError:
                # The server's last 401 tells more than what the handshake stumbled over.
                return
            if token is None:
                return
            request.headers["Authorization"] = f"{self._scheme.title()} {_encoded(token)}"
            response = yield request
            challenge = _challenge(response, self._scheme)
            if response.status_code != 401 or challenge is None:
                return


def _encoded(token: bytes) -> str:
    return base64.b64encode(token).decode()


def _challenge(response: httpx.Response, scheme: str) -> bytes | None:
    """The token in the server's answer, None where it has none for this scheme."""
    for header in response.headers.get_list("WWW-Authenticate"):
        for each in header.split(", "):
            name, _, token = each.partition(" ")
            if name.lower() == scheme and token:
                try:
                    return base64.b64decode(token, validate=True)
                except binascii.Error:
                    return None
    return None
