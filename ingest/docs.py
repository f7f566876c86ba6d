"""The OpenAPI document and `/docs`, which works without the internet."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ingest.openapi.document import document

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tidegate API</title>
<link rel="stylesheet" href="{root}/docs/static/swagger-ui.css"></head>
<body><div id="ui"></div><script src="{root}/docs/static/swagger-ui-bundle.js"></script>
<script>{start}</script>
</body></html>"""
_START = 'SwaggerUIBundle({{url: "{root}/openapi.json", dom_id: "#ui", validatorUrl: null}})'
# Swagger UI writes style attributes and draws its icons from data addresses.
_POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def static_folder() -> Path:
    """Swagger UI's files, as the package fastapi-offline ships them."""
    found = find_spec("fastapi_offline")
    if found is None or found.origin is None:
        raise RuntimeError("fastapi-offline is not installed; run make setup")
    return Path(found.origin).parent / "static"


def docs_page(root_path: str) -> Any:
    """The route of `/docs`; its policy admits nothing from elsewhere."""
    start = _START.format(root=root_path)
    digest = b64encode(sha256(start.encode()).digest()).decode()
    headers = {"Content-Security-Policy": _POLICY.format(digest=digest)}
    page_text = _PAGE.format(root=root_path, start=start)

    async def page(_: Request) -> Response:
        return HTMLResponse(page_text, headers=headers)

    return page


async def openapi(request: Request) -> Response:
    """The document itself, for whoever reads it where this API is served."""
    # Without a server its paths would be tried at the root of a proxy's host.
    return JSONResponse(document() | {"servers": [{"url": request.scope["root_path"] or "/"}]})
