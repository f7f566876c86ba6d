"""What every writing role does first: is the database where it was, and who runs on it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.context import Context
    from sql.database import Database
    from sql.processes import Presence


def check_home(context: Context, db: Database) -> None:
    """Raise `ConfigError`, with what to type, where the database was copied, restored or moved."""
    from sql.install import check, place_of

    how = f"--dir {_quoted(context.directory)}" if context.own_sqlite else ""
    here = place_of(db, context.settings.environment)
    check(db, here, str(context.ids.uuid()), how)


def presence(context: Context, db: Database, role: str) -> Presence:
    """This process's row among those that run."""
    from sql.processes import Presence, Process
    from tidegate import __version__

    mine = Process(
        uuid=str(context.ids.uuid()),
        role=role,
        host=platform.node()[:200],
        pid=os.getpid(),
        version=__version__,
        config_version=context.config.version,
        config_text=_text(context),
    )
    return Presence(db, mine)


def _text(context: Context) -> str:
    """The configuration as it was merged; what sounds secret is masked."""
    from tidegate import canon
    from tidegate.config_report import configuration

    return canon.text(configuration(context.config))


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
