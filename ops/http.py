"""The operator's port: how the house is, what it runs with, and the operator's verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ingest.access import ADMIN
from ingest.desk import Desk
from ingest.docs import docs_page, static_folder
from ingest.middleware import HANDLERS
from ingest.purchasing.caller import Endpoint, forbidden, known, on_record
from ingest.status import Status
from ops import openapi
from ops.faces import serving
from ops.faces.nouns import pages
from ops.faces.page import BASE, Page
from ops.scraping import metrics_route
from tidegate import canon
from tidegate.config_report import report
from tidegate.settings import Settings

DOCUMENT = f"{BASE}/openapi.json"


def create_ops_app(desk: Desk, settings: Settings) -> Starlette:
    """The application of the operator's port."""
    status = Status(desk)
    verbs = _pages(desk, settings)
    routes = [
        Route("/ping", status.ping, methods=["GET"]),
        Route("/ready", status.ready, methods=["GET"]),
        Route("/health", status.health, methods=["GET"]),
        metrics_route(desk),
        _kept(desk, "/queue/stats", status.queue_stats),
        _kept(desk, "/admin/config", _config(desk, settings)),
        Route("/openapi.json", _served(openapi.document(verbs)), methods=["GET"]),
        Route("/docs", docs_page(""), methods=["GET"]),
        Mount("/docs/static", StaticFiles(directory=static_folder())),
        *serving.routes(desk, verbs),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return app


def admin_routes(desk: Desk, settings: Settings) -> Sequence[Route]:
    """What the public port serves too where everything is served on one."""
    verbs = _pages(desk, settings)
    return [
        metrics_route(desk),
        _kept(desk, "/admin/config", _config(desk, settings)),
        Route(DOCUMENT, _served(openapi.document(verbs, whole=False)), methods=["GET"]),
        *serving.routes(desk, verbs),
    ]


def _pages(desk: Desk, settings: Settings) -> list[Page]:
    return pages(desk.db, desk.config, settings, desk.clock, desk.ids)


def _kept(desk: Desk, path: str, endpoint: Endpoint) -> Route:
    return Route(path, on_record(desk, serving.FACE, path, endpoint), methods=["GET"])


def _config(desk: Desk, settings: Settings) -> Endpoint:
    async def config(request: Request) -> Response:
        holder = known(desk, request, "ops")
        if isinstance(holder, Response):
            return holder
        if not holder.may(ADMIN):
            return forbidden(request, holder, ADMIN)
        return Response(canon.dumps(report(desk.config, settings)), media_type="application/json")

    return config


def _served(document: dict[str, Any]) -> Endpoint:
    async def served(request: Request) -> Response:
        return JSONResponse(document | {"servers": [{"url": request.scope["root_path"] or "/"}]})

    return served
