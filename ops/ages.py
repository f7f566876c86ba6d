"""How long ago an instant is."""

from __future__ import annotations

from datetime import UTC, datetime


def age_s(at: str | None, now: datetime) -> float | None:
    """Seconds from an instant as it is kept until `now`."""
    if at is None:
        return None
    return round((now - datetime.fromisoformat(at).replace(tzinfo=UTC)).total_seconds(), 3)
