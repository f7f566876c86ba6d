"""The operator's port: how the house is, and what it runs with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingest.desk import Desk
from ingest.middleware import HANDLERS
from ingest.problems import unauthorized
from ingest.status import Status
from tidegate import __version__, canon
from tidegate.settings import Settings

HEADER = "X-API-Key"
_OPEN = {
    "/ping": "Alive; never asks the database",
    "/ready": "Whether this process can do its own job",
    "/health": "The report: database, leaders, queue",
}
_KEYED = {
    "/queue/stats": "Depth and age of the queue",
    "/admin/config": "The configuration in force, without secrets",
}


def create_ops_app(desk: Desk, settings: Settings) -> Starlette:
    """The application of the operator's port."""
    status = Status(desk)
    routes = [
        Route("/ping", status.ping, methods=["GET"]),
        Route("/ready", status.ready, methods=["GET"]),
        Route("/health", status.health, methods=["GET"]),
        Route("/queue/stats", status.queue_stats, methods=["GET"]),
        Route("/openapi.json", _openapi, methods=["GET"]),
        *admin_routes(desk, settings),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return app


def admin_routes(desk: Desk, settings: Settings) -> list[Route]:
    """What the public port serves too where everything is served on one."""
    return [Route("/admin/config", _config(desk, settings), methods=["GET"])]


def _config(desk: Desk, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    async def config(request: Request) -> Response:
        from tidegate.config_report import report

        if desk.keys.owner(request.headers.get(HEADER)) is None:
            return unauthorized(HEADER)
        return Response(canon.dumps(report(desk.config, settings)), media_type="application/json")

    return config


async def _openapi(_: Request) -> Response:
    return JSONResponse(document())


def document() -> dict[str, Any]:
    """What the port answers."""
    paths = {path: _read(words) for path, words in _OPEN.items()}
    paths |= {path: _read(words) | {"security": [{"api": []}]} for path, words in _KEYED.items()}
    schemes = {"api": {"type": "apiKey", "in": "header", "name": HEADER}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidegate operations", "version": __version__},
        "paths": {path: {"get": operation} for path, operation in paths.items()},
        "components": {"securitySchemes": schemes},
    }


def _read(summary: str) -> dict[str, Any]:
    found = {"application/json": {"schema": {"type": "object"}}}
    wrong = {"application/problem+json": {"schema": {"type": "object"}}}
    return {
        "summary": summary,
        "responses": {
            "200": {"description": summary, "content": found},
            "default": {"description": "Problem details", "content": wrong},
        },
    }
