"""What anybody may ask: is it alive, is it ready, how is it, and what became of an event."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ingest.desk import Desk
from ingest.problems import problem, unavailable
from ingest.purchasing.caller import known
from ingest.reports import event_report, health_report, queue_report
from sql.database import Row
from sql.tables.base import SCHEMA_NO
from tidegate import __version__
from tidegate.errors import StoreError
from tidegate.telemetry import logger

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

NO_EVENT = "it goes by the event_id of an answer; tidegate events list shows the newest"

_log = logger("status")


class Status:
    """The routes that only read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def root(self, _: Request) -> Response:
        """What this is."""
        return JSONResponse(
            {"name": "tidegate", "version": __version__, "role": self._desk.role, "docs": "/docs"}
        )

    async def ping(self, _: Request) -> Response:
        """Alive; never asks the database."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Whether this process can do its own job."""
        try:
            rows = await self._read("events/ping", {})
        except StoreError as error:
            return _gone(error)
        if not rows["schema"] or rows["schema"][0]["schema_no"] != SCHEMA_NO:
            return problem(503, "The schema is not up to date", "run tidegate db upgrade")
        return JSONResponse({"status": "ready"})

    async def health(self, request: Request) -> Response:
        """The report; 200 unless asked to be strict."""
        strict = request.query_params.get("strict") == "1"
        began = self._desk.clock.monotonic()
        try:
            stats = await self._read("events/stats", {})
        except StoreError as error:
            report: dict[str, Any] = {
                "status": "degraded",
                "database": {"error": type(error).__name__},
            }
            return JSONResponse(report, 503 if strict else 200)
        latency = round((self._desk.clock.monotonic() - began) * 1000, 2)
        report = health_report(stats) | {"database": {"latency_ms": latency}}
        return JSONResponse(report, 503 if strict and report["status"] != "ok" else 200)

    async def queue_stats(self, request: Request) -> Response:
        """Depth by target and state, and age."""
        holder = known(self._desk, request, "status")
        if isinstance(holder, Response):
            return holder
        try:
            stats = await self._read("events/stats", {})
        except StoreError as error:
            return _gone(error)
        return JSONResponse(queue_report(stats))

    async def event(self, request: Request) -> Response:
        """One event: state, verdict, attempts."""
        holder = known(self._desk, request, "status")
        if isinstance(holder, Response):
            return holder
        wanted = request.path_params["event_id"]
        if not known_form(wanted):
            return problem(404, "There is no such event", NO_EVENT)
        try:
            found = await self._read("events/get", {"uuid": wanted.lower()})
        except StoreError as error:
            return _gone(error)
        if not found["event"]:
            return problem(404, "There is no such event", NO_EVENT)
        return JSONResponse(event_report(found["event"][0], found["attempts"]))

    async def _read(self, name: str, doc: dict[str, Any]) -> dict[str, list[Row]]:
        read: Callable[..., dict[str, list[Row]]] = self._desk.db.read
        return await run_in_threadpool(read, name, doc)


def known_form(event_id: str) -> bool:
    """Whether an event can have this id."""
    return _UUID.fullmatch(event_id) is not None


def _gone(error: StoreError) -> Response:
    # Callers without a key come here too: what the driver says is for the log alone.
    _log.error("database.gone", error=str(error), next_step=error.next_step)
    return unavailable("the database does not answer")
