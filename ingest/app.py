"""The routes of the public port; nothing but routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ingest.commands import LineDateCommand
from ingest.desk import Desk
from ingest.docs import docs_page, openapi, static_folder
from ingest.problems import problem
from ingest.status import Status
from ingest.webhooks import Webhooks
from ingest.zoho import ENTITIES
from tidegate.telemetry import logger

_log = logger("ingest")


def create_app(desk: Desk) -> Starlette:
    """The application over one desk."""
    status = Status(desk)
    routes: list[Route | Mount] = [
        Route(f"/webhooks/{name}", _endpoint(Webhooks(desk, name)), methods=["POST"])
        for name in ENTITIES
    ]
    routes += [
        Route(
            "/api/v1/purchasing/po/{po_id:path}/lines/{line_no}/date",
            _endpoint(LineDateCommand(desk)),
            methods=["POST"],
        ),
        Route("/events/{event_id}", status.event, methods=["GET"]),
        Route("/queue/stats", status.queue_stats, methods=["GET"]),
        Route("/", status.root, methods=["GET"]),
        Route("/ping", status.ping, methods=["GET"]),
        Route("/ready", status.ready, methods=["GET"]),
        Route("/health", status.health, methods=["GET"]),
        Route("/openapi.json", openapi, methods=["GET"]),
        Route("/docs", docs_page(desk.root_path), methods=["GET"]),
        Mount("/docs/static", StaticFiles(directory=static_folder())),
    ]
    handlers: dict[Any, Any] = {HTTPException: _http_problem, Exception: _our_fault}
    return Starlette(routes=routes, exception_handlers=handlers)


def _endpoint(
    call: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    # Starlette takes an object with __call__ for an ASGI application; a function is an endpoint.
    async def endpoint(request: Request) -> Response:
        return await call(request)

    return endpoint


async def _http_problem(_: Request, error: HTTPException) -> Response:
    return problem(error.status_code, error.detail, headers=dict(error.headers or {}))


async def _our_fault(request: Request, error: Exception) -> Response:
    _log.error("request.failed", path=request.url.path, error=repr(error), exc_info=error)
    return problem(500, "Something went wrong here", "it is on record; nothing was promised")
