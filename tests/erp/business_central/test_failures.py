"""How failures of HTTP become `FarError`, over sockets that misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from erp.business_central.adapter import BusinessCentral
from erp.business_central.failures import from_transport, retry_after
from erp.sandbox.api import COMPANY_ID
from tests.erp.business_central.replies import answer, play
from tests.erp.sandbox_bench import client
from tidegate.adapter import Command
from tidegate.clock import SystemClock
from tidegate.errors import FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied, Rejected

IDS = Ids(SystemClock())
COMMAND = Command("items.upsert", "HD-1", {"displayName": "A"})
NO_ITEM = b'{"value": []}'
COMPANIES = f'{{"value": [{{"name": "CRONUS", "id": "{COMPANY_ID}"}}]}}'.encode()
Build = Callable[[bytes], BusinessCentral]


@pytest.fixture
def answering() -> Iterator[Build]:
    """An adapter whose reads find nothing and whose write is answered with raw bytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[BusinessCentral] = []

    def build(raw: bytes) -> BusinessCentral:
        answers = [answer("200 OK", COMPANIES), answer("200 OK", NO_ITEM), raw]
        threading.Thread(target=play, args=(listener, answers), daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        opened.append(BusinessCentral(client(address), company="CRONUS"))
        return opened[-1]

    yield build
    for adapter in opened:
        adapter.close()
    listener.close()


def failure(adapter: BusinessCentral) -> FarError:
    with pytest.raises(FarError) as caught:
        adapter.apply(COMMAND, IDS.uuid())
    return caught.value


def test_a_proxys_page_has_no_code(answering: Build) -> None:
    error = failure(answering(answer("502 Bad Gateway", b"<html>nginx</html>")))
    assert (error.status, error.code, error.sent) == (502, "", True)
    assert error.answer == b"<html>nginx</html>"


def test_the_erps_own_words_lose_their_correlation_id(answering: Build) -> None:
    text = "It is locked.  CorrelationId:  6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b10."
    body = f'{{"error": {{"code": "Internal_ServerError", "message": "{text}"}}}}'
    error = failure(answering(answer("503 Busy", body.encode(), "Retry-After: 7")))
    assert (str(error), error.code, error.retry_after) == (
        "It is locked.",
        "Internal_ServerError",
        7.0,
    )


def test_a_byte_order_mark_is_passed_over(answering: Build) -> None:
    body = b'\xef\xbb\xbf{"@odata.etag": "W/1", "id": "1", "number": "HD-1", "displayName": "A"}'
    assert isinstance(answering(answer("201 Created", body)).apply(COMMAND, IDS.uuid()), Applied)


def test_a_business_refusal_behind_a_byte_order_mark_is_rejected(answering: Build) -> None:
    body = b'\xef\xbb\xbf{"error": {"code": "Application_X", "message": "no"}}'
    adapter = answering(answer("400 Bad Request", body))
    assert adapter.apply(COMMAND, IDS.uuid()) == Rejected("no", "Application_X")


def test_a_400_without_the_erps_words_is_not_a_refusal(answering: Build) -> None:
    assert failure(answering(answer("400 Bad Request", b"what?"))).status == 400


def test_a_401_that_asks_for_credentials_refused_before_any_work(answering: Build) -> None:
    headers = ("WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM")
    error = failure(answering(answer("401 Unauthorized", b"<html>", *headers)))
    assert (error.status, error.code, error.sent) == (401, "unauthorized", True)
    assert str(error).endswith("takes negotiate or ntlm alone: set ERP_AUTH=negotiate)")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}"])
def test_a_success_that_cannot_be_read_may_have_been_one(answering: Build, body: bytes) -> None:
    error = failure(answering(answer("200 OK", body)))
    assert (error.status, error.sent, error.phase) == (200, True, "answer")


def test_a_connection_closed_in_the_middle_is_dropped(answering: Build) -> None:
    error = failure(answering(answer("201 Created", b"{}")[:-1]))
    assert (error.phase, error.sent) == ("dropped", True)


@pytest.mark.parametrize(
    ("error", "phase", "sent"),
    [
        (httpx.ConnectError("no"), "connect", False),
        (httpx.ConnectTimeout("no"), "connect", False),
        (httpx.ProxyError("no"), "connect", False),
        (httpx.UnsupportedProtocol("no"), "connect", False),
        (httpx.PoolTimeout("no"), "pool", False),
        (httpx.ReadTimeout("no"), "timeout", True),
        (httpx.WriteTimeout("no"), "timeout", True),
        (httpx.ReadError("no"), "dropped", True),
        (httpx.WriteError("no"), "dropped", True),
        (httpx.RemoteProtocolError("no"), "dropped", True),
        (httpx.DecodingError("no"), "dropped", True),
    ],
)
def test_a_write_may_have_left_once_there_was_a_connection(
    error: httpx.RequestError, phase: str, sent: bool
) -> None:
    as_write, as_read = from_transport(error, write=True), from_transport(error, write=False)
    assert (as_write.phase, as_write.sent, as_read.sent) == (phase, sent, False)


def test_tls_that_is_not_spoken_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=play, args=(listener, [b"HTTP/1.1 400\r\n\r\n"])).start()
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        adapter = BusinessCentral(client(address), company="CRONUS")
        error = failure(adapter)
        adapter.close()
    assert (error.phase, error.sent) == ("tls", False)


def test_a_call_that_waits_for_a_connection_in_vain_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        only = httpx.Client(
            base_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            limits=httpx.Limits(max_connections=1),
            timeout=httpx.Timeout(2.0, pool=0.05),
        )
        holder = threading.Thread(target=_hold, args=(only,))
        holder.start()
        connection, _ = silent.accept()
        error = failure(BusinessCentral(only, company="CRONUS"))
        connection.close()
        holder.join()
        only.close()
    assert (error.phase, error.sent) == ("pool", False)


def _hold(only: httpx.Client) -> None:
    with contextlib.suppress(httpx.TransportError):
        only.get("/")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Sat, 21 Nov 2026 08:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    date = b"Sat, 21 Nov 2026 08:00:00 GMT"
    headers = httpx.Headers([(b"Date", date), (b"Retry-After", value.encode("latin-1"))])
    assert retry_after(headers) == seconds
