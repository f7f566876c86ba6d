"""`/metrics` as a route: with a key of any role, in `X-API-Key` or as a bearer token."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest.access import Holder
from ingest.desk import Desk
from ingest.purchasing.caller import known, on_record
from ops.metrics import CONTENT_TYPE, Metrics

PATH = "/metrics"
_BEARER = "bearer "


def metrics_route(desk: Desk) -> Route:
    """Prometheus sends its token as `Authorization: Bearer`; only what it refuses is on record."""
    metrics = Metrics(desk.db, desk.clock)

    async def told(request: Request) -> Response:
        holder = _bearer(desk, request) or known(desk, request, "metrics")
        if isinstance(holder, Response):
            return holder
        page = await anyio.to_thread.run_sync(metrics.render)
        return Response(page, headers={"Content-Type": CONTENT_TYPE})

    return Route(PATH, on_record(desk, "ops", PATH, told, refused_only=True), methods=["GET"])


def _bearer(desk: Desk, request: Request) -> Holder | None:
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(_BEARER):
        return None
    found = desk.keys.look(given[len(_BEARER) :].strip())
    return found if isinstance(found, Holder) else None
