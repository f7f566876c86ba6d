"""`[retention]`: how long each kind of row is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from tidegate.config_base import Positive, Table

Days = Annotated[int | None, Field(ge=1)]

LEAST_EVENT_DAYS = 400
"""For as long a caller's idempotency key is honoured (DESIGN, promise 3)."""


class Retention(Table):
    """`[retention]`: days, counted from a row's end; what is live or dead is never pruned."""

    events: Days = Field(
        default=LEAST_EVENT_DAYS,
        description="Events that came to an end, with their deliveries, attempts and letters; "
        "400 at least, since idempotency keys live as long.",
    )
    bodies: Days = Field(
        default=180, description="What such an event said, what was sent and what came back."
    )
    audit: Days = Field(
        default=None, description="Changes on record (audit_trail); unset: they are kept."
    )
    deliveries: Days = Field(
        default=90, description="Deliveries that made no event: duplicate, stale, refused."
    )
    dispatches: Days = Field(default=90, description="What was sent to subscribers.")
    requests: Days = Field(default=400, description="What operators asked for, once it is done.")
    access: Days = Field(default=90, description="The access log.")
    alerts: Days = Field(default=90, description="Alerts that were cleared.")
    processes: Days = Field(default=30, description="Processes that ended.")
    archive: str | None = Field(
        default=None,
        min_length=1,
        description="A folder that events are written to, compressed, before they are deleted.",
    )
    every: Positive = Field(default=3600.0, description="Seconds between two rounds.")
    batch: int = Field(default=500, ge=1, le=1000, description="Rows in one transaction.")

    @model_validator(mode="after")
    def _keys_are_honoured(self) -> Retention:
        if self.events is not None and self.events < LEAST_EVENT_DAYS:
            raise ValueError(f"events must be kept for {LEAST_EVENT_DAYS} days at least")
        if self.audit is not None and (self.events is None or self.audit < self.events):
            raise ValueError("audit must be kept for as long as events are")
        return self
