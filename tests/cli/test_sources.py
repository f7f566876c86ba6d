"""`tidegate sources`: who is configured, who could get in, and what a signature is made over."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Run

# A name that Zoho's page documents with the string that it makes: facts on Zoho, section 4.
BODY = '{"created_date":"2019-03-06","event_id":"5675"}'
QUERY = "subscription_id=90343&name=basic"
STRING = f"namebasicsubscription_id90343{BODY}"

CONFIG = """
[sources.zoho]
scheme = "zoho"
secrets = ["ZOHO_SECRET", "ZOHO_OLD"]
rate = "600/minute"
lenient = false
[sources.github]
[sources.stripe]
[sources.shopify]
[sources.business_central]
[sources.shop]
preset = "standard"
secrets = ["SHOP_SECRET"]
[sources.mac]
preset = "hmac"
secrets = ["MAC_SECRET"]
[sources.keyed]
preset = "static_key"
secrets = ["KEYED_SECRET"]
[sources.both]
preset = "github"
secrets = ["MAC_SECRET"]
keys = ["KEYED_SECRET"]
"""
SECRETS = {
    "ZOHO_SECRET": "zohosecret0123456789",
    "GITHUB_WEBHOOK_SECRET": "It's a Secret to Everybody",
    "STRIPE_WEBHOOK_SECRET": "whsec_stripe0123456789",
    "SHOPIFY_WEBHOOK_SECRET": "shopify-secret-0123456789",
    "BC_CLIENT_STATE": "client-state-0123456789",
    "SHOP_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "MAC_SECRET": "mac-secret-0123456789-0123456789",
    "KEYED_SECRET": "keyed-secret-0123456789",
}
NAMES = ("zoho", "github", "stripe", "shopify", "business_central", "shop", "mac", "keyed", "both")


@pytest.fixture
def here(run: Run, tmp_path: Path) -> Path:
    """Where the commands run, with a configuration and its secrets in `.env`."""
    (tmp_path / "tidegate.toml").write_text(CONFIG, "utf-8")
    lines = (f"{name}='{value}'\n" for name, value in SECRETS.items() if "'" not in value)
    (tmp_path / ".env").write_text("".join(lines), "utf-8")
    (tmp_path / "github").write_text(SECRETS["GITHUB_WEBHOOK_SECRET"], "utf-8")
    with (tmp_path / ".env").open("a", encoding="utf-8") as file:
        file.write(f"GITHUB_WEBHOOK_SECRET_FILE={tmp_path / 'github'}\n")
    return tmp_path


def test_the_list_says_which_secrets_are_set_and_never_one_of_them(run: Run, here: Path) -> None:
    for form in ("table", "json", "jsonl", "csv"):
        ran = run("sources", "list", "-o", form)
        assert ran.code == exits.OK
        assert not any(secret in ran.out + ran.err for secret in SECRETS.values())
    zoho = run("sources", "list", "-o", "json").json[0]
    assert (zoho["name"], zoho["scheme"], zoho["lenient"]) == ("zoho", "zoho", False)
    assert (zoho["rate"], zoho["entities"][0]) == ("600/minute", "products")
    assert zoho["secrets"] == {"ZOHO_SECRET": "set", "ZOHO_OLD": "unset"}


def test_keys_that_a_first_run_drew_count_as_set(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / ".tidegate"
    folder.mkdir()
    (folder / "keys.env").write_text("WEBHOOK_KEY=0123456789abcdef\n", "utf-8")
    (zoho,) = run("sources", "list", "-o", "json").json
    assert zoho["secrets"] == {"WEBHOOK_KEY": "set"}
    assert run("sources", "check", "zoho").code == exits.OK


@pytest.mark.parametrize("name", NAMES)
def test_a_source_with_its_secrets_signs_and_verifies(run: Run, here: Path, name: str) -> None:
    ran = run("sources", "check", name, "-o", "json")
    assert ran.code == exits.OK, ran.out
    assert any(row["what"].startswith("a delivery signed with") for row in ran.json)
    assert all(row["well"] for row in ran.json)
    assert not any(secret in ran.out for secret in SECRETS.values())


def test_a_source_without_its_secret_is_a_problem(run: Run, tmp_path: Path) -> None:
    ran = run("sources", "check", "zoho", "-o", "json")
    assert ran.code == exits.PROBLEM
    assert ran.json == [{"what": "WEBHOOK_KEY is set", "well": False, "why": "unset"}]


def test_a_secret_that_the_scheme_cannot_use_is_a_problem(run: Run, here: Path) -> None:
    with (here / ".env").open("a", encoding="utf-8") as file:
        file.write("SHOP_SECRET=hunter2\n")
    ran = run("sources", "check", "shop")
    assert ran.code == exits.PROBLEM
    assert "hunter2" not in ran.out + ran.err


def test_a_source_that_is_not_configured_gets_a_guess(run: Run, here: Path) -> None:
    ran = run("sources", "check", "githb")
    assert ran.code == exits.USAGE
    assert "did you mean 'github'?" in ran.err


def test_the_string_to_sign_is_printed_byte_for_byte(run: Run, here: Path) -> None:
    (here / "body").write_text(BODY, "utf-8")
    ran = run("sources", "sign-string", "zoho", "--body", here / "body", "--query", QUERY)
    assert (ran.code, ran.out) == (exits.OK, STRING)
    assert "X-Zoho-Webhook-Signature: " in ran.err


@pytest.mark.parametrize("name", [name for name in NAMES if name != "business_central"])
def test_the_headers_that_it_prints_are_let_in(run: Run, here: Path, name: str) -> None:
    (here / "body").write_text(BODY, "utf-8")
    command = ("sources", "sign-string", name, "--body", here / "body", "-o", "json")
    first = run(*command).json
    key = {"X-Webhook-Key": SECRETS["KEYED_SECRET"]} if name in ("keyed", "both") else {}
    right = {**first["headers"], **key}
    options = [part for n, v in right.items() for part in ("--header", f"{n}: {v}")]
    assert run(*command, *options).json["verdict"] == "let in"
    options[1] += "x"
    assert run(*command, *options).json["verdict"].startswith("refused, ")


@pytest.mark.parametrize("name", ["keyed", "both"])
def test_a_static_key_is_not_shown(run: Run, here: Path, name: str) -> None:
    (here / "body").write_text(BODY, "utf-8")
    ran = run("sources", "sign-string", name, "--body", here / "body", "-o", "json")
    assert ran.json["headers"]["X-Webhook-Key"] == "***"
    assert SECRETS["KEYED_SECRET"] not in ran.out + ran.err


def test_the_body_may_come_from_stdin(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xffraw\r\n")))
    ran = run("sources", "sign-string", "github", "--body", "-", "-o", "json")
    assert json.loads(ran.out)["to_sign"] == "\\xffraw\r\n"


@pytest.mark.parametrize(
    "wrong", [("--body", "missing"), ("--body", "tidegate.toml", "--header", "no colon")]
)
def test_a_body_or_header_that_cannot_be_read_is_a_wrong_usage(
    run: Run, here: Path, wrong: tuple[str, ...]
) -> None:
    assert run("sources", "sign-string", "github", *wrong).code == exits.USAGE
