"""Who is told, and with which secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from outbox.subscriptions import Subscriber, subscribers
from tests.outbox.bench import SECRET
from tidegate.config import Config, load_config
from tidegate.errors import ConfigError
from tidegate.settings import load_settings

OTHER = "whsec_" + "REVG" * 10
URL = "https://example.org/hook"


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "tidegate.toml"
    path.write_text(text)
    return load_config(path)


def of_file(tmp_path: Path, env: dict[str, str], name: str = "crm.main") -> Subscriber:
    text = f'[[subscriptions]]\nname = "{name}"\nurl = "{URL}"\ntypes = ["products.applied"]\n'
    return subscribers(config(tmp_path, text), load_settings({}, {}, None), env)[name]


def of_settings(env: dict[str, str]) -> dict[str, Subscriber]:
    return subscribers(load_config(None), load_settings({}, env, None), {})


def test_without_configuration_nobody_is_told() -> None:
    assert of_settings({}) == {}


def test_the_two_settings_make_a_subscription_to_everything() -> None:
    found = of_settings({"SUBSCRIBER_URL": URL, "SUBSCRIBER_SECRET": SECRET})
    assert found == {"default": Subscriber("default", URL, (SECRET,), None, True)}


def test_a_configured_one_has_the_secret_of_its_name(tmp_path: Path) -> None:
    found = of_file(tmp_path, {"SUBSCRIBER_SECRET_CRM_MAIN": SECRET})
    assert found == Subscriber("crm.main", URL, (SECRET,), ("products.applied",))


def test_two_secrets_are_live_while_a_receiver_changes_over(tmp_path: Path) -> None:
    found = of_file(tmp_path, {"SUBSCRIBER_SECRET_CRM_MAIN": f"{OTHER} {SECRET}"})
    assert found.secrets == (OTHER, SECRET)


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    assert of_file(tmp_path, {"SUBSCRIBER_SECRET_CRM_MAIN_FILE": str(path)}).secrets == (SECRET,)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"SUBSCRIBER_SECRET_CRM_MAIN": "whsec_QUJD"},
        {"SUBSCRIBER_SECRET_CRM_MAIN": "not base64!"},
        {"SUBSCRIBER_SECRET_CRM_MAIN": f"{SECRET} {OTHER} {SECRET}"},
        {"SUBSCRIBER_SECRET_CRM_MAIN_FILE": "/nowhere/secret"},
    ],
)
def test_a_subscription_without_a_usable_secret_names_the_next_step(
    tmp_path: Path, env: dict[str, str]
) -> None:
    with pytest.raises(ConfigError) as raised:
        of_file(tmp_path, env)
    assert "SUBSCRIBER_SECRET_CRM_MAIN" in str(raised.value) + raised.value.next_step
    assert raised.value.next_step
    assert SECRET not in str(raised.value)


def test_an_address_without_its_secret_names_the_next_step() -> None:
    with pytest.raises(ConfigError, match="default") as raised:
        of_settings({"SUBSCRIBER_URL": URL})
    assert "SUBSCRIBER_SECRET" in raised.value.next_step


def test_two_subscriptions_of_one_name_are_refused(tmp_path: Path) -> None:
    text = f'[[subscriptions]]\nname = "default"\nurl = "{URL}"\n'
    settings = load_settings({"subscriber_url": URL, "subscriber_secret": SECRET}, {}, None)
    with pytest.raises(ConfigError, match="two subscriptions"):
        subscribers(config(tmp_path, text), settings, {"SUBSCRIBER_SECRET_DEFAULT": SECRET})


def test_neither_the_table_nor_a_log_line_sees_a_secret() -> None:
    found = Subscriber("a", URL, (SECRET,), ("x",))
    assert SECRET not in repr(found)
    assert found.row() == {"name": "a", "url": URL, "types": '["x"]', "enabled": 1}
