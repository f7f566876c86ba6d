"""`tidegate mapping`: sound or not, what it is made of, and one record tried."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import exits
from tests.cli.conftest import Run

WRONG = '[mapping.products.fields]\nunitPrize = "/rate"\n'
ITEM = '{"item": {"item_id": 1, "sku": "hd-1", "name": "Disk", "rate": 12345678901234567.12345}}'


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_mappings_are_sound(run: Run) -> None:
    ran = run("mapping", "check")
    assert (ran.code, ran.out) == (exits.OK, "")
    assert "10 mappings are sound" in ran.err


def test_a_wrong_one_is_named_with_its_place_and_a_guess(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, "other.toml", WRONG)
    ran = run("mapping", "check", path)
    assert ran.code == exits.PROBLEM
    assert f"{path}:2:1: 'unitPrize' is no field of items.upsert" in ran.err
    assert "did you mean 'unitPrice'?" in ran.err
    path.rename(tmp_path / "tidegate.toml")
    assert run("mapping", "check").code == exits.PROBLEM


def test_an_entity_without_mapping_is_named(run: Run, tmp_path: Path) -> None:
    text = '[sources.shop]\nsecrets = ["S"]\n[entities."shop.orders"]\nkind = "document"\n'
    write(tmp_path, "tidegate.toml", text)
    ran = run("mapping", "check")
    assert ran.code == exits.OK
    assert "shop.orders has no mapping" in ran.err


def test_a_mapping_is_shown_field_by_field(run: Run) -> None:
    rows: list[dict[str, Any]] = [
        json.loads(row)
        for row in run("mapping", "show", "zoho.invoices", "-o", "jsonl").out.splitlines()
    ]
    by_name = {row["field"]: row for row in rows}
    assert by_name["externalDocumentNumber"]["max"] == 35
    assert by_name["customerId"]["needs"] == "zoho.customers"
    assert by_name["lines.itemId"]["from"] == "/line_items/*/item_id"
    assert by_name["lines.lineType"]["from"] == "= Item"
    assert {row["command"] for row in rows} == {"salesInvoices.create"}


def test_a_short_name_will_do_and_variants_are_told(run: Run) -> None:
    ran = run("mapping", "show", "customers")
    assert "vendors.upsert" in ran.out
    assert "where /contact_type is vendor: vendors.upsert" in ran.err
    document = run("mapping", "show", "customers", "-o", "json").json
    assert document["mapping"]["when"][0]["is"] == ["vendor"]


def test_an_unknown_name_is_answered_with_a_guess(run: Run) -> None:
    ran = run("mapping", "show", "zoho.invoice")
    assert ran.code == exits.USAGE
    assert "did you mean 'zoho.invoices'?" in ran.err


def test_a_body_is_tried_to_the_last_decimal(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, "item.json", ITEM)
    ran = run("mapping", "try", "products", "--body", path, "-o", "json")
    assert ran.code == exits.OK
    assert '"unitPrice":12345678901234567.12345' in ran.out
    assert (ran.json["command"], ran.json["key"], ran.json["match"]) == (
        "items.upsert", "HD-1", "number",
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    ['{"sku": "A"}', '{"event_type": "item.updated", "data": {"sku": "A"}}'],
)
def test_the_record_may_stand_alone_or_in_an_envelope(
    run: Run, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(body.encode())))
    assert run("mapping", "try", "products", "--body", "-", "-o", "json").json["key"] == "A"


def test_links_are_shown_by_what_they_lead_to(run: Run, tmp_path: Path) -> None:
    row = {"item_id": 460000000026049123, "quantity_adjusted": 1}
    body = {"inventory_adjustment_id": 9, "line_items": [row]}
    path = write(tmp_path, "stock.json", json.dumps(body))
    found = run("mapping", "try", "stock", "--body", path, "-o", "json").json
    assert found["values"]["lines"][0]["itemNumber"] == "<460000000026049123>"
    line = {"item_id": 1, "quantity": 1, "rate": 1}
    text = json.dumps({"customer_id": 7, "invoice_number": "I", "line_items": [line]})
    ran = run("mapping", "try", "invoices", "--body", write(tmp_path, "invoice.json", text))
    assert "<zoho.customers 7>" in ran.out


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (('{"name": "x"}',), exits.PROBLEM, "refused: /sku: nothing there"),
        (('{"sku": "A"}', "--operation", "delete"), exits.PROBLEM, "blocked (on_delete)"),
        (("no json",), exits.USAGE, "is no JSON"),
    ],
)
def test_what_is_refused_says_why(
    run: Run, tmp_path: Path, given: tuple[str, ...], code: int, words: str
) -> None:
    path = write(tmp_path, "body.json", given[0])
    ran = run("mapping", "try", "products", "--body", path, *given[1:])
    assert (ran.code, ran.out) == (code, "")
    assert words in " ".join(ran.err.split())


def test_a_delete_that_is_ignored_sends_nothing(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "tidegate.toml", '[entities.products]\non_delete = "ignore"\n')
    path = write(tmp_path, "item.json", ITEM)
    ran = run("mapping", "try", "products", "--body", path, "--operation", "delete")
    assert (ran.code, ran.out) == (exits.OK, "")
    assert "nothing is sent" in ran.err
