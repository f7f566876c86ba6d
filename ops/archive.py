"""The archive: events as compressed JSON lines in a folder, before they leave the database.

One file a month of their going, `tidegate-events-2027-01.jsonl.gz`; each batch is a gzip member of
its own, on disk before anything is deleted, so a crash in between writes an event twice and loses
none. Readers take its last line that still has the body.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sql.database import Row, Rows
from tidegate.errors import ConfigError

NAME = "tidegate-events-{:%Y-%m}.jsonl.gz"
PATTERN = "tidegate-events-*.jsonl.gz"
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

    def append(self, events: Iterable[Mapping[str, Any]], at: datetime) -> None:
        """Write events, and wait until they are on disk. Raises `ConfigError` where it cannot."""
        lines = "".join(json.dumps(each, default=_plain) + "\n" for each in events)
        if not lines:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._folder / NAME.format(at), gzip.compress(lines.encode(), mtime=0))
        except OSError as error:
            raise ConfigError(
                f"the archive {self._folder} cannot be written: {error}",
                next_step="make the folder writable, or change [retention] archive; "
                "nothing is deleted until then",
            ) from error

    def _write(self, path: Path, member: bytes) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            _cut_back(path, file.tell())
            file.write(member)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def events(self) -> Iterator[dict[str, Any]]:
        """Every archived event, oldest file first."""
        for path in sorted(self._folder.glob(PATTERN)):
            yield from _lines(path)

    def find(self, uuid: str) -> dict[str, Any] | None:
        """The fullest record of one event."""
        found = [each for each in self.events() if each["inbox"]["uuid"] == uuid]
        whole = [each for each in found if each["payload"].get("erased_at") is None]
        return next(iter(reversed(whole or found)), None)

    def forget(self, uuids: set[str]) -> int:
        """Rewrite the files without these events; how many lines went."""
        return sum(_without(path, uuids) for path in sorted(self._folder.glob(PATTERN)))


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


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except EOFError:
        # A crash left half a member at the end: those events are in the database still.
        return


def _without(path: Path, uuids: set[str]) -> int:
    lines = list(_lines(path))
    kept = [each for each in lines if each["inbox"]["uuid"] not in uuids]
    if len(kept) == len(lines):
        return 0
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(
            gzip.compress("".join(json.dumps(each) + "\n" for each in kept).encode(), mtime=0)
        )
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return len(lines) - len(kept)


def _cut_back(path: Path, size: int) -> None:
    """Take half a member off the end, so that what follows can be read."""
    if size == 0:
        return
    whole = _whole(path)
    if whole < size:
        os.truncate(path, whole)


def _whole(path: Path) -> int:
    """How many bytes of the file are whole members."""
    import zlib

    end, data = 0, path.read_bytes()
    while end < len(data):
        member = zlib.decompressobj(wbits=31)
        try:
            member.decompress(data[end:])
        except zlib.error:
            return end
        if not member.eof:
            return end
        end = len(data) - len(member.unused_data)
    return end


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {BYTES: base64.b64encode(value).decode()}
    return str(value)
