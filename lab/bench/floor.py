"""Applications to compare with: one validates the same body and stores nothing, one idles.

The first is what most people would write with FastAPI. The second says how much the sender can do.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field


class Product(BaseModel):
    """Zoho's product, as ours is validated where it comes in an envelope."""

    model_config = ConfigDict(extra="allow")

    item_id: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=500)]
    sku: Annotated[str, Field(max_length=100)] | None = None
    rate: Annotated[Decimal, Field(max_digits=38, decimal_places=10)] | None = None
    last_modified_time: str | None = None


class Delivery(BaseModel):
    """Zoho's own body."""

    item: Product


class Taken(BaseModel):
    """The answer."""

    item_id: str
    verdict: str


floor_app = FastAPI()


@floor_app.post("/webhooks/products", status_code=202)
async def products(delivery: Delivery) -> Taken:
    """Validate, and store nothing."""
    return Taken(item_id=delivery.item.item_id, verdict="new")


async def idle_app(_scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """Read the request, say 202, no more."""
    while (await receive()).get("more_body"):
        pass
    head = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 202, "headers": head})
    await send({"type": "http.response.body", "body": b"{}"})
