"""The sandbox's HTTP face: the services with the faults that hit them, and the back door."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from erp.sandbox.api import Api, Pause
from erp.sandbox.back_door import BackDoor
from erp.sandbox.birth import give_birth
from erp.sandbox.books import Books
from erp.sandbox.commits import Commits
from erp.sandbox.companies import COMPANIES
from erp.sandbox.disguise import disguised
from erp.sandbox.drop import Dropped
from erp.sandbox.errors import BcError, for_status
from erp.sandbox.faults import Fault, Faults
from erp.sandbox.gate import admit, language_of
from erp.sandbox.ledger import Ledger
from erp.sandbox.odata_v4 import ODataV4
from erp.sandbox.settings import Settings
from erp.sandbox.slots import Slots
from erp.sandbox.state import State, connect, prepare
from tidegate.clock import Clock
from tidegate.ids import Ids

NO_FAULT = Fault()
INSTANCE = "/BC180"
VERBS = ["GET", "POST", "PATCH", "DELETE"]
Serve = Callable[[Request, bytes, Pause], Awaitable[Response]]


def create_app(path: Path, clock: Clock, ids: Ids) -> Starlette:
    """The sandbox over the SQLite file at `path`, born where the file is new.

    It must be served with `http=erp.sandbox.drop.DroppingProtocol`, in one process.
    """
    connection = connect(path)
    ledger = Ledger(connection)
    books = {
        company.id: Books(company, State(connection, company.id), ledger, clock, ids)
        for company in COMPANIES
    }
    _bear(connection, list(books.values()))
    settings, faults, commits = Settings(), Faults(), Commits(connection)
    slots = Slots(settings)
    services = Services(settings, faults, slots, ids)
    api, odata = Api(books, commits, settings), ODataV4(books, commits, settings)
    front: list[BaseRoute] = [
        Route("/api/v2.0/{rest:path}", services.front("api", api.serve), methods=VERBS),
        Route("/ODataV4/{rest:path}", services.front("odata", odata.serve), methods=VERBS),
    ]
    back = BackDoor(books, ledger, faults, settings, slots, commits).routes()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        connection.close()

    # The instance's name stands before every address of a real server.
    return Starlette(routes=[*front, *back, Mount(INSTANCE, routes=front)], lifespan=lifespan)


def _bear(connection: sqlite3.Connection, books: list[Books]) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        if prepare(connection):
            for each in books:
                give_birth(each)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise


class Services:
    """What every request passes before its service sees it, and what becomes of the answer."""

    def __init__(self, settings: Settings, faults: Faults, slots: Slots, ids: Ids) -> None:
        self._settings = settings
        self._faults = faults
        self._ids = ids
        self._slots = slots
        self._left_behind: set[asyncio.Task[Response]] = set()

    def front(self, service: str, serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a service."""

        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            try:
                admit(request, self._settings, service)
            except BcError as refusal:
                # Faults hit only those who are let in, or a handshake would use them up.
                return self._said(request, refusal)
            fault = self._faults.take(request.method, request.scope["path"]) or NO_FAULT
            if fault.drop == "before":
                return Dropped()
            work = partial(self._work, request, serve, raw, fault)
            try:
                response = await self._in_time(work, fault)
            except BcError as refusal:
                response = self._said(request, refusal)
            return disguised(response, fault, partial(self._said, request))

        return endpoint

    async def _in_time(self, work: Callable[[], Awaitable[Response]], fault: Fault) -> Response:
        limit = self._settings.operation_timeout_ms
        if fault.pause_ms <= limit:
            return await work()
        # The work goes on, as it does in v18: 408 says nothing of what became of it.
        task = asyncio.ensure_future(work())
        self._left_behind.add(task)
        task.add_done_callback(self._forget)
        await _wait(limit)
        raise for_status(408)

    async def _work(self, request: Request, serve: Serve, raw: bytes, fault: Fault) -> Response:
        if fault.queue:
            raise for_status(429)
        async with self._slots.taken():
            await _wait(fault.delay_ms)
            if fault.status is not None:
                raise for_status(fault.status)
            return await serve(request, raw, partial(_wait, fault.late_ms))

    def _said(self, request: Request, refusal: BcError) -> Response:
        return refusal.response(self._ids.uuid(), language_of(request, self._settings))

    def _forget(self, task: asyncio.Task[Response]) -> None:
        self._left_behind.discard(task)
        # Read, or asyncio complains of a refusal that nobody waits for.
        task.exception()


async def _wait(milliseconds: int | None) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
