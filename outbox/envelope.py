"""What a subscriber receives: a Standard Webhooks payload with CloudEvents headers.

Sources: standard-webhooks/standard-webhooks, spec/standard-webhooks.md; cloudevents/spec,
cloudevents/bindings/http-protocol-binding.md, binary mode. The `ce-*` headers are not signed:
what they say is in the signed body too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from outbox.store import Dispatch
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import CanonError
from tidegate.signing import sign

# All of printable ASCII but the three that the binding names: blank, quotation mark, percent.
_AS_IT_IS = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request to be posted."""

    headers: dict[str, str]
    body: bytes


def envelope(
    dispatch: Dispatch,
    secrets: Sequence[str],
    now: datetime,
    *,
    source: str,
    traceparent: str | None = None,
) -> Envelope:
    """The signed request of one attempt; between attempts only time and signature differ.

    Args:
        secrets: one or two live ones.
        now: when this attempt is made.
        source: who speaks, a URI reference; with the event's id it is unique.

    Raises `CanonError` for data that no JSON can carry, `ConfigError` for an unusable secret.
    """
    body = _body(dispatch)
    timestamp = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": dispatch.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, dispatch.message_id, timestamp, body),
        "ce-specversion": "1.0",
        "ce-id": _event_id(dispatch),
        "ce-source": header_value(source),
        "ce-type": header_value(dispatch.type),
        "ce-time": _instant(dispatch.at),
        "ce-subject": header_value(dispatch.subject),
        "ce-sequence": str(dispatch.no),
    }
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return Envelope(headers, body)


def header_value(text: str) -> str:
    """Text as the CloudEvents HTTP binding (3.1.3.2) has it in a header."""
    return quote(text, safe=_AS_IT_IS, errors="replace")


def _body(dispatch: Dispatch) -> bytes:
    data: dict[str, Json] = {"key": dispatch.subject}
    data |= _data(dispatch.data)
    data |= {"event_id": _event_id(dispatch), "sequence": dispatch.no}
    return canon.dumps({"type": dispatch.type, "timestamp": _instant(dispatch.at), "data": data})


def _data(text: str) -> dict[str, Json]:
    try:
        value = canon.parse(text.encode())
    except CanonError:
        # Another program published it; its key must not stop for that.
        value = text
    return value if isinstance(value, dict) else {"value": value}


def _event_id(dispatch: Dispatch) -> str:
    # SQL Server writes them in capitals.
    return dispatch.event_uuid.lower()


def _instant(at: str) -> str:
    return at.replace(" ", "T") + "Z"
