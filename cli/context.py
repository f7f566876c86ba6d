"""What every verb needs before it can do anything: settings, configuration, clock, database."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.first_run import Keys, read_keys
from tidegate.clock import Clock, SystemClock
from tidegate.ids import Ids

if TYPE_CHECKING:
    from sql.database import Database
    from tidegate.config import Config
    from tidegate.settings import Settings

DEFAULT_DIR = Path(".tidegate")


@dataclass(frozen=True, slots=True)
class Context:
    """One process's surroundings."""

    settings: Settings
    config: Config
    directory: Path
    keys: Keys
    clock: Clock
    ids: Ids

    def open(self, role: str) -> Database:
        """The database that the settings name, else the SQLite file of the folder."""
        from sql.open import open_database

        return open_database(*self.dsn, self.directory, self.clock, role)

    @property
    def dsn(self) -> tuple[str | None, str | None]:
        """`DB_DSN` and the password beside it, as they are."""
        dsn, password = self.settings.db_dsn, self.settings.db_password
        return (
            dsn.get_secret_value() if dsn else None,
            password.get_secret_value() if password else None,
        )

    @property
    def own_sqlite(self) -> bool:
        """Whether the database is the folder's own file."""
        return self.settings.db_dsn is None


def load(
    directory: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    *,
    make_keys: bool = False,
    serves: bool = True,
) -> Context:
    """Read settings and configuration; `make_keys` writes `keys.env` where none are set.

    Who lets nobody in (`serves` false) needs no keys to let them in by. Raises `ConfigError`.
    """
    from tidegate.config import load_config
    from tidegate.settings import find_dotenv, load_settings

    folder = directory or DEFAULT_DIR
    here = Path.cwd()
    dotenv = find_dotenv(None, here)
    settings = load_settings(overrides or {}, os.environ, dotenv)
    if serves:
        settings.check_secrets()
    path = settings.tidegate_config or (
        here / "tidegate.toml" if (here / "tidegate.toml").is_file() else None
    )
    clock = SystemClock()
    return Context(
        settings,
        load_config(path),
        folder,
        read_keys(settings, folder, make=make_keys),
        clock,
        Ids(clock),
    )


def holder() -> str:
    """Who a leader is, for people."""
    return f"{platform.node()}:{os.getpid()}"
