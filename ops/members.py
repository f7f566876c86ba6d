"""Gzip members of a file: each a batch of lines that was written at once.

What a crash, or a disk, left of one that is not whole is passed over; whole ones behind it count.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"\x1f\x8b\x08"
_CHUNK = 65_536
_GZIP = 31
"""Of `zlib`: the window's bits, with a gzip header and a checksum at the end."""


@dataclass(frozen=True, slots=True)
class Member:
    """A whole one.

    Args:
        raw: as it is in the file.
        end: where the next one begins.
    """

    raw: bytes
    text: bytes
    end: int

    @property
    def lines(self) -> list[bytes]:
        """Without what ends them."""
        return self.text.splitlines()


def members(data: bytes) -> Iterator[Member]:
    """The whole ones, in order."""
    at = 0
    while at >= 0:
        found = _member(data, at)
        if found is not None:
            yield found
        at = found.end if found is not None else data.find(_MAGIC, at + 1)
        if at == len(data):
            return


def packed(lines: list[bytes]) -> bytes:
    """One member of these lines."""
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def replace(path: Path, data: bytes) -> None:
    """Let the file be `data`, readable by its owner alone; without any it goes."""
    if data:
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    else:
        path.unlink()
    sync(path.parent)


def sync(folder: Path) -> None:
    """Wait until the names in it are on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _member(data: bytes, start: int) -> Member | None:
    unpack, text, at = zlib.decompressobj(_GZIP), [], start
    try:
        while not unpack.eof and at < len(data):
            chunk = data[at : at + _CHUNK]
            text.append(unpack.decompress(chunk))
            at += len(chunk)
    except zlib.error:
        return None
    if not unpack.eof:
        return None
    end = at - len(unpack.unused_data)
    return Member(data[start:end], b"".join(text), end)
