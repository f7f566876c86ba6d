"""The document as a whole."""

from __future__ import annotations

from functools import cache

from ingest.openapi import purchasing, status, webhooks
from ingest.openapi.parts import Part
from ingest.openapi.schemas import schemas
from tidegate import __version__

_ABOUT = """\
What upstream systems send is kept before it is answered, written to the ERP in order, and each
effect happens once. A 2xx is sent only after the commit that holds the event.
"""


@cache
def document() -> Part:
    """What the API takes and answers."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidegate", "version": __version__, "description": _ABOUT},
        "paths": {**webhooks.paths(), **purchasing.paths(), **status.paths()},
        "components": {
            "securitySchemes": {
                "webhook": {"type": "apiKey", "in": "header", "name": "X-Webhook-Key"},
                "api": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "schemas": schemas(),
        },
    }
