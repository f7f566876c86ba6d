"""What is kept of a request's headers."""

from __future__ import annotations

import json

import pytest
from starlette.types import Message

from ingest.requests import Incoming

TYPE = (b"content-type", b"application/json")


async def nothing() -> Message:
    return {"type": "http.disconnect"}


@pytest.mark.parametrize("headers", [[], [TYPE], [TYPE, (b"date", b"now")]])
@pytest.mark.parametrize("named", [None, b"r-1", b'"\\', b"r" * 128])
def test_the_kept_headers_are_json_whatever_the_request_id_is(
    headers: list[tuple[bytes, bytes]], named: bytes | None
) -> None:
    given = [*headers, *([(b"x-request-id", named)] if named else []), (b"x-api-key", b"secret")]
    peer = Incoming({"headers": given, "query_string": b""}, nothing).peer()
    kept = {name.decode(): value.decode() for name, value in given[:-1]}
    assert json.loads(peer.headers or "") == kept
