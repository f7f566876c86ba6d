"""Texts that are kept are measured as SQL Server measures them, through the real routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.served import Served

ROCKET = "\U0001f680"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.close()


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def send(served: Served, value: object) -> int:
    return served.post("/webhooks/products", json.dumps(value).encode()).status_code


@pytest.mark.parametrize(("rockets", "kept_as"), [(200, "live"), (201, "dead")])
def test_an_id_has_as_many_units_as_its_column(served: Served, rockets: int, kept_as: str) -> None:
    assert send(served, {"item": {"item_id": ROCKET * rockets, "name": "Disk"}}) == 202
    [row] = served.rows("SELECT state FROM inbox")
    assert row["state"] == kept_as


def test_the_text_of_a_key_is_cut_to_its_column_and_no_character_in_two(served: Served) -> None:
    assert send(served, {"item": {"item_id": "x" + ROCKET * 199, "name": "Disk"}}) == 202
    [row] = served.rows("SELECT text FROM order_key")
    assert (units(row["text"]), row["text"][-1]) == (399, ROCKET)


@pytest.mark.parametrize(("rockets", "status"), [(200, 202), (201, 422)])
def test_an_envelopes_id_has_as_many_units_as_its_column(
    served: Served, rockets: int, status: int
) -> None:
    data = {"item_id": "1", "name": "Disk"}
    envelope = {"event_type": "item.updated", "id": ROCKET * rockets, "data": data}
    assert send(served, envelope) == status
