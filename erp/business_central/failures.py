"""What went wrong with a call, as `FarError`: the phase, what may have left, and whose words.

An answer without the ERP's own error body (a proxy's page) has no `code`, so rules can tell.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from tidegate.canon import Json, parse
from tidegate.errors import CanonError, FarError

_CORRELATION = re.compile(r"\s*CorrelationId:\s*[0-9a-fA-F-]{36}\.?")
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_LONGEST_ANSWER = 2000
_SCHEMES = ("basic", "ntlm", "negotiate")


def from_transport(error: httpx.RequestError, *, write: bool) -> FarError:
    """No usable answer came. A write may have left unless the connection was never made."""
    sent = write and not isinstance(error, _NEVER_SENT)
    text = str(error) or type(error).__name__
    return FarError(text, sent=sent, phase=_phase(error))


def from_answer(response: httpx.Response, *, write: bool) -> FarError:
    """The far side answered, and not with success."""
    code, message = _own_words(response.content)
    if response.status_code == 401 and "WWW-Authenticate" in response.headers:
        # Whoever asks for credentials, ERP or web server before it, let nobody in to do work.
        code, message = code or "unauthorized", _unauthorized(response, message)
    return FarError(
        message or f"HTTP {response.status_code} {response.reason_phrase}".strip(),
        sent=write,
        status=response.status_code,
        code=code,
        retry_after=retry_after(response.headers),
        answer=response.content[:_LONGEST_ANSWER],
    )


def unreadable(response: httpx.Response, reason: str, *, write: bool) -> FarError:
    """The status said success and the body is not what was agreed."""
    return FarError(
        f"unreadable answer: {reason}",
        sent=write,
        status=response.status_code,
        answer=response.content[:_LONGEST_ANSWER],
    )


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from either form of Retry-After; None where it says nothing usable.

    A date is measured from the answer's own Date, so that two clocks need not agree.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until, since = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError):
        return None


def offered(response: httpx.Response) -> list[str]:
    """The schemes that a 401 asks for, in small letters."""
    return [
        each.partition(" ")[0].lower()
        for header in response.headers.get_list("WWW-Authenticate")
        for each in header.split(", ")
    ]


def _unauthorized(response: httpx.Response, message: str) -> str:
    used = response.request.headers.get("Authorization", "").partition(" ")[0].lower()
    wanted = [scheme for scheme in offered(response) if scheme in _SCHEMES]
    if used in wanted or not wanted:
        words = "check ERP_USER and ERP_PASSWORD (for basic: the web service access key)"
    else:
        words = f"the ERP takes {' or '.join(wanted)} alone: set ERP_AUTH={wanted[0]}"
    return f"{message or 'the ERP refuses the credentials'} ({words})"


def _phase(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.PoolTimeout):
        return "pool"
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return "tls"
    if isinstance(error, _NEVER_SENT):
        return "connect"
    return "timeout" if isinstance(error, httpx.TimeoutException) else "dropped"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _own_words(content: bytes) -> tuple[str, str]:
    """Code and message of the ERP's own error body; two empty strings where it is not one."""
    try:
        body: Json = parse(content)
    except CanonError:
        return "", ""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return "", ""
    return str(error["code"]), _CORRELATION.sub("", str(error.get("message", ""))).strip()
