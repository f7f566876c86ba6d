"""The archive: events as compressed JSON lines in a folder, before they leave the database.

Several houses may be given one folder: each has a folder of its own in it, named by its
installation's id, and reads and writes no other. A copy of a database has an id of its own.
Files are named by the month of their going, `tidegate-events-2027-01.jsonl.gz`, and once that is
full `…-01_0002.jsonl.gz`: it is the leader who writes, and reads them whole. Each batch is a gzip
member of its own, on disk before anything is deleted, so a crash in between writes an event twice
and loses none. Readers take its last line that still has the body.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.members import members, packed, replace, sync
from sql.database import Database, Row, Rows
from sql.install import kept
from tidegate.errors import ConfigError

NAME = "tidegate-events-{:%Y-%m}{}.jsonl.gz"
PATTERN = "tidegate-events-*.jsonl.gz"
FULL = 8 * 2**20
"""Bytes at which a file is full: to read one, or to write it anew, must not keep the drain."""

BYTES = "base64"
"""The key of an object that stands for bytes."""

_SINGLE = ("inbox", "payload")
_TABLES = ("delivery", "sync_attempt", "attempt_body", "dead_letter", "letter_note", "audit_trail")
_BY_UUID = ("delivery", "letter_note")


class Archive:
    """A folder of archived events.

    Args:
        folder: is made when there is something to write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: tuple[Path, int] | None = None

    @classmethod
    def of(cls, db: Database, folder: Path) -> Archive:
        """The archive of the installation that `db` holds, in a folder that others may use too.

        Raises `ConfigError` where nobody has started on the database yet, so that it has no id.
        """
        home = kept(db)
        if home is None:
            raise ConfigError(
                "nobody has started on this database yet, so nothing of it is archived",
                next_step="tidegate up",
            )
        return cls(folder / str(home["uuid"]).lower())

    def append(self, events: Iterable[Mapping[str, Any]], at: datetime) -> None:
        """Write events, and wait until they are on disk. Raises `ConfigError` where it cannot."""
        lines = [json.dumps(each, default=_plain).encode() for each in events]
        if not lines:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._open_file(at), packed(lines))
        except OSError as error:
            raise self._unwritable(error, "nothing is deleted until then") from error

    def _open_file(self, at: datetime) -> Path:
        """The month's last one, or the one behind it."""
        names = self._folder.glob(NAME.format(at, "*"))
        last = max(names, default=self._folder / NAME.format(at, ""))
        if not last.exists() or last.stat().st_size < FULL:
            return last
        number = last.name.partition("_")[2].partition(".")[0] or "1"
        return self._folder / NAME.format(at, f"_{int(number) + 1:04}")

    def _write(self, path: Path, member: bytes) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            size = file.tell()
            # What this process left whole, and nobody has touched since, is not read again.
            if (path, size) != self._whole:
                size = _cut_back(path, size)
            file.write(member)
            file.flush()
            os.fsync(file.fileno())
        sync(self._folder)
        self._whole = path, size + len(member)

    def _unwritable(self, error: OSError, meanwhile: str) -> ConfigError:
        return ConfigError(
            f"the archive {self._folder} cannot be written: {error}",
            next_step=f"make the folder writable, or change [retention] archive; {meanwhile}",
        )

    def events(self) -> Iterator[dict[str, Any]]:
        """Every archived event, oldest file first."""
        for path in self.files():
            for member in members(path.read_bytes()):
                yield from map(json.loads, member.lines)

    def files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self._folder.glob(PATTERN))

    def find(self, uuid: str) -> dict[str, Any] | None:
        """The fullest record of one event."""
        found = [each for each in self.events() if each["inbox"]["uuid"] == uuid]
        whole = [each for each in found if each["payload"].get("erased_at") is None]
        return next(iter(reversed(whole or found)), None)

    def holds(self, place: Mapping[str, str]) -> bool:
        """Whether there is an event of `{source, entity, entity_id}` in it."""
        return any(_is_at(each, place) for each in self.events())

    def forget(self, path: Path, place: Mapping[str, str]) -> int:
        """Rewrite a file without the events of `{source, entity, entity_id}`; how many lines went.

        Raises `ConfigError` where it cannot.
        """
        try:
            return _forget(path, place)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise self._unwritable(error, "and erase it again") from error


def records(rows: Rows) -> Iterator[dict[str, Any]]:
    """One record an event, from what `prune/read` found."""
    for event in rows["inbox"]:
        record: dict[str, Any] = {"inbox": event}
        payload = [row for row in rows["payload"] if row["event_id"] == event["id"]]
        record["payload"] = payload[0] if payload else {}
        for table in _TABLES:
            record[table] = [row for row in rows[table] if _is_of(table, row, event)]
        yield record


def bytes_of(value: Any) -> bytes | None:
    """What `BYTES` stands for; None for None."""
    return None if value is None else base64.b64decode(value[BYTES])


def _is_of(table: str, row: Row, event: Row) -> bool:
    if table in _BY_UUID:
        return bool(row["event_uuid"] == event["uuid"])
    return bool(row["event_id"] == event["id"])


def _forget(path: Path, place: Mapping[str, str]) -> int:
    data = path.read_bytes()
    told = json.dumps(place["entity_id"]).encode()
    kept, gone, whole = [], 0, 0
    for member in members(data):
        whole += len(member.raw)
        lines = member.lines if told in member.text else []
        rest = [line for line in lines if told not in line or not _is_at(json.loads(line), place)]
        gone += len(lines) - len(rest)
        if len(rest) == len(lines):
            kept.append(member.raw)
        elif rest:
            kept.append(packed(rest))
    # Half a member says something of somebody, and of nothing that is not in the database still.
    if gone or whole < len(data):
        replace(path, b"".join(kept))
    return gone


def _is_at(record: Mapping[str, Any], place: Mapping[str, str]) -> bool:
    event = record["inbox"]
    found = (event["source"], event["entity"], event["entity_text"])
    return bool(found == (place["source"], place["entity"], place["entity_id"]))


def _cut_back(path: Path, size: int) -> int:
    """Take half a member off the end, so that what follows can be read; the size then."""
    whole = max((each.end for each in members(path.read_bytes())), default=0) if size else 0
    if whole < size:
        os.truncate(path, whole)
    return whole


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {BYTES: base64.b64encode(value).decode()}
    return str(value)
