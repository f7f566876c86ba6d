"""`tidegate config`: what is wrong, what is in force, and where it comes from."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Run
from tidegate.config import load_config

TEXT = """
[sources.github]
[entities.bills]
writes = "shadow"
"""


@pytest.fixture
def file(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "tidegate.toml"
    path.write_text(TEXT, "utf-8")
    return path


def test_a_good_file_is_told_with_its_version(run: Run, file: Path) -> None:
    ran = run("config", "check")
    version = load_config(file).version
    assert (ran.code, ran.out) == (
        exits.OK,
        f"{file}: 2 sources, 11 entities, version {version}\n",
    )
    assert "sources.github: GITHUB_WEBHOOK_SECRET is not set here" in ran.err


def test_without_a_file_the_defaults_are_checked(run: Run) -> None:
    assert run("config", "check").out.startswith("the shipped defaults: 1 sources, 10 entities")


def test_a_bad_file_is_a_problem_with_its_place(run: Run, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[sources.githbu]\nscheme = 'githb'\n", "utf-8")
    ran = run("config", "check", other)
    assert ran.code == exits.PROBLEM
    assert f"{other}:2:1: sources.githbu.scheme" in ran.err
    assert "next: did you mean 'github'?" in ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[entities.bills]\nmodel = "zoho.bil"\n', "zoho.bil"),
        ('[sources.s]\nsecrets = ["S_KEY"]\nkey_header = "a b"\n', "key_header"),
    ],
)
def test_what_would_stop_a_start_is_a_problem(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("S_KEY", "0123456789abcdef")
    (tmp_path / "tidegate.toml").write_text(text, "utf-8")
    ran = run("config", "check")
    assert ran.code == exits.PROBLEM
    assert words in ran.err


def test_a_setting_that_is_refused_is_a_problem(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    ran = run("config", "check")
    assert (ran.code, "PORT" in ran.err) == (exits.PROBLEM, True)


def test_what_is_shown_is_the_merged_file(run: Run, file: Path) -> None:
    shown = run("config", "show").out
    assert shown.startswith(f"# version {load_config(file).version}\n")
    found = tomllib.loads(shown)
    assert found["entities"]["zoho.bills"]["writes"] == "shadow"
    assert found["sources"]["github"]["scheme"] == "github"


def test_the_json_form_has_the_settings_and_no_secret(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_KEY", "hunter2hunter2hunter2")
    ran = run("config", "show", "-o", "json")
    assert ran.json["version"] == load_config(file).version
    assert (ran.json["settings"]["ADMIN_KEY"], ran.json["settings"]["WEBHOOK_KEY"]) == (
        "set",
        "unset",
    )
    assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("key", "value", "origin", "at"),
    [
        ("entities.zoho.bills.writes", "shadow", "file", "{file}:4:1"),
        ("sources.github.scheme", "github", "presets.toml", "sources.github.scheme"),
        ("sources.zoho.scheme", "static_key", "default.toml", "sources.zoho.scheme"),
        ("api.wait", 10, "default", ""),
        ("PORT", 7003, "default", ""),
        ("host", "0.0.0.0", "environment", "HOST"),
        ("OPS_PORT", 9, ".env", "{dir}/.env: OPS_PORT"),
        ("ADMIN_KEY", "set", "environment", "ADMIN_KEY_FILE"),
    ],
)
def test_a_key_is_explained(
    run: Run,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    value: object,
    origin: str,
    at: str,
) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    (file.parent / ".env").write_text("HOST=1.1.1.1\nOPS_PORT=9\n", "utf-8")
    (file.parent / "admin").write_text("0123456789abcdef", "utf-8")
    monkeypatch.setenv("ADMIN_KEY_FILE", str(file.parent / "admin"))
    (row,) = run("config", "explain", key, "-o", "json").json
    assert (row["value"], row["from"]) == (value, origin)
    assert row["at"] == at.format(file=file, dir=file.parent)
    assert row["does"]


def test_a_table_is_explained_key_by_key(run: Run, file: Path) -> None:
    ran = run("config", "explain", "sources.github")
    assert ran.code == exits.OK
    assert "sources.github.message_id" in ran.out


def test_a_key_that_is_not_there_is_a_wrong_usage(run: Run, file: Path) -> None:
    ran = run("config", "explain", "sources.gitub.rate")
    assert ran.code == exits.USAGE
    assert "did you mean 'github'?" in ran.err
