"""The help: quick, and complete."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import typer

from cli.filtering import STATE_HELP
from cli.main import app
from cli.panels import PANELS
from sql.states import STATES

HEAVY = {"alembic", "pyodbc", "fastapi", "starlette", "sqlalchemy", "httpx", "logfire", "rich"}
_HELP = """
import sys
from cli.main import run
sys.argv = ["tidegate", "--help"]
try:
    run()
finally:
    sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def commands(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from commands(child)


def test_the_help_imports_nothing_heavy() -> None:
    ran = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True)
    assert "\n  dispatch " not in ran.stdout
    assert "status" in ran.stdout
    assert HEAVY & set(ran.stderr.split()) == set()


def test_every_command_and_option_says_what_it_does() -> None:
    for command in commands(typer.main.get_command(app)):
        assert command.help, command.name
        silent = [p.name for p in command.params if not getattr(p, "help", None)]
        assert silent == [], command.name


def test_the_help_names_every_state() -> None:
    named = STATE_HELP.rstrip(".").replace(" or ", ", ").split(", ")
    assert sorted(named) == sorted(STATES)


def test_every_command_has_its_place_in_the_help() -> None:
    placed = [name for names in PANELS.values() for name in names]
    assert sorted(placed) == sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_no_line_of_the_list_of_commands_is_cut() -> None:
    ran = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True)
    assert "..." not in ran.stdout.partition("Run:")[2]
    assert [title for title in PANELS if f"{title}:" not in ran.stdout] == []
