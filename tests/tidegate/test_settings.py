"""Settings: where they come from, what is refused, and that secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.errors import ConfigError
from tidegate.settings import SECRETS, Settings, find_dotenv, load_settings

KEY = "0123456789abcdef"


def load(
    env: dict[str, str] | None = None, dotenv: Path | None = None, **flags: object
) -> Settings:
    return load_settings(flags, env or {}, dotenv)


def refusal(env: dict[str, str], **flags: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_settings(flags, env, None)
    assert caught.value.__cause__ is None
    return caught.value


def test_nothing_set_is_a_local_house_on_the_loopback() -> None:
    settings = load()
    assert (settings.environment, settings.host, settings.port, settings.ops_port) == (
        "local",
        "127.0.0.1",
        7003,
        7005,
    )
    assert (settings.erp_mode, settings.erp_auth, settings.db_dsn) == ("official", "basic", None)
    settings.check_secrets()


def test_the_names_are_the_documented_ones_and_each_is_described() -> None:
    names = {name.upper() for name in Settings.model_fields}
    assert names == {
        "DB_DSN", "DB_PASSWORD", "ENVIRONMENT", "HOST", "PORT", "OPS_PORT", "WEBHOOK_KEY",
        "ADMIN_KEY", "ERP_MODE", "ERP_ADAPTER", "ERP_BASE_URL", "ERP_COMPANY", "ERP_AUTH",
        "ERP_USER", "ERP_PASSWORD", "CANARY_PERCENT", "LOGFIRE_TOKEN", "LOG_FORMAT",
        "SUBSCRIBER_URL", "SUBSCRIBER_SECRET", "PUBLIC_URL", "TIDEGATE_CONFIG", "ROOT_PATH",
        "TRUSTED_PROXIES", "CORS_ORIGINS", "BODY_LIMIT", "DISK_FLOOR",
        "ALERT_URLS", "HEARTBEAT_URL",
    }  # fmt: skip
    assert all(field.description for field in Settings.model_fields.values())


def test_a_flag_wins_over_the_environment_and_that_over_dotenv(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=1\nOPS_PORT=1\nHOST=dotenv\n", "utf-8")
    settings = load({"PORT": "2", "OPS_PORT": "2"}, dotenv, port=3, host=None)
    assert (settings.port, settings.ops_port, settings.host) == (3, 2, "dotenv")


def test_the_environment_is_what_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9")
    assert load().port == 7003


def test_dotenv_may_begin_with_a_byte_order_mark_and_is_read_as_it_stands(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("WEBHOOK_KEY='a${HOME}b'\nUNRELATED=1\nERP_USER=\n", "utf-8-sig")
    settings = load({}, dotenv)
    assert settings.webhook_key is not None
    assert settings.webhook_key.get_secret_value() == "a${HOME}b"
    assert settings.erp_user is None


def test_a_dotenv_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ERP_USER=\xff")
    with pytest.raises(ConfigError, match=r"\.env cannot be read"):
        load({}, tmp_path / ".env")


def test_dotenv_beside_the_configuration_comes_before_the_one_in_the_directory(
    tmp_path: Path,
) -> None:
    beside, directory = tmp_path / "beside", tmp_path / "directory"
    for folder in (beside, directory):
        folder.mkdir()
    assert find_dotenv(beside / "tidegate.toml", directory) is None
    (directory / ".env").touch()
    assert find_dotenv(beside / "tidegate.toml", directory) == directory / ".env"
    (beside / ".env").touch()
    assert find_dotenv(beside / "tidegate.toml", directory) == beside / ".env"
    assert find_dotenv(None, directory) == directory / ".env"


def test_an_empty_variable_counts_as_unset() -> None:
    assert load({"PORT": "", "ERP_USER": "", "WEBHOOK_KEY_FILE": ""}).port == 7003


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_is_read_from_its_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\ufeffhttps://host/s3cret value\r\n", "utf-8")
    settings = load({f"{name}_FILE": str(tmp_path / "secret")})
    assert getattr(settings, name.lower()).get_secret_value() == "https://host/s3cret value"


def test_the_secrets_are_these() -> None:
    assert {
        "DB_DSN", "DB_PASSWORD", "WEBHOOK_KEY", "ADMIN_KEY", "ERP_PASSWORD", "LOGFIRE_TOKEN",
        "SUBSCRIBER_SECRET", "ALERT_URLS", "HEARTBEAT_URL",
    } == SECRETS  # fmt: skip


@pytest.mark.parametrize("value", ["hunter2", "ftp://host/hunter2", "https://host:hunter2/x"])
def test_a_heartbeat_that_is_no_address_is_refused_and_not_repeated(value: str) -> None:
    error = refusal({"HEARTBEAT_URL": value})
    assert "HEARTBEAT_URL" in str(error)
    assert "hunter2" not in f"{error}{error.next_step}"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_secret_file_without_a_secret_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "missing"
    if content is not None:
        path.write_bytes(content)
    error = refusal({"ADMIN_KEY_FILE": str(path)})
    assert "ADMIN_KEY_FILE" in str(error)
    assert str(path) in str(error)
    assert error.next_step


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    error = refusal({"ADMIN_KEY": KEY, "ADMIN_KEY_FILE": str(tmp_path / "x")})
    assert "ADMIN_KEY and ADMIN_KEY_FILE are both set" in str(error)


def test_a_flag_settles_what_environment_and_file_dispute(tmp_path: Path) -> None:
    env = {"ADMIN_KEY": "x", "ADMIN_KEY_FILE": str(tmp_path / "x")}
    settings = load(env, admin_key=KEY)
    assert settings.admin_key is not None
    assert settings.admin_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("ENVIRONMENT", "a b"),
        ("ERP_MODE", "officail"),
        ("ERP_AUTH", "kerberos"),
        ("CANARY_PERCENT", "101"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "example.org"),
        ("ERP_BASE_URL", "http://user:hunter2@erp/"),
        ("SUBSCRIBER_URL", "http://host:99999/"),
        ("ROOT_PATH", "tidegate"),
        ("TRUSTED_PROXIES", "10.0.0.1, everybody"),
        ("CORS_ORIGINS", "https://a.example/"),
        ("CORS_ORIGINS", "a.example"),
        ("BODY_LIMIT", "12"),
        ("DISK_FLOOR", "-1"),
    ],
)
def test_a_refusal_names_the_setting_and_what_to_do(name: str, value: str) -> None:
    error = refusal({name: value})
    assert str(error).startswith(f"{name}: ")
    assert error.next_step.startswith(f"set {name}: ")
    assert "hunter2" not in str(error)


def test_a_flag_that_is_no_setting_gets_a_guess() -> None:
    error = refusal({}, webhok_key="hunter2")
    assert (str(error), error.next_step) == (
        "there is no setting WEBHOK_KEY",
        "did you mean WEBHOOK_KEY?",
    )


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "console"),
        ({"ENVIRONMENT": "Production"}, "json"),
        ({"ENVIRONMENT": "test", "LOG_FORMAT": "console"}, "console"),
        ({"LOG_FORMAT": "json"}, "json"),
    ],
)
def test_logs_are_for_people_locally_and_json_elsewhere(env: dict[str, str], expected: str) -> None:
    assert load(env).log_format == expected


def test_proxies_are_networks() -> None:
    settings = load({"TRUSTED_PROXIES": "10.0.0.1, 192.168.1.7/24,::1", "ROOT_PATH": "/tg/"})
    assert settings.trusted_proxies == ("10.0.0.1/32", "192.168.1.0/24", "::1/128")
    assert settings.root_path == "/tg"


def test_a_path_is_said_once() -> None:
    twice = {"PUBLIC_URL": "https://erp.example/tidegate/", "ROOT_PATH": "/tidegate"}
    assert "PUBLIC_URL ends with it" in str(refusal(twice))
    host = load({"PUBLIC_URL": "https://tidegate", "ROOT_PATH": "/tidegate"})
    assert host.root_path == "/tidegate"


def test_origins_are_a_list() -> None:
    assert load({"CORS_ORIGINS": "https://a.example, http://localhost:5173"}).cors_origins == (
        "https://a.example",
        "http://localhost:5173",
    )


@pytest.mark.parametrize("env", [{"ENVIRONMENT": "production"}, {"HOST": "0.0.0.0"}])
@pytest.mark.parametrize(
    "keys",
    [{}, {"WEBHOOK_KEY": KEY}, {"ADMIN_KEY": KEY}, {"WEBHOOK_KEY": KEY, "ADMIN_KEY": KEY[1:]}],
)
def test_where_others_may_come_both_keys_must_be_real(
    env: dict[str, str], keys: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=r"_KEY is (not set|shorter)") as caught:
        load(env | keys).check_secrets()
    assert "_KEY_FILE" in caught.value.next_step
    load(env | {"WEBHOOK_KEY": KEY, "ADMIN_KEY": KEY}).check_secrets()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_the_loopback_needs_no_keys_locally(host: str) -> None:
    load({"HOST": host}).check_secrets()


def test_secrets_show_in_no_text() -> None:
    settings = load(dict.fromkeys(SECRETS, "https://hunter2hunter2"))
    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hunter2" not in shown
    with pytest.raises(ConfigError) as caught:
        load({"ENVIRONMENT": "x", "WEBHOOK_KEY": "hunter2"}).check_secrets()
    assert "hunter2" not in str(caught.value) + caught.value.next_step
