"""The adapter's HTTP: reads that may be tried again, writes that never are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from erp.sandbox.failures import from_answer, from_transport, unreadable
from tidegate.adapter import Command
from tidegate.canon import Json, dumps, parse
from tidegate.errors import CanonError, FarError

API = "/api/v2.0"
EFFECT_HEADER = "X-Tidegate-Effect-Key"
ABSENT = "absent"
"""The version of a record that is not there; no ETag looks like it."""

Record = Mapping[str, Json]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    """One write, ready to be sent.

    Args:
        path: below the company, such as `items` or `items(6f…)`.
        body: the fields.
        version: the ETag that was read, or `ABSENT` for a create.
    """

    path: str
    body: Mapping[str, Json]
    version: str

    @property
    def method(self) -> str:
        """POST where nothing is there, else PATCH."""
        return "POST" if self.version == ABSENT else "PATCH"


class Client:
    """Calls of one company. Several threads may use it at once.

    Args:
        http: with base address and timeouts.
        company: its name or its id.
    """

    def __init__(self, http: httpx.Client, company: str) -> None:
        self._http = http
        self._company = company
        self._root = ""

    def rows(self, entity: str, condition: str) -> list[Record]:
        """The records of an entity set for which an OData filter holds; raises `FarError`."""
        return self._list(f"{self._company_root()}/{entity}", {"$filter": condition})

    def write(self, write: Write, command: Command, effect_key: UUID) -> Record:
        """Send a write and return the record in the answer; raises `FarError`, `SendRefused`.

        Only a write of which no byte left is tried again.
        """
        request = self._request(write, effect_key)
        recorded = f"{write.method} {request.url.raw_path.decode()}\n".encode() + request.content

        def send() -> Record:
            command.sending(recorded, write.version)
            response = self._send(request, write=True)
            return _record(response, parse_answer(response, write=True))

        return _patiently(send)

    def health(self) -> None:
        """Ask for the companies once; raises `FarError`."""
        self._send(self._http.build_request("GET", f"{API}/companies"), write=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _company_root(self) -> str:
        # Two threads may both ask the first time; they are told the same.
        if not self._root:
            self._root = f"{API}/companies({self._company_id()})"
        return self._root

    def _company_id(self) -> str:
        for company in self._list(f"{API}/companies", {}):
            if self._company in (company.get("name"), company.get("id")):
                return str(company["id"])
        raise FarError(f"the ERP has no company {self._company!r}", sent=False, status=404)

    def _list(self, path: str, params: Mapping[str, str]) -> list[Record]:
        request = self._http.build_request(
            "GET", path, params=params, headers={"Accept-Language": "en-US"}
        )

        def read() -> list[Record]:
            response = self._send(request, write=False)
            body = parse_answer(response, write=False)
            rows = body.get("value") if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise unreadable(response, "no list of records", write=False)
            return [row for row in rows if isinstance(row, dict)]

        return _patiently(read)

    def _request(self, write: Write, effect_key: UUID) -> httpx.Request:
        headers = {
            "Accept-Language": "en-US",
            "Content-Type": "application/json",
            EFFECT_HEADER: str(effect_key),
        }
        if write.version != ABSENT:
            headers["If-Match"] = write.version
        path = f"{self._company_root()}/{write.path}"
        content = dumps(dict(write.body))
        return self._http.build_request(write.method, path, headers=headers, content=content)

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


def quoted(text: str) -> str:
    """A text as an OData literal."""
    return "'" + text.replace("'", "''") + "'"


def _record(response: httpx.Response, body: Json) -> Record:
    if not isinstance(body, dict) or "@odata.etag" not in body:
        raise unreadable(response, "no record", write=True)
    return body


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
