"""What verbs share that ask something of the leader: why, and where what becomes of it is told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ops.faces.page import BASE, Asked, Reply

REQUESTS = "/requests"
REASON = "the ERP has the item now"

Reason = Annotated[str, Field(min_length=1, max_length=2000, description="Why, for the record")]


class ReasonBody(BaseModel):
    """Why, for the record."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Reason


def queued(asked: Asked, request_id: str, **more: Any) -> Reply:
    """202: the leader carries it out; its address says how far it has come."""
    location = f"{asked.root}{BASE}{REQUESTS}/{request_id}"
    return Reply({"request_id": request_id, "status_url": location, **more}, 202, location)
