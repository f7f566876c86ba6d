"""The one place where HTTP clients are made.

They trust the system's certificate authorities (OpenSSL's `SSL_CERT_FILE` and `SSL_CERT_DIR`
count), go through the proxy that the environment names, but never to the loopback, and follow
no redirect unless told to.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")


def client(
    *,
    timeout: float,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | tuple[str, str] | None = None,
    follow_redirects: bool = False,
    connections: int = 16,
    idle: float = 15.0,
) -> httpx.Client:
    """An HTTP client; whoever asked closes it. Several threads may use it at once.

    Args:
        timeout: seconds for each of connecting, writing, waiting for a byte, and for a free
            connection; a whole call may take longer.
        base_url: what relative addresses are relative to.
        headers: sent with every request.
        auth: user and password for Basic, or an httpx scheme.
        follow_redirects: off, because a redirect repeats a write elsewhere.
        connections: open at a time, at most; as many are kept.
        idle: seconds after which an unused connection is closed rather than trusted.
    """
    # httpx takes 0.3 s to import, which commands that call nobody should not pay.
    import httpx

    return httpx.Client(
        timeout=timeout,
        base_url=base_url,
        headers=dict(headers or {}),
        auth=auth,
        follow_redirects=follow_redirects,
        limits=httpx.Limits(
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=idle,
        ),
        verify=_trust(),
        mounts=dict.fromkeys(_LOOPBACK),
    )


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    system = [Path(path) for path in (paths.cafile, paths.capath) if path]
    if context.cert_store_stats()["x509_ca"] == 0 and not any(map(_holds_something, system)):
        # A slim container has no store at all: better the one that httpx brings than no TLS.
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _holds_something(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))
