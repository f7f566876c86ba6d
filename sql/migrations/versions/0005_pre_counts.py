"""What alerts and metrics count each few seconds is counted from an index."""

from __future__ import annotations

from sql.migrations.support import index

revision = "0005"
down_revision = "0004"
oldest_reader = 1
"""The oldest program, by its schema number, that may run on what this leaves."""


def upgrade() -> None:
    index("dead_letter_classes", "dead_letter", "error_class", only="state = 'open'")
