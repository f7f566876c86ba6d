"""Write the reference pages from the code, or with `--check` say where they differ from it."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cli import exits
from cli.main import app
from sql.views import catalog
from tidegate.config_alerts import Alerts
from tidegate.config_base import KIND_DEFAULTS, Table
from tidegate.config_legacy import LegacyCommand
from tidegate.config_mapping import FieldSpec, Lines, Mapping, When
from tidegate.config_merge import INHERITED
from tidegate.config_retention import Retention
from tidegate.config_rules import Rule
from tidegate.config_sources import Source
from tidegate.config_tables import AdapterOptions, Api, Entity, Retry, Subscription
from tidegate.settings import Settings

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
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


def configuration_page() -> str:
    """Every table of tidegate.toml with its keys, and what is shipped for the sources."""
    head = ["# Configuration", "", GENERATED, *_PROSE]
    tables = [line for title, table in _TABLES for line in _table(title, table)]
    return "\n".join([*head, *tables, *_kinds(), *_presets()]) + "\n"


_PROSE = (
    "`tidegate.toml`, or the file that `TIDEGATE_CONFIG` names. A place is `header:NAME`,",
    "`query:NAME`, `body:/pointer` (the whole body) or `record:/pointer` (the record within it).",
    "A path names fields from the record inwards, parted by `/`; `*` is every item of a list.",
    "`tidegate config explain KEY` says where a value comes from.",
    "",
    "A source starts from its preset and brings the preset's entities along. `[entities.NAME]`",
    "without a source's name is laid over that entity of every source that has one, and",
    '`[entities."SOURCE.NAME"]` over that. Where all of them leave out '
    f"{', '.join(f'`{each}`' for each in INHERITED)},",
    "the source's value holds.",
    "",
    "`[mapping.NAME]` is laid over the shipped one likewise, field by field:",
    '`FIELD = "/pointer"` is short for a table with `from`, `FIELD = false` leaves one out, and a',
    "table that names a `command` begins anew.",
    "`tidegate mapping check`, `show` and `try` say what comes of it.",
    "",
)
_TABLES: tuple[tuple[str, type[Table]], ...] = (
    ("[sources.NAME]", Source),
    ('[entities."SOURCE.NAME"]', Entity),
    ('[entities."SOURCE.NAME".retry]', Retry),
    ("[api]", Api),
    ("[adapters.NAME]", AdapterOptions),
    ("[adapters.NAME.commands.COMMAND]", LegacyCommand),
    ('[mapping."SOURCE.NAME"]', Mapping),
    ('[mapping."SOURCE.NAME".fields]: each field', FieldSpec),
    ('[mapping."SOURCE.NAME".lines]', Lines),
    ('[[mapping."SOURCE.NAME".when]]', When),
    ("[[rules]]", Rule),
    ("[[subscriptions]]", Subscription),
    ("[retention]", Retention),
    ("[alerts]", Alerts),
)


def _table(title: str, table: type[Table]) -> list[str]:
    words = re.sub(r"^`[^`]+`[:;] ", "", (table.__doc__ or "").split("\n")[0])
    rows = [
        f"| `{info.alias or name}` | {_cell(_may_be(info.annotation))} | {_table_default(info)} "
        f"| {_cell(info.description or '')} |"
        for name, info in table.model_fields.items()
    ]
    head = ["| key | may be | default | what it does |", "|---|---|---|---|"]
    return [f"## `{title}`", "", words[:1].upper() + words[1:], "", *head, *rows, ""]


def _table_default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if info.default_factory_takes_validated_data:
        return "by kind"
    value = info.get_default(call_default_factory=False)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) and value < 1e6 else _default(info)


def _may_be(annotation: Any) -> str:
    """What may be written, in words; shapes are told by the description and by the refusal."""
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(annotation))
    if get_origin(annotation) is tuple:
        return _list_of(get_args(annotation)[0])
    if get_origin(annotation) is dict:
        return "table"
    if annotation is Any:
        return "text, number, `true`, `false`"
    plain = {str: "text", bool: "`true`, `false`", int: "whole number", float: "number"}
    if annotation in plain:
        return plain[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return "table"
    inner = (each for each in get_args(annotation) if each is not type(None))
    return next((words for each in inner if (words := _may_be(each))), "")


def _list_of(item: Any) -> str:
    if isinstance(item, type) and issubclass(item, Table):
        return "list of tables"
    return "value, or list of them" if get_origin(item) is UnionType else "list of texts"


def _kinds() -> list[str]:
    rows = [
        f"| `{kind}` | {' | '.join(f'`{each}`' for each in defaults)} |"
        for kind, defaults in KIND_DEFAULTS.items()
    ]
    head = ["| kind | dedup | order | on_dead |", "|---|---|---|---|"]
    return ["## Kinds", "", "What a kind sets where the entity does not say.", "", *head, *rows, ""]


def _presets() -> list[str]:
    raw = tomllib.loads((ROOT / "tidegate" / "presets.toml").read_text(encoding="utf-8"))
    rows = []
    for name, source in raw["sources"].items():
        owned = [each for each in raw["entities"] if each.partition(".")[0] == name]
        entities = ", ".join(f"`{each.partition('.')[2]}`" for each in owned)
        secrets = ", ".join(f"`{each}`" for each in source.get("secrets", ())) or "yours to name"
        rows.append(f"| `{name}` | `{source['scheme']}` | {secrets} | {entities} |")
    head = ["| preset | scheme | secrets | entities |", "|---|---|---|---|"]
    return [
        "## Presets",
        "",
        "Shipped sources; `tidegate config show` prints them.",
        "",
        *head,
        *rows,
    ]


def views_page() -> str:
    """Every view with its columns."""
    lines = ["# Views", "", GENERATED, *_VIEWS_PROSE]
    for view in catalog().values():
        lines += [f"## {view.name}", "", " ".join(filter(None, (view.about, view.note))), ""]
        lines += ["| column | type | what it says |", "|---|---|---|"]
        lines += [f"| `{c.name}` | `{c.type}` | {_cell(c.says)} |" for c in view.columns]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


_VIEWS_PROSE = (
    "What reports may select from: these names, columns and types stay, the tables behind them do",
    "not. No view shows a payload. On SQL Server they live in the schema `tidegate`. Types are",
    "those of SQL Server; SQLite keeps `datetime2(6)` as text (`YYYY-MM-DD HH:MM:SS.ffffff`),",
    "`uniqueidentifier` as text, `decimal` as a number. Times are UTC. `tidegate db upgrade` makes",
    "the views anew. Read them under row versioning (`READ_COMMITTED_SNAPSHOT`), never NOLOCK.",
    "",
    "What looks at history looks at the newest rows by their numbers, and says at how many: a view",
    "costs the same behind a thousand finished events as behind a million.",
    "",
)


def exits_page() -> str:
    """Every exit code."""
    lines = ["# Exit codes", "", GENERATED, "The same for every command.", ""]
    lines += ["| code | what it says |", "|---|---|"]
    lines += [f"| {code} | {_cell(words)} |" for code, words in exits.MEANINGS.items()]
    return "\n".join(lines) + "\n"


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
    pages = {
        REFERENCE / "settings.md": settings_page(),
        REFERENCE / "configuration.md": configuration_page(),
        REFERENCE / "cli.md": cli_page(),
        REFERENCE / "views.md": views_page(),
        REFERENCE / "exit-codes.md": exits_page(),
    }
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
