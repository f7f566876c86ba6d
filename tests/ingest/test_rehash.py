"""Events that an earlier rule version hashed are compared by their stored bodies, hashed anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.served import SECRETS, Served
from tidegate.config import load_config

CONFIG = """
[sources.signed]
preset = "static_key"
secrets = ["WEBHOOK_KEY"]
entity_id = "record:/id"
message_id = "record:/message"

[entities."signed.orders"]
kind = "stream"
"""
KEY = {"X-Webhook-Key": SECRETS["WEBHOOK_KEY"]}
ITEM = {"item_id": "1", "name": "Disk"}
ORDER = {"id": "1", "message": "m-1", "total": 1}
PRODUCTS, ORDERS = "/webhooks/products", "/webhooks/signed/orders"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    path = tmp_path / "tidegate.toml"
    path.write_text(CONFIG)
    made = Served(tmp_path, load_config(path))
    yield made
    made.close()


def verdict(served: Served, path: str, record: object) -> str:
    body = {"item": record} if path == PRODUCTS else record
    answer = served.post(path, json.dumps(body).encode(), KEY)
    return str(answer.json()["verdict"])


def age(served: Served) -> None:
    """Make all that is there the work of an earlier version, whose hashes were others."""
    with served.db.engine.begin() as connection:
        [[recent]] = connection.exec_driver_sql("SELECT recent FROM entity_head").fetchall()
        old = [{**each, "h": "00" * 32, "r": 0} for each in json.loads(recent)]
        connection.exec_driver_sql("UPDATE entity_head SET recent = ?", (json.dumps(old),))
        connection.exec_driver_sql(
            "UPDATE inbox SET rule_version = 0, content_hash = ?", (bytes(32),)
        )


@pytest.mark.parametrize(("path", "record"), [(PRODUCTS, ITEM), (ORDERS, ORDER)])
def test_what_an_earlier_version_accepted_is_known_again(
    served: Served, path: str, record: dict[str, object]
) -> None:
    assert verdict(served, path, record) == "new"
    age(served)
    assert verdict(served, path, record) == "duplicate"


@pytest.mark.parametrize(
    ("path", "record", "expected"),
    [(PRODUCTS, ITEM | {"name": "Tape"}, "new"), (ORDERS, ORDER | {"total": 2}, "conflict")],
)
def test_other_content_is_told_from_what_an_earlier_version_accepted(
    served: Served, path: str, record: dict[str, object], expected: str
) -> None:
    verdict(served, path, ITEM if path == PRODUCTS else ORDER)
    age(served)
    assert verdict(served, path, record) == expected


@pytest.mark.parametrize(
    ("path", "record", "expected"), [(PRODUCTS, ITEM, "new"), (ORDERS, ORDER, "duplicate")]
)
def test_a_body_that_is_gone_matches_nothing_and_an_id_is_known_without_it(
    served: Served, path: str, record: dict[str, object], expected: str
) -> None:
    verdict(served, path, record)
    age(served)
    with served.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payload SET body = x'', erased_at = '2026-11-21 00:00'")
    assert verdict(served, path, record) == expected


def test_only_the_newest_of_a_channel_is_hashed_anew(served: Served) -> None:
    stamped = [ITEM | {"last_modified_time": f"2026-11-20T1{n}:00:00Z"} for n in range(2)]
    for each in stamped:
        verdict(served, PRODUCTS, each)
    age(served)
    assert verdict(served, PRODUCTS, stamped[1]) == "duplicate"
    [head] = served.rows("SELECT recent FROM entity_head")
    assert [each["r"] for each in json.loads(head["recent"])] == [0, 0], "nothing moved the head"
    verdict(served, PRODUCTS, ITEM | {"last_modified_time": "2026-11-20T12:00:00Z"})
    [head] = served.rows("SELECT recent FROM entity_head")
    assert [each["r"] for each in json.loads(head["recent"])] == [0, 1, 1]
