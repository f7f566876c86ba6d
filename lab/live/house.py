"""A house in parts: the processes, the proxies between them, and what they run with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from lab.live.processes import Processes
from lab.live.proxy import Proxy
from lab.live.senders import Senders
from lab.live.troubles import PROCESSORS, STANDS_BY
from sql.database import Database
from sql.migrate import upgrade
from sql.reads import rows
from sql.tables.inbox import inbox
from tidegate.clock import Clock
from tidegate.errors import ConfigError

DISK_FLOOR = "4194304"
"""Bytes; what is left when ingest says no, before the database itself must."""

CONFIG = """
[adapters.sandbox]
timeout = 1.0

[entities."zoho.products"]
kind = "state"
order = "strict"
on_dead = "block"

[entities."zoho.products".retry]
base = 0.05
cap = 1.0
attempts = 1000
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run.

    Args:
        seconds: for how long the house is broken.
        seed: draws the troubles.
        rate: posts a second.
        open_db: opens the database of a DSN; None and a folder: SQLite there.
        dsn: of a server; its address is replaced by the proxy's through `through`.
        through: the DSN by way of a local port.
        server: host and port of that server.
        restart: a command that restarts the database.
    """

    seconds: float
    seed: int
    rate: float
    items: int
    open_db: Callable[[str | None, Path], Database]
    dsn: str | None = None
    through: Callable[[int], str] | None = None
    server: tuple[str, int] | None = None
    restart: str | None = None


class House:
    """The processes, the proxies between them, and the database, for whoever looks on."""

    def __init__(self, asked: Asked, folder: Path, clock: Clock, db: Database) -> None:
        self._asked = asked
        self._folder = folder
        self.db = db
        self.processes = Processes(
            folder, folder / "house", {"ENVIRONMENT": "local", "DISK_FLOOR": DISK_FLOOR}, clock
        )
        self.database: Proxy | None = None
        if asked.through is not None and asked.server is not None:
            self.database = Proxy(asked.server)
            self.processes.env["DB_DSN"] = asked.through(self.database.port)
        self._ports: dict[str, int] = {}

    @classmethod
    @contextmanager
    def started(cls, asked: Asked, folder: Path, clock: Clock) -> Iterator[House]:
        """All of them, on a schema that is up to date; killed at the end.

        Raises `ConfigError` where the database holds events.
        """
        place = folder / "house"
        place.mkdir(exist_ok=True)
        (folder / "tidegate.toml").write_text(CONFIG)
        with closing(asked.open_db(asked.dsn, place)) as db:
            upgrade(db, clock)
            _must_be_empty(db)
            house = cls(asked, folder, clock, db)
            try:
                house._start()
                yield house
            finally:
                house.processes.close()

    def senders(self) -> Senders:
        """Who will post as it was asked."""
        url, key = f"http://127.0.0.1:{self.door.port}", self.processes.keys["WEBHOOK_KEY"]
        return Senders(url, key, self._asked.items, self._asked.rate)

    def _start(self) -> None:
        dir_ = str(self._folder / "house")
        self.processes.start("sandbox", "sandbox", "--dir", str(self._folder), "--port", "0")
        self.sandbox = self.processes.says("sandbox", r"sandbox ERP  (http://\S+)")
        self.erp = Proxy(("127.0.0.1", _port(self.sandbox)))
        erp = f"http://127.0.0.1:{self.erp.port}"
        self.processes.env |= {"ERP_ADAPTER": "sandbox", "ERP_BASE_URL": erp}
        self.processes.start("ingest", "ingest", "--dir", dir_, "--port", "0")
        public = self.processes.says("ingest", r"tidegate     (http://\S+)")
        self._ports["ingest"] = _port(public)
        self.door = Proxy(("127.0.0.1", self._ports["ingest"]))
        for name in (*PROCESSORS, "relay"):
            self.role(name)
        for name in PROCESSORS:
            self.processes.says(name, STANDS_BY)

    def role(self, name: str) -> None:
        """Start a role that does not run, where it was."""
        verb = name.partition("-")[0]
        told = [verb, "--dir", str(self._folder / "house")]
        if name == "ingest":
            told += ["--port", str(self._ports["ingest"])]
        self.processes.start(name, *told)


def _must_be_empty(db: Database) -> None:
    if rows(db, select(inbox.c.id).limit(1)):
        raise ConfigError(
            "the database holds events of an earlier run, and what the ERP made of them is gone",
            next_step="make an empty database for it",
        )


def _port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])
