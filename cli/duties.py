"""What the leader does on the side: put together here, since it needs rooms that it cannot see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.context import Context
    from ops.archive import Archive
    from ops.notify import Notifier
    from processor.duties import Duty
    from sql.database import Database
    from sql.term import Term

CHECKPOINT_EVERY = 30.0
ASKED_EVERY = 1.0
"""Seconds between looks for a wish to erase, to restore or to prune."""


def duties(context: Context, db: Database, failing: dict[str, str]) -> list[Duty]:
    """Alerts, retention, and the wishes that are about what is kept.

    Args:
        failing: what `Duties` fills, for the alarm to look at.
    """
    from ops.alerts import EVERY, Alarm
    from ops.erasure import Erasure
    from ops.retention import Retention
    from processor.duties import Duty

    kept, archive = context.config.retention, archive_of(context, db)
    retention = Retention(db, context.clock, kept, archive)
    settings = context.settings
    alarm = Alarm(db, context.config.alerts, folder_of(db), settings.disk_floor, failing)
    erasure = Erasure(db, retention, archive, context.config.version)
    return [
        Duty("alerts", EVERY, alarm.run),
        Duty("retention", kept.every, retention.run),
        Duty("erasure", ASKED_EVERY, erasure.run),
    ]


def checkpoints(db: Database, running: Callable[[], int]) -> list[Duty]:
    """SQLite's own bookkeeping, while there is nothing else to do (design: queue, SQLite).

    Args:
        running: attempts in the lanes.
    """
    from processor.duties import Duty
    from sql.sqlite import SqliteDatabase

    if not isinstance(db, SqliteDatabase):
        return []

    def run(_: Term) -> bool:
        # Under load the commits do it, a bounded part at a time.
        if running() == 0:
            db.checkpoint()
        return False

    return [Duty("checkpoint", CHECKPOINT_EVERY, run)]


def folder_of(db: Database) -> Path | None:
    """Where the database grows on this machine's disk; None where a server keeps it."""
    from sql.sqlite import SqliteDatabase

    return db.path.parent if isinstance(db, SqliteDatabase) else None


def notifier(context: Context, db: Database, leads: Callable[[], bool]) -> Notifier | None:
    """Who tells people; None where nobody is named. Raises `ConfigError` for a bad address."""
    from ops.notify import Notifier, apprise, heartbeat

    settings = context.settings
    if settings.alert_urls is None and settings.heartbeat_url is None:
        return None
    send = apprise(settings.alert_urls) if settings.alert_urls else None
    beat = heartbeat(settings.heartbeat_url) if settings.heartbeat_url else None
    remind = context.config.alerts.remind
    return Notifier(db, send, beat, leads, remind, settings.environment)


def archive_of(context: Context, db: Database, folder: Path | None = None) -> Archive | None:
    """This installation's in `folder`, unset: in `[retention] archive`; None where there is none.

    Raises `ConfigError`.
    """
    from ops.archive import Archive

    named = folder or context.config.retention.archive
    return Archive.of(db, Path(named)) if named else None
