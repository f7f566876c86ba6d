"""API v2.0: from a request to its answer or its effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from erp.sandbox.answers import listed, one
from erp.sandbox.books import Books
from erp.sandbox.commits import Commits
from erp.sandbox.companies import COMPANIES, CRONUS, company_of
from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import bad_request, no_method
from erp.sandbox.filters import Term
from erp.sandbox.odata import Segment, address, body_of, shown
from erp.sandbox.places import Place, place_of
from erp.sandbox.query import Query, read_query
from erp.sandbox.settings import Settings
from erp.sandbox.state import Record
from tidegate.canon import Json

COMPANY_ID = CRONUS.id
EFFECT_HEADER = "X-Tidegate-Effect-Key"
Pause = Callable[[], Awaitable[None]]
Work = Callable[[], Record | None]


class Api:
    """Serves what stands behind `/api/v2.0/`."""

    def __init__(self, books: Mapping[str, Books], commits: Commits, settings: Settings) -> None:
        self._books = books
        self._commits = commits
        self._settings = settings

    async def serve(self, request: Request, raw: bytes, pause: Pause) -> Response:
        """The answer to one request; raises `BcError`.

        The request is read on arrival, `pause` passes, then it is judged and takes effect.
        """
        path = address(request.path_params["rest"])
        if len(path) == 1 and path[0].name == "companies":
            return _companies(request, path[0])
        place = place_of(path, self._books)
        if request.method == "GET" and not place.action:
            query = read_query(request.query_params)
            await pause()
            return self._read(request, place, query)
        work = _work(request, place, raw)
        await pause()
        record = await self._commits.run(work)
        if record is None:
            return Response(status_code=204)
        status = 200 if request.method == "PATCH" else 201
        return one(request, _context(place), shown(record), status)

    def _read(self, request: Request, place: Place, query: Query) -> Response:
        books, document = place.books, place.document
        if place.id is not None:
            record = books.get(document, place.id)
            return one(request, _context(place), query.shown(books, document, record), 200)
        above = [Term(name, "eq", str(value), quoted=False) for name, value in place.above.items()]
        page = query.also(above).page(books, document, self._size(request))
        return listed(request, _context(place), page.rows, page.token)

    def _size(self, request: Request) -> int:
        """The page's size: the server's, or the smaller one that the client prefers."""
        name, _, wanted = request.headers.get("Prefer", "").partition("=")
        if name.strip() == "odata.maxpagesize" and wanted.isascii() and wanted.isdigit():
            return max(1, min(int(wanted), self._settings.page_size))
        return self._settings.page_size


def _companies(request: Request, target: Segment) -> Response:
    if request.method != "GET":
        raise no_method(request.method)
    if target.id is not None:
        return one(request, "companies", company_of(target.id).shown(), 200)
    names = [term.text for term in read_query(request.query_params).terms if term.name == "name"]
    rows = [each.shown() for each in COMPANIES if not names or each.name in names]
    return listed(request, "companies", rows)


def _work(request: Request, place: Place, raw: bytes) -> Work:
    """What the request does at the moment of its effect; raises `BcError` on arrival."""
    _must_allow(request.method, place)
    books, document, record_id = place.books, place.document, place.id
    effect_key = request.headers.get(EFFECT_HEADER)
    if_match = request.headers.get("If-Match")
    if record_id is None:
        asked, lines = _with_lines(document, place.above | body_of(raw))
        return lambda: books.create(document, asked, effect_key, lines)
    if place.action:
        return lambda: books.act(document, record_id, place.action, effect_key)
    if request.method == "DELETE":
        return lambda: books.delete(document, record_id, if_match, effect_key)
    changes = document.read_change(body_of(raw))
    return lambda: books.change(document, record_id, changes, if_match, effect_key)


def _must_allow(method: str, place: Place) -> None:
    allowed = ("POST",) if place.id is None or place.action else ("PATCH", "DELETE")
    if method not in allowed or place.document.read_only:
        raise no_method(method)


def _with_lines(document: Document, given: dict[str, Json]) -> tuple[Body, list[Body]]:
    """A new record's fields, and those of the lines in its body; raises `BcError`."""
    lines = document.lines
    if lines is None or lines.entity not in given:
        return document.read_new(given), []
    nested = given.pop(lines.entity)
    if not isinstance(nested, list):
        raise bad_request(f"The property '{lines.entity}' is not a collection.")
    rows = [lines.read_new(row) for row in nested if isinstance(row, dict)]
    return document.read_new(given), rows


def _context(place: Place) -> str:
    return f"companies({place.books.company.id})/{place.document.entity}"
