"""Who runs: every role's process says that it is there, which release it is, and how set up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sql.database import Database, Row
from tidegate.errors import StoreError
from tidegate.telemetry import logger

SEEN_EVERY = 10.0
LIVE_S = 35
"""Seconds after which one that was not seen is held to be gone: three times it had a chance."""

_log = logger("process")


@dataclass(frozen=True, slots=True)
class Process:
    """One run of one role; `config_text` is the configuration, without secrets."""

    uuid: str
    role: str
    host: str
    pid: int
    version: str
    config_version: str
    config_text: str


class Presence:
    """A step that keeps this process's row fresh."""

    def __init__(self, db: Database, process: Process) -> None:
        self._db = db
        self._process = process

    def begin(self) -> None:
        """Write the row. Raises `StoreError`."""
        mine = self._process
        self._db.run("process/begin", asdict(mine))

    def step(self, now: float) -> float:
        """See `tidegate.step`."""
        self._seen(ended=False)
        return now + SEEN_EVERY

    def end(self) -> None:
        """A clean stop."""
        self._seen(ended=True)

    def _seen(self, *, ended: bool) -> None:
        try:
            self._db.run("process/seen", {"uuid": self._process.uuid, "ended": int(ended)})
        except StoreError as error:
            # Those who do the work say so louder; this one is only for people who look.
            _log.debug("process.unseen", error=str(error))


def live(db: Database) -> list[Row]:
    """The processes that run now, oldest first."""
    return db.read("process/live", {"within_s": LIVE_S})["processes"]


def differences(processes: list[dict[str, Any]]) -> list[str]:
    """What two that run together do not have in common, in words."""
    found = []
    for name, words in (("version", "releases"), ("config_version", "configurations")):
        by: dict[str, list[str]] = {}
        for each in processes:
            by.setdefault(each[name], []).append(f"{each['role']} {each['host']}:{each['pid']}")
        if len(by) > 1:
            told = "; ".join(f"{value[:12]}: {', '.join(who)}" for value, who in by.items())
            found.append(f"processes of different {words} run together ({told})")
    return found
