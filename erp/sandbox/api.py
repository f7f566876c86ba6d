"""API v2.0: from an address to a document, and from a request to its effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from erp.sandbox.books import Books
from erp.sandbox.commits import Commits
from erp.sandbox.documents import Document
from erp.sandbox.errors import JSON, BcError, not_found
from erp.sandbox.items import Items
from erp.sandbox.odata import Segment, address, body_of, shown, terms
from erp.sandbox.order_lines import PurchaseOrderLines
from erp.sandbox.orders import PurchaseOrders
from erp.sandbox.state import Record
from tidegate.canon import Json, dumps

COMPANY_ID = "6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b10"
COMPANY_NAME = "CRONUS"
EFFECT_HEADER = "X-Tidegate-Effect-Key"
CATALOGUE: Mapping[str, Document] = {
    document.entity: document for document in (Items(), PurchaseOrders(), PurchaseOrderLines())
}
Pause = Callable[[], Awaitable[None]]


class Api:
    """Serves what stands behind `/api/v2.0/`."""

    def __init__(self, books: Books, commits: Commits) -> None:
        self._books = books
        self._commits = commits

    async def serve(self, request: Request, raw: bytes, pause: Pause) -> Response:
        """The answer to one request; raises `BcError`.

        The request is read on arrival, `pause` passes, then it is judged and takes effect.
        """
        path = address(request.path_params["rest"])
        if path == [Segment("companies", None)]:
            _only(request, "GET")
            return _list(request, "companies", [_company()])
        target, given = _target(path)
        document = CATALOGUE[target.name]
        if request.method == "GET":
            wanted = terms(request.query_params) | given
            await pause()
            return self._read(request, document, target, wanted)
        return await self._write(request, document, target, body_of(raw) | given, pause)

    def _read(
        self, request: Request, document: Document, target: Segment, wanted: dict[str, str]
    ) -> Response:
        if target.id is not None:
            return _one(request, document, self._books.get(document, target.id), 200)
        found = self._books.find(document, wanted)
        return _list(request, document.entity, [shown(record) for record in found])

    async def _write(
        self,
        request: Request,
        document: Document,
        target: Segment,
        body: Mapping[str, Json],
        pause: Pause,
    ) -> Response:
        _only(request, "POST" if target.id is None else "PATCH")
        effect_key = request.headers.get(EFFECT_HEADER)
        if_match = request.headers.get("If-Match")
        record_id = target.id
        asked = document.read_new(body) if record_id is None else document.read_change(body)

        def work() -> Record:
            if record_id is None:
                return self._books.create(document, asked, effect_key)
            return self._books.change(document, record_id, asked, if_match, effect_key)

        await pause()
        record = await self._commits.run(work)
        return _one(request, document, record, 201 if record_id is None else 200)


def _target(path: list[Segment]) -> tuple[Segment, dict[str, str]]:
    """The last part of an address, and what its parent says about it."""
    company, *rest = path
    if company.name != "companies" or company.id is None or not 1 <= len(rest) <= 2:
        raise BcError(404, "BadRequest_ResourceNotFound", "The resource was not found.")
    if company.id != COMPANY_ID:
        raise BcError(404, "Internal_CompanyNotFound", f"No company has the id {company.id}.")
    for segment in rest:
        if segment.name not in CATALOGUE:
            text = f"Resource not found for the segment '{segment.name}'."
            raise BcError(404, "BadRequest_ResourceNotFound", text)
    if len(rest) == 1:
        return rest[0], {}
    parent, child = rest
    if (parent.name, child.name) != ("purchaseOrders", "purchaseOrderLines") or not parent.id:
        raise not_found(parent.name, child.name)
    return child, {"documentId": parent.id}


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise BcError(405, "BadRequest_MethodNotAllowed", f"{request.method} is not allowed here.")


def _company() -> dict[str, Json]:
    return {
        "id": COMPANY_ID,
        "systemVersion": "18.0",
        "name": COMPANY_NAME,
        "displayName": COMPANY_NAME,
        "businessProfileId": "",
    }


def _context(request: Request, entity: str) -> str:
    owner = "" if entity == "companies" else f"companies({COMPANY_ID})/"
    # Not `request.base_url`, which costs as much as the rest of a read.
    root = f"{request.scope['scheme']}://{request.headers.get('Host', '')}"
    return f"{root}/api/v2.0/$metadata#{owner}{entity}"


def _one(request: Request, document: Document, record: Record, status: int) -> Response:
    context = f"{_context(request, document.entity)}/$entity"
    body = {"@odata.context": context} | shown(record)
    return Response(dumps(body), status, {"ETag": str(body["@odata.etag"])}, JSON)


def _list(request: Request, entity: str, records: list[dict[str, Json]]) -> Response:
    body: dict[str, Json] = {"@odata.context": _context(request, entity), "value": list(records)}
    return Response(dumps(body), 200, media_type=JSON)
