"""`tidegate mapping`: sound or not, what it is made of, and one record tried."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import exits
from erp.links import link_hash
from tests.cli.conftest import Run

LINK = (
    "INSERT INTO entity_link (hash, target, source, entity, entity_text, record_type, record_id,"
    " record_key, event_uuid, at) VALUES (?1, 'sandbox', 'zoho', ?2, ?3, ?4, 'id of ' || ?3, ?5,"
    " '', '')"
)
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
    assert "no link was looked up (there is no database at" in ran.err


@pytest.fixture
def linked(run: Run) -> Run:
    """With a database in which the house's own sandbox has a customer, and one item."""
    assert run("db", "upgrade", "--dir", "d").code == exits.OK
    rows = [
        (link_hash("sandbox", "zoho", entity, number), entity, number, kind, key)
        for entity, number, kind, key in (
            ("customers", "7", "customers", "C-7"),
            ("products", "1", "items", "HD-1"),
        )
    ]
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection:
        connection.executemany(LINK, rows)
        connection.commit()
    return lambda *args: run(*args, "--dir", "d")


def invoice(folder: Path, *items: int) -> tuple[str, ...]:
    lines = [{"item_id": item, "quantity": 1, "rate": 1} for item in items]
    body = {"invoice_id": 9, "customer_id": 7, "invoice_number": "I", "line_items": lines}
    path = write(folder, "invoice.json", json.dumps(body))
    return "mapping", "try", "invoices", "--body", str(path)


def test_links_are_those_of_the_database(linked: Run, tmp_path: Path) -> None:
    ran = linked(*invoice(tmp_path, 1), "-o", "json")
    assert (ran.code, ran.err) == (exits.OK, "")
    values = ran.json["values"]
    assert (values["customerId"], values["lines"][0]["itemId"]) == ("id of 7", "id of 1")


def test_links_that_are_missing_are_said(linked: Run, tmp_path: Path) -> None:
    ran = linked(*invoice(tmp_path, 1, 2, 3, 2), "-o", "json")
    assert ran.code == exits.OK
    assert "would wait; no record in sandbox yet, <…> stands for" in ran.err
    assert ran.err.rstrip().endswith(": zoho.products 2, zoho.products 3")
    items = [line["itemId"] for line in ran.json["values"]["lines"]]
    assert items[:2] == ["id of 1", "<zoho.products 2>"]


def test_a_record_that_is_linked_itself_names_what_it_would_change(
    linked: Run, tmp_path: Path
) -> None:
    path = write(tmp_path, "item.json", ITEM)
    found = linked("mapping", "try", "products", "--body", path, "-o", "json").json
    assert found["record"] == "id of 1"


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
