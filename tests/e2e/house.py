"""A house of real processes in a folder of its own, and what a test does to it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from sql.migrate import upgrade
from sql.open import open_database
from tests.e2e import warm
from tests.e2e.wait import eventually
from tidegate.clock import SystemClock

WEBHOOK_KEY = "e2e-webhook-key-0123456789abcdef"
ADMIN_KEY = "e2e-admin-key-0123456789abcdef"
SECRET = "whsec_" + "QUJD" * 10
ZOHO = {"X-Webhook-Key": WEBHOOK_KEY}
API = {"X-API-Key": ADMIN_KEY}
START_LIMIT = 30.0
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


def _hear_interrupts() -> None:
    # A suite that a script runs in the background hands its children a SIGINT that is ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _program(
    script: Path | None, args: list[str], folder: Path, env: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    tidegate = Path(sys.executable).with_name("tidegate")
    with log.open("ab") as words:
        return subprocess.Popen(
            [*([sys.executable, script] if script else [tidegate]), *args],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            preexec_fn=_hear_interrupts,
        )


class Process:
    """One `tidegate …`; its words go to a log beside the others'.

    Args:
        script: Python that is run in its place, with the same arguments.
        forked: whether it may begin where its imports are over (`warm`).
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        args: list[str],
        env: Mapping[str, str],
        script: Path | None = None,
        *,
        forked: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._log = folder / f"{name}.log"
        self._log.touch()
        self._begins = self._log.stat().st_size
        kept = {each: os.environ[each] for each in _KEPT if each in os.environ}
        given = {**kept, "WEBHOOK_KEY": WEBHOOK_KEY, "ADMIN_KEY": ADMIN_KEY, **env}
        self._popen: subprocess.Popen[bytes] | warm.Forked
        if forked and warm.USABLE and script is None:
            self._popen = warm.source().start(args, folder, given, self._log)
        else:
            self._popen = _program(script, args, folder, given, self._log)
        self.pid = self._popen.pid

    def said(self) -> str:
        """Everything it has written since it began."""
        return self._log.read_bytes()[self._begins :].decode(errors="replace")

    def says(self, pattern: str, seconds: float = START_LIMIT) -> str:
        """Wait for a line; the pattern's first group."""

        def look() -> str | None:
            found = re.search(pattern, self.said())
            if found is None and self.ended() is not None:
                raise AssertionError(f"{self.name} ended ({self.ended()}):\n{self.said()}")
            return found[1] if found else None

        return eventually(f"{self.name} says {pattern}", seconds, look)

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._popen.send_signal(number)

    def kill(self) -> None:
        """End it without a word, frozen or not."""
        self._popen.kill()
        self._popen.wait(10)

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._popen.poll()

    def terminate(self) -> int:
        """Ask it to stop; its exit code."""
        self._popen.terminate()
        return self._popen.wait(30)


class House:
    """Processes on one database; whatever runs at the end is killed.

    Args:
        folder: where files and logs are kept.
        env: further settings of every process.
        forked: as in `Process`; not where a start itself is what is tested.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str] | None = None, *, forked: bool = True
    ) -> None:
        self.folder = folder
        self.dir = folder / "house"
        self._env = dict(env or {})
        self._forked = forked
        self._ports: dict[str, str] = {}
        self._running: list[Process] = []
        self.http = httpx.Client(timeout=40, trust_env=False)
        self.sandbox = httpx.Client(timeout=10, trust_env=False)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.dir / "tidegate.sqlite"

    def with_schema(self) -> None:
        """Make the database that roles on their own want to find."""
        database = open_database(None, None, self.dir, SystemClock(), "test")
        upgrade(database, SystemClock())
        database.close()

    def up(self, script: Path | None = None) -> Process:
        """Everything in one process, ready; the ports of the first start stay.

        Args:
            script: as in `start`.
        """
        ports = ["--port", self._port("public"), "--sandbox-port", self._port("sandbox")]
        process = self.start("up", "up", *ports, script=script)
        self._public(process)
        self._sandbox(process)
        return process

    def up_alone(self, **env: str) -> Process:
        """Everything in one process but the sandbox, ready, under further settings."""
        self._env |= env
        process = self.start("up", "up", "--no-sandbox", "--port", self._port("public"))
        self._public(process)
        return process

    def ingest(self) -> Process:
        """The public port alone, ready."""
        process = self.start("ingest", "ingest", "--port", self._port("public"))
        self._public(process)
        return process

    def sandbox_alone(self) -> Process:
        """The sandbox ERP alone, ready; later processes write to it."""
        process = self.start("sandbox", "sandbox", "--port", self._port("sandbox"))
        self._sandbox(process)
        self._env |= {"ERP_ADAPTER": "sandbox", "ERP_BASE_URL": str(self.sandbox.base_url)}
        return process

    def processor(
        self, name: str, script: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Process:
        """A drain alone, running; `script` and `env` as in `start`."""
        process = self.start(name, "processor", script=script, env=env)
        process.says("(tidegate processor runs)")
        return process

    def relay(self, name: str) -> Process:
        """A sender alone, running."""
        process = self.start(name, "relay")
        process.says("(tidegate relay runs)")
        return process

    def start(
        self,
        name: str,
        verb: str,
        *args: str,
        script: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """`tidegate VERB` on this house's folder; `env`: settings of this process alone."""
        told = [verb, "--dir", str(self.dir), *args]
        given = self._env | dict(env or {})
        process = Process(self.folder, name, told, given, script, forked=self._forked)
        self._running.append(process)
        return process

    def close(self) -> None:
        """Kill what runs."""
        for process in self._running:
            process.kill()
        self.http.close()
        self.sandbox.close()

    def product(self, item: Mapping[str, Any]) -> httpx.Response:
        """Post an item as Zoho does."""
        return self.http.post("/webhooks/products", json={"item": item}, headers=ZOHO)

    def accepted(self, item: Mapping[str, Any], verdict: str = "new") -> str:
        """Post an item that must be accepted so; the event's id."""
        posted = self.product(item)
        assert (posted.status_code, posted.json()["verdict"]) == (202, verdict), posted.text
        return str(posted.json()["event_id"])

    def line_date(
        self, key: str, new_date: str, line: int = 10000, wait: int = 30
    ) -> httpx.Response:
        """Ask for a new date of a line of the order that the sandbox was born with."""
        return self.http.post(
            f"/api/v1/purchasing/po/106001/lines/{line}/date",
            json={"new_date": new_date, "reason": "The supplier is late"},
            headers=API | {"Idempotency-Key": key, "Prefer": f"wait={wait}"},
        )

    def event(self, event_id: str) -> dict[str, Any]:
        """What `GET /events/{id}` says."""
        found = self.http.get(f"/events/{event_id}", headers=API)
        assert found.status_code == 200, found.text
        value: dict[str, Any] = found.json()
        return value

    def ended(self, event_id: str, state: str = "applied", seconds: float = 10) -> dict[str, Any]:
        """Wait until the event is in a state."""

        def look() -> dict[str, Any] | None:
            event = self.event(event_id)
            return event if event["state"] == state else None

        return eventually(f"{event_id} is {state}", seconds, look)

    def leader(self, name: str = "sync") -> dict[str, Any]:
        """The row of the one that drains, or relays: its epoch, holder and age."""
        value: dict[str, Any] = self.http.get("/health").json()["leaders"][name]
        return value

    def led_by(self, process: Process, name: str = "sync") -> bool | None:
        """True when the process leads, else None."""
        return str(self.leader(name)["holder"]).endswith(f":{process.pid}") or None

    def fault(self, **fault: str | float) -> None:
        """Register a fault of the sandbox."""
        assert self.sandbox.post("/sandbox/faults", json=fault).status_code == 201

    def effects(self, key: str | None = None) -> list[dict[str, Any]]:
        """The sandbox's effects, all or those on one record."""
        found = self.sandbox.get("/sandbox/effects").json()
        return [each for each in found if key in (None, each["key"])]

    def ledger(self) -> list[dict[str, Any]]:
        """Every effect with what was asked, in order."""
        value: list[dict[str, Any]] = self.sandbox.get("/sandbox/ledger").json()
        return value

    def _public(self, process: Process) -> None:
        url = process.says(r"tidegate     (http://\S+)")
        self._ports["public"] = url.rpartition(":")[2]
        self.http.base_url = httpx.URL(url)
        eventually("/ready answers 200", START_LIMIT, lambda: answers(self.http, "/ready"))

    def _sandbox(self, process: Process) -> None:
        url = process.says(r"sandbox ERP  (http://\S+)")
        self._ports["sandbox"] = url.rpartition(":")[2]
        self.sandbox.base_url = httpx.URL(url)

    def _port(self, name: str) -> str:
        return self._ports.get(name, "0")


def answers(http: httpx.Client, path: str) -> bool | None:
    """True where a path answers 200, else None."""
    try:
        return http.get(path).status_code == 200 or None
    except httpx.TransportError:
        return None
