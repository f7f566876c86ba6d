"""The files that carry Tidegate elsewhere say what they must."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tidegate.settings import Settings

ROOT = Path(__file__).parents[2]
COMPILED = ["requirements.txt", "requirements-build.txt", "requirements-dev.txt"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, arguments) of the last stage, continuation lines joined."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", read("Dockerfile")))
    steps = [(line.split(maxsplit=1)[0], line) for line in joined.splitlines() if line.strip()]
    last = max(i for i, (word, _) in enumerate(steps) if word == "FROM")
    return [(word, line.removeprefix(word).strip()) for word, line in steps[last:]]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read("docker-compose.yml"))
    return loaded


def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read(".github/workflows/ci.yml"))
    return loaded


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def make_targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z]+):", read("Makefile")))


def test_the_image_does_not_run_as_root() -> None:
    users = [value for word, value in dockerfile() if word == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}


def test_the_image_asks_ping_whether_it_is_alive() -> None:
    [check] = [value for word, value in dockerfile() if word == "HEALTHCHECK"]
    assert "/ping" in check
    assert "urllib" in check


def test_the_image_starts_in_exec_form_so_that_signals_arrive() -> None:
    forms = [value for word, value in dockerfile() if word in {"ENTRYPOINT", "CMD"}]
    assert len(forms) == 2
    assert all(value.startswith("[") for value in forms)


def test_every_pip_install_in_the_image_is_hash_checked_or_offline() -> None:
    text = re.sub(r"\\\n", " ", read("Dockerfile"))
    installs = re.findall(r"pip install ([^&\n]*)", text)
    assert installs
    assert all("--require-hashes" in rest or "--no-index" in rest for rest in installs)


def test_the_driver_comes_from_a_repository_with_its_own_key() -> None:
    text = read("Dockerfile")
    assert re.search(r"signed-by=\S+microsoft\.asc", text)
    assert "msodbcsql18" in text


def test_the_image_gets_every_package_and_nothing_secret() -> None:
    allowed = set(re.findall(r"(?m)^!(\S+)$", read(".dockerignore")))
    packaged = tomllib.loads(read("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(packaged["packages"]) <= allowed
    assert read(".dockerignore").startswith("*\n")
    assert not any(name.startswith(".env") for name in allowed)


def test_compose_without_a_profile_runs_on_sqlite() -> None:
    started = {name: s for name, s in compose()["services"].items() if "profiles" not in s}
    assert set(started) == {"tidegate"}
    assert "DB_DSN" not in started["tidegate"]["environment"]


def test_compose_with_its_profile_waits_for_the_database_and_its_schema() -> None:
    services = compose()["services"]
    waits = services["tidegate-mssql"]["depends_on"]["db-upgrade"]["condition"]
    assert waits == "service_completed_successfully"
    assert services["db-upgrade"]["depends_on"]["mssql"]["condition"] == "service_healthy"
    assert "SELECT 1" in services["mssql"]["healthcheck"]["test"][1]
    [script] = services["db-upgrade"]["command"]
    assert re.findall(r"tidegate db (\w+)", script) == ["wait", "create", "upgrade"]


def test_compose_refuses_to_start_without_keys_and_holds_none() -> None:
    environment = compose()["services"]["tidegate"]["environment"]
    for secret in ("WEBHOOK_KEY", "ADMIN_KEY"):
        assert environment[secret].startswith(f"${{{secret}:?")
    assert environment["ENVIRONMENT"] != "local"


def test_compose_demands_nothing_of_sqlite_that_only_sql_server_needs() -> None:
    demanded = set(re.findall(r"\$\{(\w+):\?", read("docker-compose.yml")))
    assert demanded == {"WEBHOOK_KEY", "ADMIN_KEY"}


def test_compose_gives_a_stop_its_grace() -> None:
    services = compose()["services"]
    assert services["tidegate"]["stop_grace_period"] == "30s"
    assert services["tidegate-mssql"]["stop_grace_period"] == "30s"


def test_the_workflow_runs_the_suite_on_a_real_sql_server() -> None:
    job = workflow()["jobs"]["sql-server"]
    assert job["services"]["mssql"]["image"].startswith("mcr.microsoft.com/mssql/server:2022")
    assert "ODBC+Driver+18" in job["env"]["TEST_MSSQL_DSN"]
    assert "msodbcsql18" in commands(job)
    assert "make test" in commands(job)


def test_the_workflow_tests_every_python_that_is_promised() -> None:
    versions = workflow()["jobs"]["test"]["strategy"]["matrix"]["python"]
    promised = re.findall(r"Python :: (3\.\d+)", read("pyproject.toml"))
    assert versions == promised


def test_the_workflow_and_the_local_gate_use_targets_that_exist() -> None:
    jobs = workflow()["jobs"].values()
    called = re.findall(r"make (\w+)", "\n".join(commands(job) for job in jobs))
    assert set(called) <= make_targets()
    assert {"setup", "run", "test", "check", "smoke", "help"} <= make_targets()


@pytest.mark.parametrize(("fails", "code"), [("none", 0), ("check", 1), ("test", 1)])
def test_the_local_gate_runs_check_and_test_whatever_fails(
    tmp_path: Path, fails: str, code: int
) -> None:
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$@"\ntest "$1" != {fails}\n')
    make.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    gate = subprocess.run(
        [ROOT / ".ci" / "run"], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert (gate.stdout.split(), gate.returncode) == (["check", "test"], code)


def test_the_environment_example_names_every_setting_and_no_other() -> None:
    shown = re.findall(r"(?m)^#([A-Z][A-Z_]+)=", read(".env.example"))
    assert len(shown) == len(set(shown))
    assert set(shown) == {field.upper() for field in Settings.model_fields}


def test_the_environment_example_sets_nothing() -> None:
    assert [line for line in read(".env.example").splitlines() if line and line[0] != "#"] == []


def test_the_configuration_example_is_toml() -> None:
    assert tomllib.loads(read("tidegate.toml.example"))


@pytest.mark.parametrize("name", COMPILED)
def test_requirements_name_no_index_and_no_place(name: str) -> None:
    text = read(name)
    assert "://" not in text
    assert not re.search(r"(?m)^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b", text)
    assert "/" not in re.sub(r"(?m)^\s*#.*$", "", text)


@pytest.mark.parametrize("name", COMPILED)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    requirements = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", read(name)).strip())
    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.-]+==[\w.]+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_what_is_promised_is_pinned() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"][1:]
    pinned = set(re.findall(r"(?m)^([\w.-]+)==", read("requirements-dev.txt")))
    assert {re.split(r"[>=;\[ ]", want)[0].lower() for want in wanted} <= pinned
