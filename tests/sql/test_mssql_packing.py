"""A document keeps its meaning on the way to SQL Server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sql import standin
from sql.mssql import MssqlDatabase
from sql.packing import packed
from tests.sql.scenario import A1, BODY, SYNC, acceptance, delivery, fenced, standing
from tidegate.errors import Unstorable


def unpacked(doc: dict[str, Any]) -> Any:
    text, blob = packed(doc)

    def placed(row: dict[str, Any]) -> dict[str, Any]:
        return {
            key: blob[value : value + row[f"{key}_len"]] if f"{key}_len" in row else value
            for key, value in row.items()
            if not key.endswith("_len")
        }

    return json.loads(text, object_hook=placed)


def test_bytes_of_rows_and_scalars_come_back_from_the_blob() -> None:
    doc = {"one": b"\0\xff", "rows": [{"a": b"x" * 40, "b": b""}, {"a": b"yz", "b": 7}]}
    assert unpacked(doc) == {
        "one": b"\0\xff",
        "rows": [{"row_no": 0, "a": b"x" * 40, "b": b""}, {"row_no": 1, "a": b"yz", "b": 7}],
    }


def test_a_list_of_digests_becomes_the_list_of_their_offsets() -> None:
    text, blob = packed({"first": b"abc", "heads": [b"h" * 32, b"i" * 32]})
    assert json.loads(text)["heads"] == [3, 35]
    assert blob == b"abc" + b"h" * 32 + b"i" * 32


def test_what_is_none_is_left_out_and_a_truth_is_a_number() -> None:
    assert unpacked({"a": None, "rows": [{"b": None, "c": True}], "d": False}) == {
        "rows": [{"row_no": 0, "c": 1}],
        "d": 0,
    }


def test_texts_and_lists_of_texts_stay_as_they_are() -> None:
    doc = {"text": "Größe 😀 \"'\\\n", "uuids": ["a", "b"], "none": []}
    assert unpacked(doc) == doc


def test_scalars_stand_before_lists_where_json_value_finds_them_soon() -> None:
    assert list(json.loads(packed({"rows": [{}], "epoch": 1}, "now")[0])) == [
        "now",
        "epoch",
        "rows",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "half a pair: \ud83d"])
def test_what_no_column_could_hold_is_refused(value: object) -> None:
    with pytest.raises(Unstorable):
        packed({"rows": [{"a": value}]})


def test_the_stand_in_is_sent_nothing_that_json_would_escape() -> None:
    hard = "".join(map(chr, range(0x20))) + '"\\'
    text, _ = packed({"a": hard}, None, standin.THERE)
    assert "\\" not in text
    assert json.loads(text)["a"].translate(standin.BACK) == hard


@pytest.mark.mssql
def test_hard_texts_and_bytes_come_back_from_the_server(server: MssqlDatabase) -> None:
    doc = dict(acceptance())
    hard = "quote \" apostrophe ' backslash \\ line\nbreak tab\t <&> ; {?} 😀"
    asked = delivery(1, A1)
    doc["deliveries"] = [asked | {"headers": hard, "reason": hard, "message_id": hard}]
    doc["events"] = [doc["events"][0] | {"entity_text": hard}]
    doc["queue"], doc["letters"] = doc["queue"][:1], []
    server.run("ingest/accept", doc)
    found = server.read("events/delivery", {"uuid": asked["uuid"]})["delivery"][0]
    assert found["reason"] == hard
    named = server.read("events/message", {"text": hard})["found"]
    assert [row["event_uuid"] for row in named] == [A1]
    assert server.read("events/get", {"uuid": A1})["event"][0]["entity_text"] == hard


@pytest.mark.mssql
def test_a_body_of_a_megabyte_comes_back_whole(server: MssqlDatabase) -> None:
    doc = dict(acceptance())
    doc["events"] = [doc["events"][2] | {"body": BODY * 4000}]
    doc["queue"], doc["letters"] = doc["queue"][2:], []
    server.run("leader/raise", standing(SYNC, 0, 0))
    server.run("ingest/accept", doc)
    claimed = server.run("queue/claim", fenced(SYNC, target="sandbox", n=1))["claimed"]
    assert claimed[0]["body"] == BODY * 4000
