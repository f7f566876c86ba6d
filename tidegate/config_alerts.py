"""`[alerts]`: from when on a person is told."""

from __future__ import annotations

from pydantic import Field

from tidegate.config_base import Positive, Table, Texts


class Alerts(Table):
    """`[alerts]`: thresholds; what is told goes to ALERT_URLS."""

    oldest_eligible: Positive = Field(
        default=300.0, description="Seconds that the oldest eligible event may wait."
    )
    dead_letters: int = Field(default=0, ge=0, description="Open dead letters that are no alarm.")
    unknown: Positive = Field(default=1800.0, description="Seconds that an outcome may be unknown.")
    breaker: Positive = Field(default=300.0, description="Seconds that a breaker may be open.")
    paused: Positive = Field(
        default=86_400.0, description="Seconds that a person's pause may last."
    )
    outbox: Positive = Field(
        default=300.0, description="Seconds that a message may wait to be distributed."
    )
    remind: Positive = Field(
        default=14_400.0, description="Seconds after which a critical alert is told once more."
    )
    muted: Texts = Field(default=(), description="Codes of alerts that are never raised.")
