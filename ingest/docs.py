"""The OpenAPI document and `/docs`, which works without the internet."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ingest.commands import LineDate
from ingest.shapes import Envelope
from tidegate import __version__

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tidegate API</title>
<link rel="stylesheet" href="{root}/docs/static/swagger-ui.css"></head>
<body><div id="ui"></div><script src="{root}/docs/static/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{url: "{root}/openapi.json", dom_id: "#ui", validatorUrl: null}})</script>
</body></html>"""


def static_folder() -> Path:
    """Swagger UI's files, as the package fastapi-offline ships them."""
    found = find_spec("fastapi_offline")
    if found is None or found.origin is None:
        raise RuntimeError("fastapi-offline is not installed; run make setup")
    return Path(found.origin).parent / "static"


def docs_page(root_path: str) -> Any:
    """The route of `/docs`."""

    async def page(_: Request) -> Response:
        return HTMLResponse(_PAGE.format(root=root_path))

    return page


async def openapi(_: Request) -> Response:
    """The document itself."""
    return JSONResponse(document())


def document() -> dict[str, Any]:
    """What the API takes and answers, written by hand beside the routes."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidegate", "version": __version__},
        "paths": {
            "/webhooks/products": {"post": _webhook()},
            "/api/v1/purchasing/po/{po_id}/lines/{line_no}/date": {"post": _line_date()},
            "/events/{event_id}": {"get": _event()},
            "/queue/stats": {"get": _read("Depth and age of the queue", secured=True)},
            "/health": {"get": _read("The report: database, leaders, queue")},
            "/ready": {"get": _read("Whether this process can do its own job", gone=True)},
            "/ping": {"get": _read("Alive; never asks the database")},
            "/": {"get": _read("What this is")},
        },
        "components": {
            "securitySchemes": {
                "webhook": {"type": "apiKey", "in": "header", "name": "X-Webhook-Key"},
                "api": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["title", "status"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "errors": {"type": "array", "items": {"type": "object"}},
                    },
                },
            },
        },
    }


def _webhook() -> dict[str, Any]:
    example = {
        "item": {
            "item_id": "460000000026049",
            "name": "Hard Drive",
            "sku": "HD-1",
            "rate": 120.5,
            "last_modified_time": "2026-11-20T10:00:00+0100",
        }
    }
    envelope = TypeAdapter(Envelope).json_schema()
    return {
        "summary": "A product, as Zoho sends it or in an envelope",
        "security": [{"webhook": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [envelope, {}]},
                    "example": example,
                }
            },
        },
        "responses": _responses("202", "Durable: verdict and event", 401, 413, 422, 503),
    }


def _line_date() -> dict[str, Any]:
    return {
        "summary": "Change the expected receipt date of a purchase order line",
        "security": [{"api": []}],
        "parameters": [
            _path(
                "po_id", "The order's number; it may contain /", {"type": "string", "minLength": 1}
            ),
            _path("line_no", "The line's number", {"type": "integer", "minimum": 0}),
            {
                "name": "po",
                "in": "query",
                "schema": {"type": "string"},
                "description": "The order's number, in place of the one in the path",
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string"},
                "description": "Names the command; here or as idempotency_key in the body",
            },
            {
                "name": "Prefer",
                "in": "header",
                "schema": {"type": "string"},
                "description": "wait=N (seconds, 60 at most) or respond-async",
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": TypeAdapter(LineDate).json_schema()}},
        },
        "responses": _responses(
            "200", "The line as it is now", 202, 400, 401, 404, 409, 413, 422, 503
        ),
    }


def _event() -> dict[str, Any]:
    return {
        "summary": "State, verdict and attempts of an event",
        "security": [{"api": []}],
        "parameters": [_path("event_id", "The event's id", {"type": "string", "format": "uuid"})],
        "responses": _responses("200", "The event", 401, 404, 503),
    }


def _read(summary: str, *, secured: bool = False, gone: bool = False) -> dict[str, Any]:
    codes = ([401] if secured else []) + ([503] if secured or gone else [])
    found: dict[str, Any] = {"summary": summary, "responses": _responses("200", summary, *codes)}
    return found | ({"security": [{"api": []}]} if secured else {})


def _path(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }


def _responses(good: str, description: str, *others: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        good: {
            "description": description,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }
    for code in others:
        media = "application/json" if code < 400 else "application/problem+json"
        schema = {"type": "object"} if code < 400 else {"$ref": "#/components/schemas/Problem"}
        words = "Queued; the Location says what becomes of it" if code == 202 else "Problem details"
        found[str(code)] = {"description": words, "content": {media: {"schema": schema}}}
    return found
