"""Write the reference pages from the code, or with `--check` say where they differ from it."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cli.main import app
from tidegate.settings import Settings

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
GENERATED = "Written by `make docs` from the code; `make check` says when the two differ.\n"


def settings_page() -> str:
    """Every setting: its variable, its default, what it does."""
    lines = ["# Settings", "", GENERATED, "| variable | default | what it does |", "|---|---|---|"]
    for field, info in Settings.model_fields.items():
        lines.append(f"| `{field.upper()}` | {_default(info)} | {_cell(info.description or '')} |")
    return "\n".join(lines) + "\n"


def _default(info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=False)
    if value is None or value is PydanticUndefined or _plain(value) in ("", "()", "[]", "{}"):
        return ""
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def cli_page() -> str:
    """Every command with its arguments and options."""
    sections = (_section(path, command) for path, command in _commands("tidegate", _root()))
    return "\n".join(["# Commands", "", GENERATED, *sections])


def _root() -> Any:
    return typer.main.get_command(app)


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        if not child.hidden:
            yield from _commands(f"{path} {name}", child)


def _section(path: str, command: Any) -> str:
    lines = [f"## {path}", "", (command.help or "").replace("\b", "").strip(), ""]
    rows = [_row(p) for p in command.params if not getattr(p, "hidden", False)]
    if rows:
        lines += ["| argument or option | default | what it does |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(param: Any) -> str:
    is_option = param.param_type_name == "option"
    names = (
        [*param.opts, *param.secondary_opts] if is_option else [param.metavar or param.name.upper()]
    )
    shown = param.default
    if shown is None or shown is False or shown in ("", (), []) or callable(shown):
        default = "required" if param.required else ""
    else:
        default = f"`{_plain(shown)}`"
    words = _cell(getattr(param, "help", None) or "")
    return f"| {', '.join(f'`{name}`' for name in names)} | {default} | {words} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _differs(path: Path, wanted: str) -> bool:
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    diff = difflib.unified_diff(
        found.splitlines(), wanted.splitlines(), f"{path.name} as it is", "as it should be", "", ""
    )
    for line in diff:
        print(line)
    return found != wanted


def main() -> int:
    """Write the pages, or compare them; 1 where a page is out of step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and change nothing")
    check = parser.parse_args().check
    pages = {REFERENCE / "settings.md": settings_page(), REFERENCE / "cli.md": cli_page()}
    if not check:
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path.name for path, text in pages.items() if _differs(path, text)]
    if stale:
        print(f"docs/reference is out of step ({', '.join(stale)}): run `make docs`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
