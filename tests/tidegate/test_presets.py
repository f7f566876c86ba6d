"""The shipped sources: what each says of its deliveries."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tidegate.config import Config, load_config
from tidegate.config_base import KIND_DEFAULTS

PRESETS: dict[str, Any] = tomllib.loads(
    files("tidegate").joinpath("presets.toml").read_text("utf-8")
)
NAMELESS = """
[sources.business_central]
[sources.github]
[sources.stripe]
[sources.shopify]
[sources.standard]
secrets = ["STANDARD"]
[sources.hmac]
secrets = ["HMAC"]
[sources.static_key]
secrets = ["KEY"]
"""

# record key, id field, stamp field: facts on Zoho, sections 3 and 7.
ZOHO = {
    "products": ("item", "item_id", "last_modified_time"),
    "customers": ("contact", "contact_id", "last_modified_time"),
    "invoices": ("invoice", "invoice_id", "last_modified_time"),
    "bills": ("bill", "bill_id", "last_modified_time"),
    "credit-notes": ("creditnote", "creditnote_id", "updated_time"),
    "stock": ("inventory_adjustment", "inventory_adjustment_id", None),
    "prices": ("pricebook", "pricebook_id", None),
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("presets") / "tidegate.toml"
    path.write_text(NAMELESS, "utf-8")
    return load_config(path)


def test_these_sources_are_shipped(everything: Config) -> None:
    assert {name: source.scheme for name, source in everything.sources.items()} == {
        "zoho": "static_key",
        "business_central": "business_central",
        "github": "github",
        "stripe": "stripe",
        "shopify": "shopify",
        "standard": "standard",
        "hmac": "hmac",
        "static_key": "static_key",
    }
    assert set(PRESETS["sources"]) == set(everything.sources)


def test_every_preset_stands_without_a_word_of_the_file_but_its_secrets(everything: Config) -> None:
    assert all(everything.source_entities(name) for name in PRESETS["sources"])
    owners = {name.partition(".")[0] for name in PRESETS["entities"]}
    assert owners == set(PRESETS["sources"])


@pytest.mark.parametrize("name", sorted(ZOHO))
def test_zohos_entities_are_read_as_the_facts_say(everything: Config, name: str) -> None:
    record, id_field, stamp = ZOHO[name]
    entity = everything.entity("zoho", name)
    assert (entity.record, entity.model) == (record, f"zoho.{record}")
    assert entity.entity_id == f"record:/{id_field}"
    assert entity.stamp == (f"record:/{stamp}" if stamp else None)
    assert id_field in entity.ids


def test_zohos_states_and_documents_are_those_of_the_design(everything: Config) -> None:
    states = {n for n in ZOHO if everything.entity("zoho", n).kind == "state"}
    assert states == {"products", "customers", "prices"}
    for name in ZOHO:
        entity = everything.entity("zoho", name)
        assert (entity.dedup, entity.order, entity.on_dead) == KIND_DEFAULTS[entity.kind]


def test_zoho_of_the_defaults_has_a_static_key_and_another_one_signs(tmp_path: Path) -> None:
    path = tmp_path / "tidegate.toml"
    path.write_text('[sources.second]\npreset = "zoho"\n', "utf-8")
    config = load_config(path)
    assert config.source("zoho").secrets == ("WEBHOOK_KEY",)
    assert config.source("second").scheme == "zoho"
    assert config.source("second").secrets == ("ZOHO_WEBHOOK_SECRET",)
    assert all(config.source(each).lenient for each in ("zoho", "second"))


def test_no_stamp_and_no_id_is_volatile(everything: Config) -> None:
    for name, entity in everything.entities.items():
        fixed = {place.partition(":/")[2] for place in (entity.stamp, entity.entity_id) if place}
        assert not (fixed | set(entity.ids)) & set(entity.volatile), name
        assert not any("time" in path for path in entity.volatile if name.startswith("zoho")), name


def test_stock_and_balance_figures_are_volatile(everything: Config) -> None:
    volatile = {path for n in ZOHO for path in everything.entity("zoho", n).volatile}
    assert {"stock_on_hand", "balance", "outstanding_receivable_amount"} <= volatile
    assert "locations/*/location_stock_on_hand" in volatile


@pytest.mark.parametrize(
    ("source", "message_id", "event_type"),
    [
        ("github", "header:X-GitHub-Delivery", None),
        ("stripe", "body:/id", "body:/type"),
        ("shopify", "header:X-Shopify-Event-Id", None),
        ("standard", "header:webhook-id", "body:/type"),
        ("zoho", None, "query:event"),
    ],
)
def test_ids_and_types_are_found_where_the_sender_puts_them(
    everything: Config, source: str, message_id: str | None, event_type: str | None
) -> None:
    found = everything.source(source)
    assert (found.message_id, found.event_type) == (message_id, event_type)


def test_a_business_central_notification_is_a_signal_of_a_resource(everything: Config) -> None:
    entity = everything.entity("business_central", "notifications")
    assert (entity.dedup, entity.order, entity.forward) == ("content", "latest_wins", True)
    assert entity.entity_id == "record:/resource"
    assert entity.stamp == "record:/lastModifiedDateTime"
    assert set(entity.volatile) == {"subscriptionId", "clientState", "expirationDateTime"}


def test_streams_are_told_to_subscribers_alone(everything: Config) -> None:
    streams = [e for e in everything.entities.values() if e.kind == "stream"]
    assert len(streams) == 5
    assert all(entity.forward and entity.dedup == "id" for entity in streams)


def test_the_generic_presets_name_no_secret_and_hold_nobody_to_our_form(
    everything: Config,
) -> None:
    for name in ("hmac", "static_key"):
        assert "secrets" not in PRESETS["sources"][name]
        assert not everything.source(name).envelope
