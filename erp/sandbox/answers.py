"""Records as they go out: one, or a page of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from erp.sandbox.documents import Body
from erp.sandbox.errors import JSON
from erp.sandbox.query import next_link
from tidegate.canon import Json, dumps


def one(request: Request, entity: str, row: Body, status: int) -> Response:
    """One record; `entity` as `context` takes it."""
    body: Body = {"@odata.context": f"{_context(request, entity)}/$entity", **row}
    headers = {"ETag": str(row["@odata.etag"])} if "@odata.etag" in row else {}
    return Response(dumps(body), status, headers, JSON)


def listed(request: Request, entity: str, rows: list[Body], token: str | None = None) -> Response:
    """A page of records, with the address of the next one where `token` names it."""
    body: Body = {"@odata.context": _context(request, entity), "value": list[Json](rows)}
    if token is not None:
        url = f"{_root(request)}{request.scope['path']}"
        body["@odata.nextLink"] = next_link(url, request.query_params, token)
    return Response(dumps(body), 200, media_type=JSON)


def _root(request: Request) -> str:
    # Not `request.base_url`, which costs as much as the rest of a read.
    return f"{request.scope['scheme']}://{request.headers.get('Host', '')}"


def _context(request: Request, entity: str) -> str:
    return f"{_root(request)}/api/v2.0/$metadata#{entity}"
