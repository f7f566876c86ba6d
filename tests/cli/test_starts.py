"""How `tidegate up` and its parts start, refuse to start, and stop."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Run
from tests.e2e.house import House, Process
from tests.e2e.wait import eventually

pytestmark = pytest.mark.process


@pytest.fixture
def own(tmp_path: Path) -> Iterator[House]:
    """A house that is not started yet."""
    made = House(tmp_path, forked=False)
    yield made
    made.close()


def refusal(folder: Path, *args: str, **env: str) -> tuple[int, str]:
    """The exit code and the words of a start that fails."""
    process = Process(folder, "refused", list(args), env)
    try:
        return eventually("it ends", 20, process.ended), process.said()
    finally:
        process.kill()


@pytest.mark.parametrize("role", ["ingest", "processor", "relay"])
def test_a_role_does_not_start_on_a_schema_that_is_missing(tmp_path: Path, role: str) -> None:
    code, said = refusal(tmp_path, role, "--dir", "d", ERP_BASE_URL="http://127.0.0.1:9")
    assert code == exits.PROBLEM
    assert "tidegate db upgrade" in said


@pytest.mark.parametrize("role", ["up", "ingest"])
def test_outside_local_the_keys_must_be_given(tmp_path: Path, role: str) -> None:
    code, said = refusal(tmp_path, role, "--dir", "d", ENVIRONMENT="production", ADMIN_KEY="")
    assert code == exits.USAGE
    assert "set ADMIN_KEY or ADMIN_KEY_FILE" in said
    assert not (tmp_path / "d").exists()


def test_off_the_loopback_the_keys_must_be_given(tmp_path: Path) -> None:
    code, said = refusal(tmp_path, "up", "--dir", "d", HOST="0.0.0.0", WEBHOOK_KEY="short")
    assert code == exits.USAGE
    assert "WEBHOOK_KEY is shorter" in said


def test_a_dsn_that_cannot_be_read_names_what_it_takes(tmp_path: Path) -> None:
    code, said = refusal(tmp_path, "up", "--dir", "d", "--port", "0", DB_DSN="tcp:server,1433")
    assert code == exits.USAGE
    assert "mssql+pyodbc://" in said


@pytest.mark.parametrize("package", ["sql", "ingest", "ops"])
def test_a_package_of_ours_that_comes_from_elsewhere_is_refused(
    tmp_path: Path, package: str
) -> None:
    (tmp_path / "theirs" / package).mkdir(parents=True)
    (tmp_path / "theirs" / package / "__init__.py").write_text("raise SystemExit('theirs ran')\n")
    code, said = refusal(tmp_path, "up", "--dir", "d", PYTHONPATH=str(tmp_path / "theirs"))
    assert code == exits.USAGE, said
    assert f"the package '{package}' comes from {tmp_path}" in said
    assert "environment of its own" in said


@pytest.mark.parametrize("flag", ["--port", "--sandbox-port"])
def test_a_port_that_is_taken_is_named(tmp_path: Path, flag: str) -> None:
    ports = {"--port": "0", "--sandbox-port": "0"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports[flag] = str(taken.getsockname()[1])
        args = [word for pair in ports.items() for word in pair]
        code, said = refusal(tmp_path, "up", "--dir", "d", *args)
    assert code == exits.USAGE
    assert ports[flag] in said
    assert f"another {flag}" in said


def test_an_unknown_setting_of_the_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "tidegate.toml").write_text("[entities.products]\nordre = 'stamp'\n")
    code, said = refusal(tmp_path, "up", "--dir", "d", "--port", "0", "--sandbox-port", "0")
    assert code == exits.USAGE
    assert "ordre" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean_and_a_second_start_goes_on(own: House, number: signal.Signals) -> None:
    first = own.up()
    event = own.accepted({"item_id": "1", "name": "A", "sku": "A-1"})
    own.ended(event)
    first.signal(number)
    assert eventually("it ends", 30, first.ended) == exits.OK
    own.up()
    assert own.event(event)["state"] == "applied"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_role_without_a_port_stops_cleanly_too(
    own: House, run: Run, number: signal.Signals
) -> None:
    assert run("db", "upgrade", "--dir", own.dir).code == exits.OK
    relay = own.start("relay", "relay")
    relay.says("(tidegate relay runs)")
    relay.signal(number)
    assert eventually("it ends", 30, relay.ended) == exits.OK


def test_the_drawn_keys_are_their_owners_alone_and_stay(house: House) -> None:
    path = house.dir / "keys.env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {line.partition("=")[0] for line in path.read_text().splitlines()} == {
        "WEBHOOK_KEY",
        "ADMIN_KEY",
        "SUBSCRIBER_SECRET",
    }


def test_python_m_tidegate_is_the_same_program() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tidegate", "--help"], capture_output=True, text=True, check=True
    )
    assert "Webhooks in, ERP writes out" in ran.stdout
