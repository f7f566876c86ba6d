"""What settings and configuration both ask of a value; each check raises `ValueError`."""

from __future__ import annotations

from urllib.parse import urlsplit


def http_url(text: str) -> str:
    """An absolute http or https address without a user or password in it."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or password")
    # Reading the port is what checks it.
    if parts.port == 0:
        raise ValueError("must not name port 0")
    return text
