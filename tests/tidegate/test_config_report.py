"""What people are shown of the configuration: all of it but its secrets, and where it is from."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import canon
from tidegate.config import Config, load_config, load_layers
from tidegate.config_errors import dotted
from tidegate.config_explain import Explained, explain
from tidegate.config_report import configuration, masked, report
from tidegate.config_toml import to_toml
from tidegate.errors import ConfigError
from tidegate.settings import SECRETS, load_settings

TEXT = """
[sources.fork]
preset = "github"
secrets = ["FORK_SECRET"]
kind = "document"

[entities.bills]
writes = "shadow"
retry.attempts = 3

[mapping.bills.fields]
purchaser = { value = "EH" }

[[rules]]
id = "ours"
status = 429
outcome = "throttled"
after = 2.50
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tidegate.toml"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def config(file: Path) -> Config:
    return load_config(file)


def explained(file: Path, config: Config, key: str) -> list[Explained]:
    return explain(config, load_layers(file), key)


def test_no_secret_of_the_settings_is_in_the_report(config: Config) -> None:
    settings = load_settings({}, dict.fromkeys(SECRETS, "https://hunter2hunter2"), None)
    found: Any = report(config, settings)
    assert b"hunter2" not in canon.dumps(found)
    assert {found["settings"][name] for name in SECRETS} == {"set"}
    assert (found["settings"]["PORT"], found["version"]) == (7003, config.version)


def test_a_secret_that_is_not_set_is_said_to_be_unset(config: Config) -> None:
    found: Any = report(config, load_settings({}, {}, None))
    assert {found["settings"][name] for name in SECRETS} == {"unset"}


def test_what_sounds_secret_is_masked_wherever_it_stands() -> None:
    assert masked({"free": [{"api_key": "hunter2"}]}) == {"free": [{"api_key": "***"}]}


def test_numbers_are_shown_as_they_are_and_so_are_the_names_of_variables(config: Config) -> None:
    found: Any = configuration(config)
    assert found["rules"][0]["after"] == Decimal("2.5")
    assert found["mapping"]["returns"]["fields"]["vendorAuthorizationNumber"].startswith("/")
    assert found["sources"]["fork"]["secrets"] == ["FORK_SECRET"]


def test_what_is_shown_is_a_configuration_file(config: Config, tmp_path: Path) -> None:
    shown = to_toml(configuration(config))
    again = tmp_path / "again.toml"
    again.write_text(shown.replace("***", "hunter2"), "utf-8")
    assert load_config(again).content == config.content


_NAMES = st.text(min_size=1, max_size=5).filter(lambda name: name.isprintable())
_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_any_document_is_read_again_as_it_was_written(document: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(document)) == document


@pytest.mark.parametrize(
    ("key", "value", "origin", "said"),
    [
        ("entities.zoho.bills.writes", "shadow", "file", "entities.bills.writes"),
        ('entities."zoho.bills".retry.attempts', 3, "file", "entities.bills.retry.attempts"),
        ("entities.fork.events.kind", "stream", "presets.toml", 'entities."github.events".kind'),
        ("entities.zoho.bills.record", "bill", "presets.toml", 'entities."zoho.bills".record'),
        ("entities.zoho.bills.on_delete", "block", "default", 'entities."zoho.bills".on_delete'),
        ("sources.zoho.scheme", "static_key", "default.toml", "sources.zoho.scheme"),
        ("sources.fork.scheme", "github", "presets.toml", "sources.github.scheme"),
        ("sources.fork.kind", "document", "file", "sources.fork.kind"),
        ("sources.fork.secrets", ["FORK_SECRET"], "file", "sources.fork.secrets"),
        ("entities.receipts.kind", "command", "default.toml", "entities.receipts.kind"),
        ("api.wait", 10, "default", "api.wait"),
        (
            "mapping.zoho.bills.fields.purchaser.value",
            "EH",
            "file",
            "mapping.bills.fields.purchaser.value",
        ),
        ("mapping.zoho.bills.key", "/bill_number", "presets.toml", 'mapping."zoho.bills".key'),
    ],
)
def test_a_value_is_traced_to_where_it_was_said(
    file: Path, config: Config, key: str, value: object, origin: str, said: str
) -> None:
    (found,) = explained(file, config, key)
    assert (found.value, found.origin, dotted(found.said)) == (value, origin, said)
    assert found.description


def test_what_an_entity_inherits_is_traced_to_its_source(tmp_path: Path) -> None:
    path = tmp_path / "tidegate.toml"
    path.write_text("[sources.s]\nsecrets = ['S']\nstamp = 'body:/at'\n[entities.'s.a']\n", "utf-8")
    (found,) = explained(path, load_config(path), "entities.s.a.stamp")
    assert (found.value, found.said) == ("body:/at", ("sources", "s", "stamp"))


def test_a_table_is_explained_key_by_key(file: Path, config: Config) -> None:
    found = explained(file, config, "entities.zoho.bills.retry")
    assert [each.key.rpartition(".")[2] for each in found] == [
        "base", "factor", "cap", "attempts", "max_age",
    ]  # fmt: skip
    assert {each.origin for each in found} == {"file", "default"}
    json.loads(canon.dumps([each.value for each in found]))


@pytest.mark.parametrize(
    ("key", "message", "hint"),
    [
        ("source.zoho", "there is no 'source'", "did you mean 'sources'?"),
        ("sources.zoho.rat", "there is no 'rat' in sources.zoho", "did you mean 'rate'?"),
        ("api.wait.x", "there is no 'x' in api.wait", ""),
        ("a b", "'a b' is no key", "write it as sources.zoho.rate"),
        ("", "'' is no key", "write it as sources.zoho.rate"),
        ("x = 1\ny", "'x = 1\\ny' is no key", "write it as sources.zoho.rate"),
    ],
)
def test_a_key_that_is_not_there_gets_a_guess(
    file: Path, config: Config, key: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        explained(file, config, key)
    assert (str(caught.value), caught.value.next_step) == (message, hint)
