"""The database cannot take it: 503 with Retry-After, nothing promised, and all well afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.e2e.house import House, Process
from tests.e2e.wait import eventually

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prlimit"),
]


@contextmanager
def full_disk(process: Process) -> Iterator[None]:
    """No file of the process may grow, which is what a full disk does to it; its log neither."""
    import resource

    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))


def item(number: int) -> dict[str, Any]:
    return {"item_id": f"disk-{number}", "name": "Item", "sku": f"DISK-{number}"}


def is_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_full_disk_is_503_and_what_comes_later_is_taken(parts: House) -> None:
    process = parts.up()
    before = parts.accepted(item(0))
    parts.ended(before)
    with full_disk(process):
        for number in range(1, 4):
            is_unavailable(parts.product(item(number)))
        is_unavailable(parts.line_date("disk", "2026-12-01"))
        assert parts.http.get("/ping").status_code == 200
    assert [each["key"] for each in parts.effects()] == ["DISK-0"]
    after = eventually("the disk has room", 10, lambda: taken(parts, item(1)))
    assert after != before
    parts.ended(after)
    assert parts.line_date("disk", "2026-12-01").status_code == 200
    counts = {each["key"]: each["count"] for each in parts.effects()}
    assert counts == {"DISK-0": 1, "DISK-1": 1, "106001/10000": 1}


def test_a_file_that_is_gone_is_503_until_it_is_back(parts: House) -> None:
    parts.up()
    before = parts.accepted(item(0))
    parts.ended(before)
    away = parts.database.rename(parts.folder / "away.sqlite")
    is_unavailable(parts.product(item(1)))
    is_unavailable(parts.http.get("/ready"))
    away.rename(parts.database)
    parts.ended(parts.accepted(item(1)))
    assert parts.event(before)["state"] == "applied"


def test_another_file_in_its_place_is_not_written_to(parts: House) -> None:
    parts.up()
    parts.ended(parts.accepted(item(0)))
    parts.database.rename(parts.folder / "away.sqlite")
    parts.database.write_bytes((parts.folder / "away.sqlite").read_bytes())
    is_unavailable(parts.product(item(1)))


def taken(house: House, product: dict[str, Any]) -> str | None:
    posted = house.product(product)
    return str(posted.json()["event_id"]) if posted.status_code == 202 else None
