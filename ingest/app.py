"""The routes of the public port; nothing but routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from ingest.bc_notifications import Notifications
from ingest.desk import Desk
from ingest.docs import docs_page, openapi, static_folder
from ingest.front import Front, Receiver
from ingest.middleware import HANDLERS
from ingest.purchasing.caller import Endpoint, on_record
from ingest.purchasing.routes import routes as purchasing
from ingest.requests import Incoming
from ingest.rules import Rules
from ingest.sources import Gate
from ingest.status import Status
from ingest.webhooks import Webhooks

SHORT = "zoho"
"""The source whose entities are served at `/webhooks/{entity}` too."""


def create_app(desk: Desk, more: Sequence[Route] = ()) -> ASGIApp:
    """The application over one desk; `more` are routes of those above ingest."""
    receivers = dict(_receivers(desk))
    under = desk.root_path
    whole = {f"{under}{path}": receiver for path, receiver in receivers.items()}
    return Front(whole, _router(desk, receivers, more))


def _router(desk: Desk, receivers: Mapping[str, Receiver], more: Sequence[Route]) -> Starlette:
    status = Status(desk)

    def kept(path: str, endpoint: Endpoint) -> Route:
        recorded = on_record(desk, "status", path, endpoint, refused_only=True)
        return Route(path, recorded, methods=["GET"])

    routes: list[Route | Mount] = [
        *(Route(path, _endpoint(call), methods=["POST"]) for path, call in receivers.items()),
        *purchasing(desk),
        kept("/events/{event_id}", status.event),
        kept("/queue/stats", status.queue_stats),
        Route("/", status.root, methods=["GET"]),
        Route("/ping", status.ping, methods=["GET"]),
        Route("/ready", status.ready, methods=["GET"]),
        Route("/health", status.health, methods=["GET"]),
        Route("/openapi.json", openapi, methods=["GET"]),
        Route("/docs", docs_page(desk.root_path), methods=["GET"]),
        Mount("/docs/static", StaticFiles(directory=static_folder())),
        *more,
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    # A redirect would name the host that the caller sent, and no sender follows one.
    app.router.redirect_slashes = False
    return app


def _receivers(desk: Desk) -> Iterator[tuple[str, Receiver]]:
    """Every source's addresses; Zoho's entities have a short one each."""
    for gate in desk.gates.values():
        for name, rules in gate.entities.items():
            receiver = _receiver(desk, gate, rules)
            if gate.name == SHORT and name not in desk.gates:
                yield f"/webhooks/{name}", receiver
            yield f"/webhooks/{gate.name}/{name}", receiver
        if gate.source.scheme != "business_central":
            yield f"/webhooks/{gate.name}", Webhooks(desk, gate, None).receive


def _receiver(desk: Desk, gate: Gate, rules: Rules) -> Receiver:
    if gate.source.scheme == "business_central":
        return Notifications(desk, gate, rules).receive
    return Webhooks(desk, gate, rules).receive


def _endpoint(receiver: Receiver) -> Callable[[Request], Awaitable[Response]]:
    """The same for the router, which knows the methods and answers what is below a mount."""

    async def endpoint(request: Request) -> Response:
        return await receiver(Incoming(request.scope, request.receive))

    return endpoint
