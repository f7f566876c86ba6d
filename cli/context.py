"""What every verb needs before it can do anything: settings, configuration, clock, database."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.first_run import NAME, Keys, read_keys
from tidegate.clock import Clock, SystemClock
from tidegate.ids import Ids

if TYPE_CHECKING:
    from sql.database import Database
    from tidegate.config import Config
    from tidegate.secrets import Secrets
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
    secrets: Secrets

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

    folder = directory or DEFAULT_DIR
    settings = settings_here(overrides)
    if serves:
        settings.check_secrets()
    config = load_config(config_file(settings))
    clock = SystemClock()
    keys = read_keys(settings, folder, make=make_keys)
    # After the keys: those that were drawn just now count.
    secrets = read_secrets(folder)
    return Context(settings, config, folder, keys, clock, Ids(clock), secrets)


def settings_here(overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings in force in this folder. Raises `ConfigError`."""
    from tidegate.settings import find_dotenv, load_settings

    return load_settings(overrides or {}, os.environ, find_dotenv(None, Path.cwd()))


def read_secrets(folder: Path) -> Secrets:
    """Secrets by name: of the environment, `.env`, and the folder's `keys.env`."""
    from tidegate.secrets import Secrets, read_dotenv
    from tidegate.settings import find_dotenv

    kept = folder / NAME
    dotenv = read_dotenv(find_dotenv(None, Path.cwd()))
    return Secrets(os.environ, dotenv, read_dotenv(kept if kept.is_file() else None))


def config_file(settings: Settings) -> Path | None:
    """The file that `TIDEGATE_CONFIG` names, else `tidegate.toml` where there is one."""
    here = Path.cwd() / "tidegate.toml"
    return settings.tidegate_config or (here if here.is_file() else None)


def holder() -> str:
    """Who a leader is, for people."""
    return f"{platform.node()}:{os.getpid()}"
