"""What stands under /sandbox: the ledger, faults and settings, which only tests and people use."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from erp.sandbox.books import Books
from erp.sandbox.catalogue import ORDERS
from erp.sandbox.codeunit.price_lists import PRICES
from erp.sandbox.codeunit.returns import RETURNS, ReturnLines
from erp.sandbox.commits import Commits
from erp.sandbox.companies import CRONUS, company_of
from erp.sandbox.faults import BadFault, Faults, shown
from erp.sandbox.headers import INSIDE
from erp.sandbox.ledger import Ledger
from erp.sandbox.odata import shown as record_shown
from erp.sandbox.settings import BadSetting, Settings
from erp.sandbox.slots import Slots
from tidegate.canon import Json, dumps, parse
from tidegate.errors import CanonError


class BackDoor:
    """The endpoints. `?company=` names the company whose records are asked for."""

    def __init__(
        self,
        books: Mapping[str, Books],
        ledger: Ledger,
        faults: Faults,
        settings: Settings,
        slots: Slots,
        commits: Commits,
    ) -> None:
        self._books = books
        self._ledger = ledger
        self._faults = faults
        self._settings = settings
        self._slots = slots
        self._commits = commits

    def routes(self) -> list[Route]:
        """Every address under /sandbox."""
        return [
            Route("/sandbox/effects", self.effects),
            Route("/sandbox/ledger", self.ledger),
            Route("/sandbox/items/{number:path}", self.item),
            Route("/sandbox/orders/{number:path}", self.set_status, methods=["PATCH"]),
            Route("/sandbox/returns", self.returns),
            Route("/sandbox/prices", self.prices),
            Route("/sandbox/faults", self.list_faults, methods=["GET"]),
            Route("/sandbox/faults", self.add_fault, methods=["POST"]),
            Route("/sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/sandbox/slots", self.slots),
            Route("/sandbox/settings", self.show_settings, methods=["GET"]),
            Route("/sandbox/settings", self.change_settings, methods=["PATCH"]),
            Route("/sandbox/settings", self.reset_settings, methods=["DELETE"]),
        ]

    async def effects(self, _: Request) -> Response:
        """The effects, one entry for each effect key."""
        return _json(self._ledger.effects())

    async def ledger(self, _: Request) -> Response:
        """Every effect, in order."""
        return _json(self._ledger.rows())

    async def item(self, request: Request) -> Response:
        """One item by its number."""
        number = request.path_params["number"].upper()
        record = self._company(request).state.by_key("items", number)
        if record is None:
            return _json({"error": f"no item {number}"}, 404)
        return _json(record_shown(record))

    async def set_status(self, request: Request) -> Response:
        """Release, reopen or hand in an order, as people do: `{"status": …}` as the API says it."""
        books = self._company(request)
        record = books.state.by_key(ORDERS.entity, request.path_params["number"].upper())
        body = parse(await request.body())
        status = body.get("status") if isinstance(body, dict) else None
        if record is None or status not in INSIDE:
            return _json({"error": "no such order, or no such status"}, 422)
        await self._commits.run(
            lambda: books.replace(ORDERS, record, record.body | {"status": status})
        )
        return _json(record_shown(books.get(ORDERS, record.id)))

    async def returns(self, request: Request) -> Response:
        """The posted returns, each with its lines."""
        state = self._company(request).state
        rows: list[Json] = [
            {
                **record_shown(record),
                "lines": [
                    record_shown(line) for line in state.children(ReturnLines.entity, record.id)
                ],
            }
            for record in state.all(RETURNS.entity)
        ]
        return _json(rows)

    async def prices(self, request: Request) -> Response:
        """The prices of price lists."""
        records = self._company(request).state.all(PRICES.entity)
        return _json([record_shown(record) for record in records])

    async def list_faults(self, _: Request) -> Response:
        """The faults that are still registered."""
        return _json(self._faults.listed())

    async def add_fault(self, request: Request) -> Response:
        """Register a fault."""
        try:
            fault = self._faults.register(parse(await request.body()))
        except (BadFault, CanonError) as error:
            return _json({"error": str(error)}, 422)
        return _json(shown(fault), 201)

    async def clear_faults(self, _: Request) -> Response:
        """Forget every fault."""
        self._faults.clear()
        return Response(status_code=204)

    async def slots(self, _: Request) -> Response:
        """How many requests run and how many wait."""
        return _json(self._slots.shown())

    async def show_settings(self, _: Request) -> Response:
        """The settings, without the users' keys."""
        return _json(self._settings.shown())

    async def change_settings(self, request: Request) -> Response:
        """Change the settings that the body names."""
        try:
            self._settings.change(parse(await request.body()))
        except (BadSetting, CanonError) as error:
            return _json({"error": str(error)}, 422)
        return _json(self._settings.shown())

    async def reset_settings(self, _: Request) -> Response:
        """Back to the defaults."""
        self._settings.reset()
        return Response(status_code=204)

    def _company(self, request: Request) -> Books:
        return self._books[company_of(request.query_params.get("company", CRONUS.id)).id]


def _json(value: Json, status: int = 200) -> Response:
    return Response(dumps(value), status, media_type="application/json")
