"""Reads: records as the ERP shows them now, page by page, through the ERP port."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from ingest.desk import Desk
from ingest.erp_door import Records, not_here
from ingest.problems import problem
from ingest.purchasing.address import line_address, order_number
from ingest.purchasing.caller import admitted
from ingest.purchasing.dtos import usable_number
from ingest.shapes import Problem
from tidegate import canon
from tidegate.canon import Json

PAGE = 50
LARGEST_PAGE = 200
NO_ERP = "no ERP is configured here"
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
_LIMIT = re.compile(r"[0-9]{1,4}")
_LINE_NO = re.compile(r"[0-9]{0,10}")


class PurchasingReads:
    """The endpoints that only look.

    Args:
        commands: the names that `/capabilities` tells of.
    """

    def __init__(self, desk: Desk, commands: Sequence[str]) -> None:
        self._desk = desk
        self._commands = commands

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, for those alone who may ask."""

        async def guard(request: Request) -> Response:
            owner = admitted(self._desk, request)
            return owner if isinstance(owner, Response) else await endpoint(request)

        return guard

    async def order(self, request: Request) -> Response:
        """One purchase order."""
        number = order_number(request)
        if isinstance(number, Response):
            return number
        return await self._one("purchaseOrders", number, "purchase order")

    async def lines(self, request: Request) -> Response:
        """The lines of an order."""
        number = order_number(request)
        if isinstance(number, Response):
            return number
        return await self._page(request, "purchaseOrderLines", number, "lineNo")

    async def line(self, request: Request) -> Response:
        """One line of an order."""
        where = line_address(request)
        if isinstance(where, Response):
            return where
        po, line_no = where
        # The first line after the one before: the port needs no second way to name a line.
        found = await self._read("purchaseOrderLines", po, limit=1, after=str(line_no - 1))
        if isinstance(found, Response):
            return found
        if not found or found[0].get("lineNo") != line_no:
            return problem(404, "There is no such line")
        return _json(found[0])

    async def vendors(self, request: Request) -> Response:
        """Vendors."""
        return await self._page(request, "vendors")

    async def vendor(self, request: Request) -> Response:
        """One vendor."""
        return await self._one("vendors", request.path_params["no"], "vendor")

    async def items(self, request: Request) -> Response:
        """Items."""
        return await self._page(request, "items")

    async def item(self, request: Request) -> Response:
        """One item."""
        return await self._one("items", request.path_params["no"], "item")

    async def quotes(self, request: Request) -> Response:
        """Purchase quotes."""
        return await self._page(request, "quotes")

    async def capabilities(self, _: Request) -> Response:
        """What each adapter can do, and how, or why not."""
        erp = self._desk.erp
        return _json({"adapters": erp.capabilities(self._commands) if erp else {}})

    async def _read(
        self, name: str, key: str, *, limit: int, after: str
    ) -> Records | Response | None:
        if self._desk.erp is None:
            return not_here(NO_ERP)
        return await self._desk.erp.read(name, key, limit=limit, after=after)

    async def _one(self, name: str, key: str, words: str) -> Response:
        if not usable_number(key):
            return problem(404, f"There is no such {words}")
        found = await self._read(name, key, limit=1, after="")
        if isinstance(found, Response):
            return found
        return _json(found[0]) if found else problem(404, f"There is no such {words}")

    async def _page(
        self, request: Request, name: str, key: str = "", cursor: str = "number"
    ) -> Response:
        limit, after = _limit(request), request.query_params.get("after", "")
        if limit is None:
            return _not_asked_so("limit", f"a whole number from 1 to {LARGEST_PAGE}")
        if not _usable_cursor(after, cursor):
            return _not_asked_so("after", "not where a page ends")
        # One more than is shown says whether there is a next page.
        found = await self._read(name, key, limit=limit + 1, after=after)
        if isinstance(found, Response):
            return found
        if found is None:
            return problem(404, "There is no such purchase order")
        page: dict[str, Json] = {"value": [dict(each) for each in found[:limit]]}
        if len(found) > limit:
            page["next"] = self._next(request, found[limit - 1], cursor, limit)
        return _json(page)

    def _next(self, request: Request, last: Mapping[str, Json], cursor: str, limit: int) -> str:
        query = {"limit": str(limit), "after": str(last[cursor])}
        if "po" in request.query_params:
            query["po"] = request.query_params["po"]
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        return f"{self._desk.url(quote(path))}?{urlencode(query)}"


def _not_asked_so(name: str, detail: str) -> Response:
    return problem(422, "The query is not valid", errors=[Problem(f"/{name}", detail)])


def _limit(request: Request) -> int | None:
    text = request.query_params.get("limit", str(PAGE))
    limit = int(text) if _LIMIT.fullmatch(text) else 0
    return limit if 1 <= limit <= LARGEST_PAGE else None


def _usable_cursor(after: str, cursor: str) -> bool:
    if cursor == "lineNo":
        return _LINE_NO.fullmatch(after) is not None
    return not after or usable_number(after)


def _json(value: Mapping[str, Json]) -> Response:
    return Response(canon.dumps(dict(value)), media_type="application/json")
