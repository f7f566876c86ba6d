"""A mapping that the far side could not take stops the start, with its place and a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.erp.mapping.bench import mapper, refusal, values

OWN = '[mapping.products]\ncommand = "items.upsert"\nkey = "/sku"\n'
LINES = '[mapping.invoices.lines]\nfrom = "/l"\n'


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (
            '[mapping.products.fields]\nunitPrize = "/rate"\n',
            "2:1",
            "'unitPrize' is no field of items.upsert",
            "did you mean 'unitPrice'?",
        ),
        (OWN, "1:10", "items.upsert needs number", "add fields.number"),
        (
            '[mapping.products]\ncommand = "item.upsert"\nkey = "/sku"\n',
            "2:1",
            "no adapter has the command 'item.upsert'",
            "did you mean 'items.upsert'?",
        ),
        (
            '[mapping.products]\nmatch = "nummer"\n',
            "2:1",
            "match names 'nummer', which is none of the fields",
            "did you mean 'number'?",
        ),
        (
            '[mapping.products.fields]\ndisplayName = { from = "/n", call = "no.such:thing" }\n',
            "2:30",
            "no.such:thing cannot be loaded: ModuleNotFoundError",
            "check the module's name and that it is installed here",
        ),
        (
            "[mapping.products.fields]\ndisplayName = { from = '/n', "
            "call = 'tests.erp.mapping.calls:NO_FUNCTION' }\n",
            "2:30",
            "tests.erp.mapping.calls:NO_FUNCTION is no function",
            "",
        ),
        (
            '[mapping.invoices.fields]\ncustomerId = { link = "custommers", from = "/c" }\n',
            "2:16",
            "there is no entity 'custommers' of zoho to link to",
            "did you mean 'customers'?",
        ),
        (
            '[mapping.invoices]\nneeds = ["customer"]\n',
            "2:1",
            "needs names 'customer', which is no field with a link",
            "did you mean 'customerId'?",
        ),
        (
            '[mapping.products.fields]\nunitPrice = { from = "/r", type = "date" }\n',
            "2:28",
            "unitPrice is of type decimal",
            "",
        ),
        (
            '[mapping.products.fields]\ndisplayName = { from = "/n", max = 101 }\n',
            "2:30",
            "displayName holds 100 characters",
            "",
        ),
        (
            '[mapping.products.fields]\nunitPrice = { from = "/r", scale = 6 }\n',
            "2:28",
            "unitPrice holds no 6 decimals",
            "",
        ),
        (
            '[mapping.products.fields]\nunitPrice = { value = "dear" }\n',
            "2:15",
            "'dear' cannot be unitPrice: it is no number",
            "",
        ),
        (
            '[mapping.products.fields]\nblocked = { from = "/s", map = { a = "b" } }\n',
            "2:34",
            "'b' cannot be blocked",
            "",
        ),
        (
            '[mapping.stock.lines.fields]\nitemNumber = { link = "products", from = "/item_id" }\n',
            "2:1",
            "itemNumber holds a record's key",
            'take = "key"',
        ),
        (
            LINES + "fields = { unitCost = '/rate' }\n",
            "3:12",
            "'unitCost' is no field of salesInvoices.create's lines",
            "",
        ),
        (
            '[mapping.prices.lines]\nto = "lines"\n',
            "2:1",
            "prices.set calls them 'prices'",
            "",
        ),
        (
            '[mapping.products.lines]\nfrom = "/l"\nfields = { a = "/b" }\n',
            "1:19",
            "items.upsert has no lines",
            "",
        ),
        (
            '[[mapping.products.when]]\nfrom = "/type"\nis = "x"\nfields = { colour = "/c" }\n',
            "4:12",
            "'colour' is no field of items.upsert",
            "",
        ),
    ],
)
def test_what_the_far_side_cannot_take_is_named_with_place_and_guess(
    tmp_path: Path, text: str, place: str, message: str, hint: str
) -> None:
    said, next_step = refusal(tmp_path, text)
    assert said.startswith(f"{place}: {message}")
    assert hint in next_step


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (
            '[mapping.products]\ncomand = "items.upsert"\n',
            "2:1",
            "unknown key 'comand' in [mapping.products]",
            "did you mean 'command'?",
        ),
        (
            '[mapping.products.fields]\nunitPrice = { fron = "/rate" }\n',
            "2:15",
            "unknown key 'fron'",
            "did you mean 'from'?",
        ),
        (
            '[mapping.products.fields]\nunitPrice = "rate"\n',
            "2:1",
            "'rate' is no pointer",
            "",
        ),
        ('[mapping.products]\nkey = "{sku}"\n', "2:1", "'sku' is no pointer", ""),
        ('[mapping.products]\nkey = "sku"\n', "2:1", "is neither a pointer nor a text", ""),
        ("[mapping.products.fields]\nunitPrice = { }\n", "2:1", "needs from, value or call", ""),
        (
            '[mapping.products.fields]\nunitPrice = { from = "/a", value = 1 }\n',
            "2:1",
            "value stands alone",
            "",
        ),
        (
            '[mapping.products.fields]\nunitPrice = { from = "/a", take = "key" }\n',
            "2:1",
            "take belongs to a link",
            "",
        ),
        (
            '[mapping.invoices.fields]\ncustomerId = { link = "customers", '
            'from = "/a", max = 2 }\n',
            "2:1",
            "a link has from, take and required",
            "",
        ),
        (
            '[[mapping.products.when]]\nfrom = "/a"\nis = 1\n',
            "1:20",
            "it changes nothing",
            "",
        ),
        (
            '[[mapping.products.when]]\nfrom = "/a"\nis = 1\nreject = "no"\nkey = "/b"\n',
            "1:20",
            "what is refused has no command",
            "",
        ),
    ],
)
def test_what_no_mapping_can_say_is_named_with_place_and_guess(
    tmp_path: Path, text: str, place: str, message: str, hint: str
) -> None:
    said, next_step = refusal(tmp_path, text)
    assert said.startswith(f"{place}: ")
    assert message in said
    assert hint in next_step


def test_a_variant_takes_of_the_table_s_fields_those_that_its_command_has(tmp_path: Path) -> None:
    by = mapper(tmp_path, '[mapping.customers.fields]\nsalespersonCode = "/sales"\n')
    record = {"contact_id": "1", "contact_name": "x", "sales": "eh"}
    assert values("customers", record, by)["salespersonCode"] == "EH"
    assert "salespersonCode" not in values("customers", {**record, "contact_type": "vendor"}, by)


def test_a_field_that_none_of_the_commands_has_is_refused(tmp_path: Path) -> None:
    said, hint = refusal(tmp_path, '[mapping.customers.fields]\nsalesperson = "/sales"\n')
    assert "'salesperson' is no field of customers.upsert or vendors.upsert" in said
    assert hint == "did you mean 'salespersonCode'?"


def test_an_extension_s_command_takes_what_the_mapping_says(tmp_path: Path) -> None:
    text = (
        '[adapters.mine]\nuse = "my_erp:MyErp"\n'
        '[mapping.products]\ncommand = "stones.move"\nkey = "/sku"\n'
        'fields = { weight = { from = "/w", type = "decimal", scale = 1 }, any = "/x" }\n'
    )
    found = values("products", {"sku": "a", "w": "2.25", "x": ["y"]}, mapper(tmp_path, text))
    assert {name: str(value) for name, value in found.items()} == {"weight": "2.3", "any": "['y']"}
