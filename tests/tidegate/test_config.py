"""tidegate.toml: defaults, merging, the version, and errors that name the place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from tests.tidegate.written import load
from tidegate.adapter import Repeat
from tidegate.backoff import Backoff
from tidegate.config import load_config
from tidegate.config_base import KIND_DEFAULTS, Kind, RepeatName
from tidegate.config_tables import Entity
from tidegate.errors import ConfigError

SHIPPED = load_config(None)


def refusal(file: Path, text: str) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(file, text)
    return str(caught.value).removeprefix(f"{file}:"), caught.value.next_step


def test_the_shipped_entities_have_these_kinds() -> None:
    assert {name: entity.kind for name, entity in SHIPPED.entities.items()} == {
        "zoho.products": "state",
        "zoho.customers": "state",
        "zoho.prices": "state",
        "zoho.invoices": "document",
        "zoho.bills": "document",
        "zoho.credit-notes": "document",
        "zoho.stock": "document",
        "purchase-order-lines": "command",
        "receipts": "command",
        "returns": "command",
    }


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_kind_sets_what_the_entity_does_not_say(kind: Kind) -> None:
    entity = Entity(kind=kind)
    assert (entity.dedup, entity.order, entity.on_dead) == KIND_DEFAULTS[kind]
    assert Entity(kind=kind, order="strict", dedup="none", on_dead="skip").dedup == "none"


def test_the_kinds_are_those_of_the_design() -> None:
    assert KIND_DEFAULTS == {
        "state": ("content", "latest_wins", "skip"),
        "document": ("content", "strict", "block"),
        "command": ("id", "strict", "block"),
        "stream": ("id", "strict", "block"),
    }


def test_the_other_defaults_are_these() -> None:
    invoices = SHIPPED.entity("zoho", "invoices")
    assert (invoices.on_unknown, invoices.on_delete, invoices.writes) == ("hold", "block", "on")
    assert (invoices.retry.attempts, invoices.retry.max_age) == (12, 259_200)
    assert invoices.retry.backoff() == Backoff(1.0, 2.0, 900.0)
    assert (SHIPPED.adapter("any").timeout, SHIPPED.adapter("any").lanes) == (10.0, 8)


def test_stock_figures_are_volatile_and_stamps_never() -> None:
    volatile = {path for entity in SHIPPED.entities.values() for path in entity.volatile}
    assert "stock_on_hand" in volatile
    assert "locations/*/location_stock_on_hand" in volatile
    assert not any("time" in path for path in volatile)


def test_the_file_is_laid_over_the_defaults_key_by_key(file: Path) -> None:
    config = load(file, '[entities.products]\nwrites = "shadow"\nretry.attempts = 3\n')
    products = config.entity("zoho", "products")
    assert (products.writes, products.retry.attempts, products.retry.base) == ("shadow", 3, 1.0)
    assert (products.kind, products.volatile) == (
        "state",
        SHIPPED.entity("zoho", "products").volatile,
    )
    assert config.entity("zoho", "bills") == SHIPPED.entity("zoho", "bills")


def test_another_kind_brings_its_defaults_along(file: Path) -> None:
    config = load(file, '[entities.prices]\nkind = "stream"\n')
    assert config.entity("zoho", "prices").dedup == "id"


def test_a_list_replaces_the_one_below_it(file: Path) -> None:
    config = load(file, '[entities.products]\nvolatile = ["rate"]\n')
    assert config.entity("zoho", "products").volatile == ("rate",)


EVERYTHING = """
[api]
wait = 2.5

[entities.orders]
kind = "document"
order_key = "/number"
company = "CRONUS"

[adapters.far]
use = "my_erp.far:MyErp"
repeat = "probe"
in_doubt = 600
base_url = "https://erp.example.org/api"

[[subscriptions]]
name = "shop"
url = "https://shop.example.org/hooks"
types = ["product.applied"]

[[subscriptions]]
name = "audit"
url = "http://127.0.0.1:8080/"
enabled = false

[sources.shop]
scheme = "standard"
lenient = false
secrets = ["SHOP_KEY", "SHOP_OLD_KEY"]
rate = "600/minute"

[mapping.products]
key = "/number"

[[rules]]
id = "teapot"
status = 418
own_body = true
outcome = "rejected"
"""


def test_every_table_of_the_file_is_read(file: Path) -> None:
    config = load(file, EVERYTHING)
    assert config.entity("api", "orders").order_key == "/number"
    assert config.adapter("far").in_doubt == 600
    assert [each.name for each in config.subscriptions if each.enabled] == ["shop"]
    assert config.source("shop").secrets == ("SHOP_KEY", "SHOP_OLD_KEY")
    assert config.api.wait == 2.5
    assert (config.mapping["zoho.products"].key, config.rules[0].status) == ("/number", (418,))


def test_the_version_follows_the_content_and_not_its_looks(file: Path) -> None:
    one = load(file, "[entities.bills]\nwrites = 'off'\nretry.base = 2.50\n")
    same = load(
        file, '\ufeff# why\n[entities.bills]\nretry = { base = 2.5 }\r\n"writes" = "off"\r\n'
    )
    other = load(file, "[entities.bills]\nwrites = 'off'\nretry.base = 2.51\n")
    assert len(one.version) == 64
    assert one.version == same.version
    assert len({one.version, other.version, SHIPPED.version}) == 3
    assert json.loads(one.content)["entities"]["zoho.bills"]["writes"] == "off"


def test_the_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        SHIPPED.entity("zoho", "bills").writes = "off"


def test_a_repeat_that_an_extension_may_choose_may_be_named_in_the_file() -> None:
    assert set(get_args(RepeatName)) == {each.value for each in Repeat}


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda: SHIPPED.entity("zoho", "invoice"), "did you mean 'invoices'?"),
        (lambda: SHIPPED.entity("api", "receipt"), "did you mean 'receipts'?"),
        (lambda: SHIPPED.entity("zoho", "x"), 'add [entities."zoho.x"]'),
        (lambda: SHIPPED.source("zohoo"), "did you mean 'zoho'?"),
        (lambda: SHIPPED.source("x"), "add [sources.x]"),
    ],
)
def test_what_is_not_configured_gets_a_guess(wrong: Callable[[], object], hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        wrong()
    assert caught.value.next_step == hint


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("[entites.x]\n", "1:2", "unknown table [entites]", "did you mean 'entities'?"),
        (
            '# orders\n[entities.orders]\n\nkind = "document"\n  komapny = "x"\n',
            "5:3",
            "unknown key 'komapny' in [entities.orders]",
            "did you mean 'company'?",
        ),
        (
            '[entities.bills.retry]\nbase = 1\n"atempts" = 2\n',
            "3:1",
            "unknown key 'atempts' in [entities.bills.retry]",
            "did you mean 'attempts'?",
        ),
        (
            "[entities.bills]\nretry = { base = 1, attempts = 0 }\n",
            "2:21",
            "entities.bills.retry.attempts: Input should be greater than or equal to 1",
            "",
        ),
        (
            '[entities.bills]\nwrites = "shadows"\n',
            "2:1",
            "entities.bills.writes: Input should be 'off', 'shadow' or 'on'",
            "did you mean 'shadow'?",
        ),
        ("[entities.new]\nwrites = 'on'\n", "1:11", "[entities.new] needs 'kind'", ""),
        (
            "[entities.bills]\nvolatile = [\n  'a',\n  3,\n]\n",
            "2:1",
            "entities.bills.volatile.1: Input should be a valid string",
            "",
        ),
        (
            "[[rules]]\nnote = '''\n[[subscriptions]]\nurl = 'b'\n'''\n"
            "[[subscriptions]]\nname = 'a'\nurl = 'http://a'\n\n"
            "[[subscriptions]]\nname = 'b'\n  url = 'b'\n",
            "12:3",
            "subscriptions.1.url: must be an http:// or https:// address",
            "",
        ),
        (
            "[[subscriptions]]\nname = 'a'\nurl = 'http://a'\n" * 2,
            "1:3",
            "subscriptions: there are two subscriptions named a",
            "",
        ),
        (
            "[adapters.far]\nbase_url = 'https://me:pw@erp'\n",
            "2:1",
            "adapters.far.base_url: must not hold a user or password",
            "",
        ),
        (
            "[adapters.far]\nin_doubt = 5\n",
            "1:11",
            "adapters.far: timeout must be shorter than in_doubt",
            "",
        ),
        (
            "[adapters.far]\nlanes = '8'\n",
            "2:1",
            "adapters.far.lanes: Input should be a valid integer",
            "",
        ),
        ("[adapters.'a b']\n", "1:11", 'adapters."a b": String should match pattern', ""),
        (
            "[sources.x]\nkey = 'hunter2'\n",
            "2:1",
            "unknown key 'key' in [sources.x]",
            "did you mean 'keys'?",
        ),
        ("[entities.bills\n", "1:16", "Expected ']' at the end of a table declaration", ""),
        ("a = 1\nb = \n", "2:5", "Invalid value", ""),
        ("a = 1\na = 2\n", "2:6", "Cannot overwrite a value", ""),
        ("a = '''\n", "2:1", "Expected \"'''\"", ""),
        ("[[rules]]\na = " + "[" * 5000, "1:1", "too deep", ""),
        ("[adapters.far]\nfolder = \"\\u0000\"\n", "1:1", "a string holds NUL", ""),
    ],
)  # fmt: skip
def test_an_error_names_line_column_and_a_guess(
    file: Path, text: str, place: str, message: str, hint: str
) -> None:
    said, next_step = refusal(file, text)
    assert said.startswith(f"{place}: {message}")
    assert next_step == hint


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"tidegate\.toml cannot be read"):
        load_config(file)


def test_a_file_that_is_not_utf_8_is_named(file: Path) -> None:
    file.write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 2"):
        load_config(file)


EXAMPLE = Path(__file__).parents[2] / "tidegate.toml.example"


def test_the_example_as_it_stands_changes_nothing() -> None:
    assert load_config(EXAMPLE).model_dump(exclude={"version", "content"}) == SHIPPED.model_dump(
        exclude={"version", "content"}
    )


def test_every_line_of_the_example_that_is_taken_in_is_a_configuration(file: Path) -> None:
    config = load(file, re.sub(r"(?m)^#(?=[^\s])", "", EXAMPLE.read_text("utf-8")))
    assert set(config.sources) == {"zoho", "github", "shop"}
    assert config.source_entities("shop") == ("events", "orders")
    assert (config.entity("zoho", "bills").company, config.api.rate) == ("CRONUS", "120/minute")
    assert [each.name for each in config.subscriptions] == ["warehouse"]
