"""Sources and their entities: laid together from presets, bare tables and the file's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tidegate.written import load
from tidegate.errors import ConfigError


def test_a_source_starts_from_the_preset_of_its_name_or_the_one_it_names(file: Path) -> None:
    config = load(file, '[sources.github]\n[sources.fork]\npreset = "github"\nsecrets = ["FORK"]\n')
    github, fork = config.source("github"), config.source("fork")
    assert (github.preset, fork.preset) == ("github", "github")
    assert (github.secrets, fork.secrets) == (("GITHUB_WEBHOOK_SECRET",), ("FORK",))
    assert github.message_id == fork.message_id == "header:X-GitHub-Delivery"
    assert config.source_entities("fork") == ("events",)


def test_a_source_without_preset_has_what_its_own_tables_say(file: Path) -> None:
    text = '[sources.shop]\nsecrets = ["SHOP"]\n[entities."shop.orders"]\nkind = "document"\n'
    config = load(file, text)
    assert (config.source("shop").preset, config.source("shop").scheme) == (None, "static_key")
    assert config.source_entities("shop") == ("orders",)


def test_a_preset_that_no_source_uses_brings_nothing_along(file: Path) -> None:
    assert set(load(file, "").sources) == {"zoho"}
    assert not any(name.startswith("github") for name in load(file, "").entities)


def test_a_bare_table_adds_to_every_source_and_the_own_one_wins(file: Path) -> None:
    config = load(
        file,
        '[sources.second]\npreset = "zoho"\n'
        '[entities.bills]\nwrites = "off"\ncompany = "A"\n'
        '[entities."second.bills"]\nwrites = "shadow"\n',
    )
    first, second = config.entity("zoho", "bills"), config.entity("second", "bills")
    assert (first.writes, first.company) == ("off", "A")
    assert (second.writes, second.company) == ("shadow", "A")
    assert second.record == "bill"


def test_a_bare_table_that_adds_to_sources_is_no_entity_of_its_own(file: Path) -> None:
    assert "bills" not in load(file, '[entities.bills]\nwrites = "off"\n').entities


def test_a_bare_table_of_a_command_stays_when_a_source_has_its_name(file: Path) -> None:
    text = '[entities."zoho.receipts"]\nkind = "document"\n[entities.receipts]\ncompany = "A"\n'
    config = load(file, text)
    assert (config.entity("api", "receipts").kind, config.entity("api", "receipts").company) == (
        "command",
        "A",
    )
    assert (config.entity("zoho", "receipts").kind, config.entity("zoho", "receipts").company) == (
        "document",
        "A",
    )


def test_what_an_entity_leaves_out_is_its_sources(file: Path) -> None:
    config = load(
        file,
        "[sources.shop]\nsecrets = ['S']\nkind = 'document'\n"
        "dedup = 'none'\norder = 'latest_wins'\n"
        "entity_id = 'body:/id'\nstamp = 'body:/at'\nvolatile = ['seen']\ncompany = 'A'\n"
        "[entities.'shop.a']\n[entities.'shop.b']\nkind = 'state'\nvolatile = []\ncompany = 'B'\n",
    )
    a, b = config.entity("shop", "a"), config.entity("shop", "b")
    assert (a.kind, a.dedup, a.order, a.on_dead) == ("document", "none", "latest_wins", "block")
    assert (a.entity_id, a.stamp, a.volatile, a.company) == ("body:/id", "body:/at", ("seen",), "A")
    assert (b.kind, b.dedup, b.volatile, b.company) == ("state", "none", (), "B")


def test_where_nobody_says_the_kind_it_is_a_stream(file: Path) -> None:
    config = load(file, "[sources.shop]\nsecrets = ['S']\n[entities.'shop.a']\n")
    assert config.entity("shop", "a").kind == "stream"


def test_the_version_is_of_what_was_merged(file: Path) -> None:
    one = load(file, "[entities.bills]\nwrites = 'off'\n")
    same = load(file, '[entities."zoho.bills"]\nwrites = "off"\n')
    assert one.version == same.version != load(file, "").version


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (
            "[sources.x]\npreset = 'githb'\n",
            "2:1",
            "there is no preset 'githb'",
            "did you mean 'github'?",
        ),
        (
            "[sources.x]\npreset = 'y'\n",
            "2:1",
            "there is no preset 'y'",
            "the presets are zoho, business_central, github, stripe, shopify, standard, hmac, "
            "static_key",
        ),
        (
            "\n[entities.'zohoo.bills']\nwrites = 'off'\n",
            "2:11",
            "entities.\"zohoo.bills\": there is no source 'zohoo'",
            "did you mean 'zoho'?",
        ),
        (
            "[entities.'x.bills']\nkind = 'state'\n",
            "1:11",
            "entities.\"x.bills\": there is no source 'x'",
            "add [sources.x]",
        ),
        (
            "[entities.zoho.bills]\nwrites = 'off'\n",
            "1:16",
            "unknown key 'bills' in [entities.zoho]",
            'write [entities."zoho.bills"]',
        ),
        (
            "[entities.bils]\nwrites = 'off'\n",
            "1:11",
            "[entities.bils] needs 'kind'",
            "did you mean 'bills'?",
        ),
        (
            "[sources.shop-2]\npreset = 'hmac'\n",
            "1:10",
            "[sources.shop-2] names no secrets",
            'add secrets = ["SHOP_2_SECRET"], environment variables, each with one secret',
        ),
        ("[sources.api]\n", "1:10", "'api' is no name for a source", "give it another name"),
        ("[sources.'a.b']\n", "1:10", "'a.b' is no name for a source", "give it another name"),
        ("[sources.bills]\n", "1:10", "'bills' is an entity of Zoho's", "give it another name"),
        (
            "[sources.shop]\nsecrets = ['S']\nkind = 'sate'\n[entities.'shop.a']\n",
            "3:1",
            "sources.shop.kind: Input should be",
            "did you mean 'state'?",
        ),
        (
            "[sources.github]\nevent_type = 'header:X-GitHub-Event'\n",
            "1:10",
            "sources.github: github signs the body alone",
            "",
        ),
        ("sources = 3\n", "1:1", "sources: Input should be a valid dictionary", ""),
        ("[entities]\nbills = 3\n", "2:1", "entities.bills: Input should be a valid", ""),
        ("[sources]\nzoho = 3\n", "2:1", "sources.zoho: Input should be a valid", ""),
    ],
)
def test_an_error_names_the_table_as_the_file_has_it(
    file: Path, text: str, place: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, text)
    assert str(caught.value).removeprefix(f"{file}:").startswith(f"{place}: {message}")
    assert caught.value.next_step == hint
