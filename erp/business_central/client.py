"""The adapter's HTTP: reads that may be tried again, writes that never are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from erp.business_central import odata
from erp.business_central.company import Company
from erp.business_central.connections import Http
from erp.business_central.failures import from_answer, from_transport, unreadable
from erp.business_central.odata import API, Record
from erp.business_central.repeats import ABSENT
from tidegate.adapter import Command
from tidegate.canon import Json, parse, text
from tidegate.errors import CanonError, FarError

EFFECT_HEADER = "X-Tidegate-Effect-Key"
"""Business Central passes it over; a proxy's log and the sandbox's ledger read it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    """One write, ready to be sent.

    Args:
        path: below the company, such as `items` or `items(6f…)`.
        body: the fields.
        version: the ETag that was read, or `ABSENT` for a create.
        deletes: whether the record is to go.
    """

    path: str
    body: Mapping[str, Json]
    version: str
    deletes: bool = False

    @property
    def method(self) -> str:
        """POST where nothing is there, else PATCH or DELETE."""
        if self.deletes:
            return "DELETE"
        return "POST" if self.version == ABSENT else "PATCH"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the codeunit.

    Args:
        procedure: such as `PostReceipt`.
        parameters: what it takes, as JSON.
        version: the ETag of the record that the command was judged by, or None.
    """

    procedure: str
    parameters: Mapping[str, Json]
    version: str | None = None


class Client:
    """Calls of one company. Several threads may use it at once.

    Args:
        http: with base address, credentials and timeouts.
        company: its name or its id.
    """

    def __init__(self, http: Http, company: str) -> None:
        self._http = http
        self.company = Company(company, lambda: self._list(f"{API}/companies", {}, None))

    def rows(
        self, entity: str, condition: str, *, most: int | None = None, **options: str
    ) -> list[Record]:
        """The records of an entity set for which an OData filter holds; raises `FarError`.

        Args:
            most: as many as are wanted; None: all, whatever the server's page is.
            options: further query options, without their dollar.
        """
        named = {f"${name}": value for name, value in options.items()} | {"$filter": condition}
        if most is not None:
            named["$top"] = str(most)
        return self._list(self.company.entity(entity), named, most)

    def record(self, entity: str, record_id: str) -> Record | None:
        """The record with that id, None where it is gone; raises `FarError`."""
        found = self.rows(entity, f"id eq {record_id}", most=1)
        return found[0] if found else None

    def write(self, write: Write, command: Command, effect_key: UUID | None) -> Record:
        """Send a write and return the record in the answer, empty after a delete.

        Only a write of which no byte left is tried again. Raises `FarError`, `SendRefused`.

        Args:
            effect_key: None for what only completes a write that carried it.
        """
        headers = {} if write.version == ABSENT else {"If-Match": write.version}
        path = self.company.entity(write.path)
        content = b"" if write.deletes else odata.body(write.body)
        request = self._request(write.method, path, content, effect_key, headers)
        response = self._announced(request, command, write.version)
        return {} if write.deletes else _record(response)

    def call(self, call: Call, command: Command, effect_key: UUID) -> dict[str, Json]:
        """Call the codeunit and return its answer; known by the effect key, it does nothing twice.

        Raises `FarError`, `SendRefused`.
        """
        fields: dict[str, Json] = {
            "commandId": str(effect_key),
            "json": text(dict(call.parameters)),
        }
        path = self.company.action(call.procedure)
        request = self._request("POST", path, odata.body(fields), effect_key, {})
        return _result(self._announced(request, command, call.version))

    def health(self) -> None:
        """Ask for the companies once; raises `FarError`."""
        self._send(self._read_request(f"{API}/companies", None), write=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _announced(
        self, request: httpx.Request, command: Command, version: str | None
    ) -> httpx.Response:
        address = request.url.raw_path.decode()
        recorded = f"{request.method} {address}\n".encode() + request.content

        def send() -> httpx.Response:
            command.sending(recorded, version)
            return self._send(request, write=True)

        return _patiently(send)

    def _list(self, path: str, params: Mapping[str, str], most: int | None) -> list[Record]:
        found: list[Record] = []
        wanted: httpx.QueryParams | None = httpx.QueryParams(dict(params))
        while wanted is not None and (most is None or len(found) < most):
            page, wanted = self._page(self._read_request(path, wanted))
            found += page
        return found[:most]

    def _page(self, request: httpx.Request) -> tuple[list[Record], httpx.QueryParams | None]:
        """The records of one page, and what asks for the next one."""

        def read() -> httpx.Response:
            return self._send(request, write=False)

        response = _patiently(read)
        body = parse_answer(response, write=False)
        rows = body.get("value") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(rows, list):
            raise unreadable(response, "no list of records", write=False)
        link = body.get("@odata.nextLink")
        # The link's host is the server's own name, which need not be the one we reach it by.
        after = httpx.URL(link).params if isinstance(link, str) else None
        return [row for row in rows if isinstance(row, dict)], after

    def _read_request(self, path: str, params: httpx.QueryParams | None) -> httpx.Request:
        headers = {"Accept-Language": "en-US"}
        return self._http.build_request("GET", path, params=params, headers=headers)

    def _request(
        self,
        method: str,
        path: str,
        content: bytes,
        effect_key: UUID | None,
        headers: Mapping[str, str],
    ) -> httpx.Request:
        named = {"Accept-Language": "en-US", "Content-Type": "application/json", **headers}
        if effect_key is not None:
            named[EFFECT_HEADER] = str(effect_key)
        return self._http.build_request(method, path, headers=named, content=content)

    def _send(self, request: httpx.Request, *, write: bool) -> httpx.Response:
        try:
            response = self._http.send(request)
        except httpx.RequestError as error:
            raise from_transport(error, write=write) from error
        if not response.is_success:
            raise from_answer(response, write=write)
        return response


def parse_answer(response: httpx.Response, *, write: bool) -> Json:
    """The JSON of an answer; raises `FarError`."""
    try:
        return parse(response.content)
    except CanonError as error:
        raise unreadable(response, str(error), write=write) from error


def _record(response: httpx.Response) -> Record:
    body = parse_answer(response, write=True)
    if not isinstance(body, dict) or "@odata.etag" not in body:
        raise unreadable(response, "no record", write=True)
    return body


def _result(response: httpx.Response) -> dict[str, Json]:
    """The codeunit's JSON, which stands as a text in the answer's JSON."""
    body = parse_answer(response, write=True)
    value = body.get("value") if isinstance(body, dict) else None
    try:
        result = parse(value.encode()) if isinstance(value, str) else None
    except CanonError as error:
        raise unreadable(response, str(error), write=True) from error
    if not isinstance(result, dict):
        raise unreadable(response, "no result of the codeunit", write=True)
    return result


def _patiently(call: Callable[[], T]) -> T:
    tries = Retrying(
        stop=stop_after_attempt(3),
        wait=wait_exponential(multiplier=0.05, max=0.2),
        retry=retry_if_exception(_at_once_again),
        reraise=True,
    )
    return tries(call)


def _at_once_again(error: BaseException) -> bool:
    """Whether nothing was sent and no time-out was spent: a stale connection, a restart."""
    return (
        isinstance(error, FarError)
        and not error.sent
        and error.phase in ("connect", "dropped")
        and not isinstance(error.__cause__, httpx.TimeoutException)
    )
