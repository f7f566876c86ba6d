"""The sandbox's HTTP face: API v2.0 under /api, and what only scripts use under /sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from erp.sandbox.api import Api
from erp.sandbox.birth import give_birth
from erp.sandbox.books import Books
from erp.sandbox.commits import Commits
from erp.sandbox.drop import Dropped
from erp.sandbox.errors import BcError, for_status
from erp.sandbox.faults import BadFault, Fault, Faults, shown
from erp.sandbox.ledger import Ledger
from erp.sandbox.odata import shown as record_shown
from erp.sandbox.state import State, connect
from tidegate.canon import Json, dumps, parse
from tidegate.clock import Clock
from tidegate.errors import CanonError
from tidegate.ids import Ids

NO_FAULT = Fault()


def create_app(path: Path, clock: Clock, ids: Ids) -> Starlette:
    """The sandbox over the SQLite file at `path`, born where the file is new.

    It must be served with `http=erp.sandbox.drop.DroppingProtocol`, in one process.
    """
    connection = connect(path)
    books = Books(State(connection), Ledger(connection), clock, ids)
    _bear(connection, books)
    sandbox = Sandbox(books, Api(books, Commits(connection)), ids)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        connection.close()

    return Starlette(routes=sandbox.routes(), lifespan=lifespan)


def _bear(connection: sqlite3.Connection, books: Books) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if not books.state.born:
        books.state.create_tables()
        give_birth(books)
    connection.execute("COMMIT")


class Sandbox:
    """The endpoints."""

    def __init__(self, books: Books, api: Api, ids: Ids) -> None:
        self._books = books
        self._api = api
        self._ids = ids
        self._faults = Faults()

    def routes(self) -> list[Route]:
        """Every address of the sandbox."""
        return [
            Route("/api/v2.0/{rest:path}", self.api, methods=["GET", "POST", "PATCH", "DELETE"]),
            Route("/sandbox/effects", self.effects),
            Route("/sandbox/ledger", self.ledger),
            Route("/sandbox/items/{number:path}", self.item),
            Route("/sandbox/faults", self.list_faults, methods=["GET"]),
            Route("/sandbox/faults", self.add_fault, methods=["POST"]),
            Route("/sandbox/faults", self.clear_faults, methods=["DELETE"]),
        ]

    async def api(self, request: Request) -> Response:
        """An API request, with the fault that hits it."""
        raw = await request.body()
        fault = self._faults.take(request.method, request.scope["path"]) or NO_FAULT
        if fault.drop == "before":
            return Dropped()
        await _wait(fault.delay_ms)
        try:
            if fault.status is not None:
                raise for_status(fault.status)
            response = await self._api.serve(request, raw, partial(_wait, fault.late_ms))
        except BcError as refusal:
            response = refusal.response(self._ids.uuid())
        return Dropped() if fault.drop == "after" else response

    async def effects(self, _: Request) -> Response:
        """The effects, one entry for each effect key."""
        return _json(self._books.ledger.effects())

    async def ledger(self, _: Request) -> Response:
        """Every effect, in order."""
        return _json(self._books.ledger.rows())

    async def item(self, request: Request) -> Response:
        """One item by its number."""
        number = request.path_params["number"].upper()
        record = self._books.state.by_key("items", number)
        if record is None:
            return _json({"error": f"no item {number}"}, 404)
        return _json(record_shown(record))

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


async def _wait(milliseconds: int | None) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)


def _json(value: Json, status: int = 200) -> Response:
    return Response(dumps(value), status, media_type="application/json")
