"""`tidegate config`: check the file, show what is in force, say where a value comes from."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.context import DEFAULT_DIR, config_file, read_secrets, settings_here
from cli.options import ConfigFile, Dir, Output
from cli.output import Format, show_one, show_pairs, show_rows, tell
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from tidegate.canon import Json
    from tidegate.config_explain import Explained
    from tidegate.settings import Settings

app = typer.Typer(help="Check, show and explain the configuration.", no_args_is_help=True)

COLUMNS = {"key": "key", "value": "value", "from": "from", "at": "at"}


class Form(StrEnum):
    """The forms of `config show`."""

    toml = "toml"
    json = "json"


@app.command("check")
def check(
    file: ConfigFile = None,
    directory: Dir = None,
) -> None:
    """Read a configuration as a start would, and name what is wrong with it."""
    from cli.source_checks import problems, unset
    from tidegate.config import load_config

    try:
        path = file or config_file(settings_here())
        config = load_config(path)
    except ConfigError as error:
        raise exits.problem(error, error.next_step) from None
    get = read_secrets(directory or DEFAULT_DIR).get
    for each in unset(config, get):
        tell(each)
    wrong = problems(config, get)
    for problem in wrong:
        tell(problem, problem.next_step)
    if wrong:
        raise typer.Exit(exits.PROBLEM)
    counts = f"{len(config.sources)} sources, {len(config.entities)} entities"
    typer.echo(f"{path or 'the shipped defaults'}: {counts}, version {config.version}")


@app.command("show")
def show(
    output: Annotated[
        Form, typer.Option("--output", "-o", help="toml: the merged file; json: settings too.")
    ] = Form.toml,
) -> None:
    """Show the configuration in force without its secrets: presets, defaults and file in one."""
    from tidegate.config import load_config
    from tidegate.config_report import configuration, report
    from tidegate.config_toml import to_toml

    settings = settings_here()
    config = load_config(config_file(settings))
    if output is Form.toml:
        typer.echo(f"# version {config.version}\n{to_toml(configuration(config))}", nl=False)
        return
    show_one(_plain(report(config, settings)), Format.json)


@app.command("explain")
def explain(
    key: Annotated[str, typer.Argument(help="sources.zoho.rate, entities.zoho.products or PORT.")],
    output: Output = Format.table,
) -> None:
    """Say where a value comes from and what it does; of a table, each of its values."""
    settings = settings_here()
    path = config_file(settings)
    rows = _setting(settings, key) or _keys(path, key)
    if output is Format.table and len(rows) == 1:
        show_pairs(rows[0])
    else:
        show_rows(rows, COLUMNS, output)


def _keys(path: Path | None, key: str) -> list[dict[str, Any]]:
    from tidegate.config import load_config, load_layers
    from tidegate.config_explain import explain as explained

    found = explained(load_config(path), load_layers(path), key)
    return [_row(each, path) for each in found]


def _row(each: Explained, path: Path | None) -> dict[str, Any]:
    from tidegate.config_errors import dotted
    from tidegate.toml_place import key_place

    where = dotted(each.said) if each.origin != "default" else ""
    if each.origin == "file" and path is not None:
        line, column = key_place(path.read_text("utf-8-sig"), each.said)
        where = f"{path}:{line}:{column}"
    value = _plain(each.value)
    words = each.description
    return {"key": each.key, "value": value, "from": each.origin, "at": where, "does": words}


def _setting(settings: Settings, key: str) -> list[dict[str, Any]]:
    from tidegate.config_report import shown

    field = type(settings).model_fields.get(key.lower())
    if field is None:
        return []
    origin, where = _place(key.upper())
    value = _plain(shown(settings, key.lower()))
    return [
        {
            "key": key.upper(),
            "value": value,
            "from": origin,
            "at": where,
            "does": field.description,
        }
    ]


def _place(name: str) -> tuple[str, str]:
    """Where a setting was found, in the order in which they are asked."""
    from tidegate.secrets import read_dotenv
    from tidegate.settings import SECRETS, find_dotenv

    dotenv = find_dotenv(None, Path.cwd())
    names = (name, f"{name}_FILE") if name in SECRETS else (name,)
    for origin, given in (("environment", os.environ), (".env", read_dotenv(dotenv))):
        for each in names:
            if given.get(each):
                return origin, each if origin == "environment" else f"{dotenv}: {each}"
    return "default", ""


def _plain(value: Json) -> Any:
    """Numbers as `json` writes them."""
    from tidegate.canon import dumps

    return json.loads(dumps(value))
