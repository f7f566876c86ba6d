"""What was never answered is found by its time, and letters of unknown outcome by their key."""

from __future__ import annotations

from sql.migrations.support import index

revision = "0006"
down_revision = "0005"
oldest_reader = 1
"""The oldest program, by its schema number, that may run on what this leaves."""


def upgrade() -> None:
    index(
        "sync_attempt_unanswered",
        "sync_attempt",
        "sent_at",
        "event_id",
        only="outcome = 'unknown' AND kind = 'write'",
    )
    unknown = "state = 'open' AND reason IN ('unknown', 'quarantined')"
    index("dead_letter_unknown", "dead_letter", "key_id", only=unknown)
