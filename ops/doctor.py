"""The doctor: one check after the other, each with what it found and what to do about it.

A check that cannot be made says so and never hides the next one.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.reports import leader_report
from ops import subscriptions
from sql.database import Database
from sql.install import Place, kept, place_of
from sql.migrate import check_version, validate
from sql.mssql_facts import ServerFacts
from sql.processes import differences, live
from sql.sqlite import SqliteDatabase
from tidegate import __version__
from tidegate.adapter import Adapter, Repeat
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import TidegateError
from tidegate.settings import Settings

OK, WARNING, PROBLEM = "ok", "warning", "problem"
SKEW = 2.0
"""Seconds that this machine's clock and the server's may differ."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check found."""

    check: str
    state: str
    found: str
    next_step: str | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined.

    Args:
        facts: asks the server what it is; None on SQLite.
        adapters: by name, those of ERP_MODE, made when they are examined.
        directory: where the keys are.
    """

    settings: Settings
    config: Config
    clock: Clock
    directory: Path
    db: Callable[[], Database]
    facts: Callable[[], ServerFacts] | None
    adapters: dict[str, Callable[[], Adapter]]


def examine(patient: Patient) -> list[dict[str, Any]]:
    """Every check, in the order in which a failure would explain the next."""
    found: list[Checked] = [*_program(), *_settings(patient)]
    if patient.facts is not None:
        found += _guarded("server", lambda: list(_server(patient)))
    found += _guarded("database", lambda: _opened(patient))
    for name, build in patient.adapters.items():
        found += _guarded(f"adapter {name}", _examined(name, build))
    return [asdict(each) for each in found]


def _guarded(name: str, check: Callable[[], list[Checked]]) -> list[Checked]:
    try:
        return check()
    except TidegateError as error:
        return [Checked(name, PROBLEM, str(error), error.next_step)]
    except Exception as error:
        return [Checked(name, PROBLEM, f"{type(error).__name__}: {error}")]


def _program() -> Iterator[Checked]:
    here = f"Tidegate {__version__}, Python {platform.python_version()}, {platform.system()}"
    state = OK if sys.version_info >= (3, 11) else PROBLEM
    yield Checked("program", state, here, None if state == OK else "use Python 3.11 or newer")
    yield Checked("sqlite", OK, f"SQLite {sqlite3.sqlite_version}")


def _settings(patient: Patient) -> Iterator[Checked]:
    settings, config = patient.settings, patient.config
    where = f"ENVIRONMENT={settings.environment}, {settings.host}:{settings.port}"
    yield Checked("settings", OK, where)
    yield Checked("configuration", OK, f"version {config.version[:12]}")
    if settings.environment != "local" and not settings.public_url:
        told = "PUBLIC_URL is not set: links in answers and messages name no host"
        yield Checked("public url", WARNING, told, "set PUBLIC_URL to the address senders use")
    if not settings.alert_urls and not settings.heartbeat_url:
        told = "nobody is told of alerts, nor when this house stops"
        yield Checked("alerts", WARNING, told, "set ALERT_URLS and HEARTBEAT_URL")
    if not config.retention.archive:
        yield Checked("retention", OK, f"events are deleted after {config.retention.events} days")
    keys = patient.directory / "keys.env"
    if keys.is_file() and os.name == "posix" and keys.stat().st_mode & 0o077:
        yield Checked("keys", PROBLEM, f"{keys} can be read by others", f"chmod 600 {keys}")


def _server(patient: Patient) -> Iterator[Checked]:
    if patient.facts is None:
        return
    facts = patient.facts()
    name = f"{facts.edition} {facts.version}, database {facts.name}"
    yield Checked("server", OK, name)
    facts.require()
    yield Checked("compatibility", OK, f"level {facts.compatibility_level}")
    if facts.read_committed_snapshot:
        yield Checked("row versioning", OK, "READ_COMMITTED_SNAPSHOT is on")
    else:
        told = "READ_COMMITTED_SNAPSHOT is off: reports wait for writers, and writers for reports"
        step = f"ALTER DATABASE [{facts.name}] SET READ_COMMITTED_SNAPSHOT ON"
        yield Checked("row versioning", WARNING, told, step)
    if facts.may_lose_commits:
        step = f"ALTER DATABASE [{facts.name}] SET DELAYED_DURABILITY = DISABLED"
        yield Checked("durability", PROBLEM, "DELAYED_DURABILITY = FORCED loses commits", step)
    else:
        yield Checked("durability", OK, f"delayed durability {facts.delayed_durability or 'none'}")


def _opened(patient: Patient) -> list[Checked]:
    db = patient.db()
    try:
        return [*_schema(db), *_guarded("house", lambda: list(_house(db, patient)))]
    finally:
        db.close()


def _schema(db: Database) -> Iterator[Checked]:
    check_version(db)
    wrong = validate(db)
    if wrong:
        told = "; ".join(wrong[:5])
        yield Checked("schema", PROBLEM, told, "tidegate db upgrade, or ask who changed it")
    else:
        yield Checked("schema", OK, "as this program defines it")


def _house(db: Database, patient: Patient) -> Iterator[Checked]:
    yield from _guarded("place", lambda: _place(db, patient))
    yield _clocks(db, patient)
    if isinstance(db, SqliteDatabase):
        yield _disk(db.path.parent, patient.settings.disk_floor)
    leaders = leader_report(db.read("events/stats", {})["leaders"])
    for role in ("sync", "relay"):
        led = role in leaders and leaders[role]["leads"]
        told = f"{leaders[role]['holder']} leads" if led else "nobody leads"
        step = None if led else "tidegate up, or tidegate processor and tidegate relay"
        yield Checked(f"{role} leader", OK if led else WARNING, told, step)
    for row in subscriptions.listed(db):
        if not row["enabled"]:
            step = f"tidegate subscriptions enable {row['name']} --reason …"
            yield Checked(f"subscription {row['name']}", WARNING, f"off: {row['reason']}", step)
    running = live(db)
    for line in differences(running):
        yield Checked("processes", WARNING, line, "restart those that are older")
    yield Checked("processes", OK, f"{len(running)} run")


def _place(db: Database, patient: Patient) -> list[Checked]:
    here = place_of(db, patient.settings.environment)
    home = kept(db)
    if home is None:
        return [Checked("place", OK, "nobody has started on this database yet")]
    there = Place(home["server"], home["database_name"], home["environment"], here.file)
    if there.same(here):
        return [Checked("place", OK, here.text())]
    told = f"this database was at home in {there.text()}, and is now in {here.text()}"
    return [Checked("place", PROBLEM, told, "tidegate db adopt")]


def _clocks(db: Database, patient: Patient) -> Checked:
    told = db.read("events/ping", {})["now"][0]["now"]
    here = patient.clock.now().replace(tzinfo=None)
    skew = abs((datetime.fromisoformat(told) - here).total_seconds())
    if skew <= SKEW:
        return Checked("clocks", OK, f"{skew:.2f} s apart")
    step = "let both machines take their time from one server (NTP)"
    return Checked("clocks", WARNING, f"this machine and the database are {skew:.0f} s apart", step)


def _disk(folder: Path, floor: int) -> Checked:
    import shutil

    free = shutil.disk_usage(folder).free
    told = f"{free // _MIB} MiB are free beside the database"
    if floor and free < 2 * floor:
        return Checked("disk", WARNING, told, f"below {floor // _MIB} MiB nothing is accepted")
    return Checked("disk", OK, told)


def _examined(name: str, build: Callable[[], Adapter]) -> Callable[[], list[Checked]]:
    def examined() -> list[Checked]:
        adapter = build()
        try:
            return [_capabilities(name, adapter), _health(name, adapter)]
        finally:
            adapter.close()

    return examined


def _capabilities(name: str, adapter: Adapter) -> Checked:
    blind = sorted(n for n, each in adapter.commands.items() if each.repeat is Repeat.NEVER)
    told = f"{len(adapter.commands)} commands"
    if not blind:
        return Checked(f"adapter {name}", OK, told)
    text = f"{told}; nobody can look up whether these took effect: {', '.join(blind)}"
    step = "their unknown outcomes become letters that a person resolves (on_unknown)"
    return Checked(f"adapter {name}", WARNING, text, step)


def _health(name: str, adapter: Adapter) -> Checked:
    try:
        adapter.health()
    except TidegateError as error:
        return Checked(f"{name} answers", PROBLEM, str(error), error.next_step)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        return Checked(f"{name} answers", PROBLEM, told, "is it up, and its address right?")
    return Checked(f"{name} answers", OK, "its health is fine")
