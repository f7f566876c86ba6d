"""Mappings: shipped ones, tables laid over them, and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tidegate.written import load
from tidegate.config import load_config, load_layers
from tidegate.config_explain import explain
from tidegate.config_mapping import fill, holes
from tidegate.config_tables import keys_at
from tidegate.errors import ConfigError


def test_a_field_is_laid_whole_over_the_shipped_one_and_the_others_stay(file: Path) -> None:
    text = '[mapping.customers.fields]\ndisplayName = { value = "x" }\n'
    table = load(file, text).mapping["zoho.customers"]
    assert (table.fields["displayName"].value, table.fields["displayName"].from_) == ("x", None)
    assert table.fields["city"].from_ == "/billing_address/city"
    assert (table.command, len(table.when)) == ("customers.upsert", 1)


def test_false_leaves_a_field_out_of_lines_too(file: Path) -> None:
    text = "[mapping.invoices]\nfields.dueDate = false\nlines.fields.discountAmount = false\n"
    table = load(file, text).mapping["zoho.invoices"]
    assert "dueDate" not in table.fields
    assert table.lines is not None
    assert "discountAmount" not in table.lines.fields
    assert table.lines.fields["quantity"].required


def test_a_command_of_its_own_begins_anew(file: Path) -> None:
    text = '[mapping.customers]\ncommand = "customers.upsert"\nkey = "/n"\nfields.number = "/n"\n'
    table = load(file, text).mapping["zoho.customers"]
    assert (list(table.fields), table.when, table.delete_command) == (["number"], (), None)


def test_the_own_table_goes_before_the_bare_one(file: Path) -> None:
    config = load(
        file,
        '[sources.second]\npreset = "zoho"\n'
        '[mapping.products]\nfields.gtin = "/a"\nfields.type = "/t"\n'
        '[mapping."second.products"]\nfields.gtin = "/b"\n',
    )
    first, second = (config.mapping[f"{each}.products"].fields for each in ("zoho", "second"))
    assert (first["gtin"].from_, second["gtin"].from_) == ("/a", "/b")
    assert first["type"] == second["type"]
    assert "products" not in config.mapping


def test_a_source_s_entity_may_be_named_as_a_command_s_is(file: Path) -> None:
    config = load(
        file,
        '[sources.shop]\nsecrets = ["S"]\n[entities."shop.returns"]\nkind = "document"\n',
    )
    assert "shop.returns" not in config.mapping
    assert config.mapping["returns"].command == "purchaseReturns.post"


@pytest.mark.parametrize(
    ("name", "hint"),
    [('"zoho.prodcts"', "did you mean 'zoho.products'?"), ("recipts", "did you mean 'receipts'?")],
)
def test_a_mapping_of_no_entity_is_named_with_a_guess(file: Path, name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, f'[mapping.{name}]\ncommand = "items.upsert"\nkey = "/a"\n')
    assert f"1:10: mapping.{name}: there is no entity" in str(caught.value)
    assert caught.value.next_step == hint


def test_the_mapping_counts_in_the_configuration_s_version(file: Path) -> None:
    one = load(file, "[mapping.products.fields]\nunitPrice = false\n")
    assert one.version != load_config(None).version


def test_one_variant_needs_no_list(file: Path) -> None:
    text = '[mapping.products]\nwhen = { from = "/status", is = ["a", true, 1.5], reject = "no" }\n'
    [when] = load(file, text).mapping["zoho.products"].when
    assert [str(each) for each in when.is_] == ["a", "True", "1.5"]


def test_a_key_is_a_pointer_or_a_text_with_some() -> None:
    assert holes("/a/b") == ("/a/b",)
    assert holes("{/po}/x-{/line_no}") == ("/po", "/line_no")
    assert fill("{/po}/x-{/line_no}", {"/po": "{/line_no}", "/line_no": "1"}) == "{/line_no}/x-1"


def test_what_from_does_is_explained(file: Path) -> None:
    config = load(file, "")
    [found] = explain(config, load_layers(file), "mapping.zoho.products.fields.number.required")
    assert (found.value, found.origin) == (False, "default")
    [found] = explain(config, load_layers(file), "mapping.zoho.invoices.lines.from")
    assert (found.value, found.origin) == ("/line_items", "presets.toml")
    assert found.description == "Pointer to the list in the record."


@pytest.mark.parametrize(
    ("loc", "key"),
    [
        (("mapping", "x"), "needs_deadline"),
        (("mapping", "x", "fields", "f"), "from"),
        (("mapping", "x", "lines"), "to"),
        (("mapping", "x", "lines", "fields", "f"), "scale"),
        (("mapping", "x", "when", 0), "is"),
        (("entities", "x", "retry"), "cap"),
        (("subscriptions", 1), "url"),
    ],
)
def test_the_keys_of_every_inner_table_are_known(loc: tuple[str | int, ...], key: str) -> None:
    assert key in keys_at(loc)
