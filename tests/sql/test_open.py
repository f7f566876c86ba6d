"""`DB_DSN` names a database that can be kept there, or the error says what to do."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sql.open import network_filesystem, open_database
from sql.sqlite import SqliteDatabase
from tests.sql.databases import server_dsn
from tidegate import __version__
from tidegate.clock import ManualClock, SystemClock
from tidegate.errors import ConfigError

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
filer:/export /srv nfs4 rw 0 0
tmpfs /srv/scratch tmpfs rw 0 0
//filer/share /mnt/my\\040share cifs rw 0 0
"""


def opened(dsn: str | None, directory: Path | None = None) -> SqliteDatabase:
    with closing(open_database(dsn, None, directory, SystemClock(), "test")) as db:
        assert isinstance(db, SqliteDatabase)
        return db


def refusal(dsn: str | None, directory: Path | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        open_database(dsn, None, directory, SystemClock(), "test")
    assert caught.value.next_step
    return caught.value


def test_without_a_dsn_the_file_stands_in_the_folder_which_is_made(tmp_path: Path) -> None:
    assert opened(None, tmp_path / "new" / "house").path == tmp_path / "new/house/tidegate.sqlite"
    assert (tmp_path / "new/house/tidegate.sqlite").exists()


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_dsn_is_none(tmp_path: Path, blank: str) -> None:
    assert opened(blank, tmp_path).path.name == "tidegate.sqlite"


def test_a_dsn_wins_over_the_folder(tmp_path: Path) -> None:
    assert opened(f"sqlite:///{tmp_path}/own.db", tmp_path / "other").path == tmp_path / "own.db"
    assert not (tmp_path / "other").exists()


def test_a_relative_path_holds_when_the_process_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert opened("sqlite:///own.db").path == tmp_path / "own.db"


def test_a_second_opening_keeps_the_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(opened(None, tmp_path).path)) as connection:
        connection.execute("CREATE TABLE kept (id INTEGER)")
    with closing(sqlite3.connect(opened(None, tmp_path).path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM kept").fetchone() == (0,)


def test_a_new_file_has_its_log_before_two_can_ask_for_one_at_once(tmp_path: Path) -> None:
    write_version, read_version = opened(None, tmp_path).path.read_bytes()[18:20]
    assert (write_version, read_version) == (2, 2)


def test_nobody_but_its_owner_reads_the_file(tmp_path: Path) -> None:
    mode = opened(None, tmp_path).path.stat().st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0


def test_no_database_at_all_is_refused() -> None:
    assert "--dir" in refusal(None).next_step


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:secret@h/db",
        "nonsense with secret",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?secret=1",
        "sqlite://host/secret.db",
        "mssql+pymssql://u:secret@h/db",
        "mssql+pyodbc://u:secret@h:port/db",
    ],
)
def test_a_dsn_that_cannot_be_used_is_refused_without_repeating_it(dsn: str) -> None:
    error = refusal(dsn)
    assert "DB_DSN takes" in error.next_step
    assert "secret" not in str(error) + error.next_step


@pytest.mark.parametrize("path", ["//filer/share/x.db", "\\\\filer\\share\\x.db"])
def test_a_network_share_is_refused(path: str) -> None:
    assert "local disk" in refusal(f"sqlite:///{path}").next_step


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/x.db", "nfs4"),
        ("/srv/scratch/x.db", None),
        ("/mnt/my share/x.db", "cifs"),
        ("/home/x.db", None),
    ],
)
def test_a_network_file_system_is_told_by_the_mount_that_holds_it(
    path: str, kind: str | None
) -> None:
    assert network_filesystem(Path(path), MOUNTS) == kind


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in str(refusal(None, tmp_path / "file"))


def test_a_folder_in_the_file_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tidegate.sqlite").mkdir()
    assert "cannot be written" in str(refusal(None, tmp_path))


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("what I had to remember")
    assert "not a SQLite file" in str(refusal(f"sqlite:///{tmp_path}/notes.txt"))
    assert (tmp_path / "notes.txt").read_text() == "what I had to remember"


@pytest.mark.mssql
@pytest.mark.parametrize(
    "dsn",
    [
        "mssql+pyodbc://u:p@host/db?driver=ODBC+Driver+18+for+SQL+Server",
        "mssql://u:p@host/db",
        "DRIVER={ODBC Driver 18 for SQL Server};SERVER=host;DATABASE=db;Trusted_Connection=yes",
        "server=host;database=db;uid=u;pwd=://",
    ],
)
def test_a_server_s_dsn_opens_a_server_without_asking_it(dsn: str) -> None:
    server_dsn()
    with closing(open_database(dsn, "p", None, SystemClock(), "test")) as db:
        assert db.engine.dialect.name == "mssql"


@pytest.mark.mssql
def test_a_server_goes_by_its_own_clock_and_knows_who_asks(tmp_path: Path) -> None:
    long_ago = ManualClock(datetime(2001, 1, 1, tzinfo=UTC))
    with closing(open_database(server_dsn(), None, None, long_ago, "relay")) as db:
        seen = db.read("events/ping", {})
        with db.engine.connect() as connection:
            asked = connection.exec_driver_sql("SELECT APP_NAME()").scalar_one()
    assert asked == f"tidegate relay {__version__}"
    assert seen["now"][0]["now"] > "2026"
