"""`tidegate rules`: what a failure means, whether the rules are sound, what they would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.options import ConfigFile, Dir, Output
from cli.output import Format, say, show_rows

if TYPE_CHECKING:
    from erp.hindsight import Hindsight
    from erp.rules import Rules
    from tidegate.config_rules import Rule

app = typer.Typer(help="What a failure of the ERP means.", no_args_is_help=True)

COLUMNS = {
    "place": "place",
    "rule_id": "rule",
    "origin": "origin",
    "matches": "matches",
    "outcome": "outcome",
    "after": "after, s",
    "pause": "pauses",
}
CHANGE_COLUMNS = {
    "attempts": "attempts",
    "rule_id": "rule",
    "now_rule_id": "rule now",
    "outcome": "outcome",
    "now_outcome": "outcome now",
}
PAGE = 2000


@app.command("list")
def list_rules(output: Output = Format.table) -> None:
    """List the rules in the order in which they are asked; the first that matches decides."""
    rules = _in_force()
    rows = [_listed(place, rule, rules) for place, rule in enumerate(rules.all, 1)]
    show_rows(rows, COLUMNS, output)


@app.command("check")
def check(
    file: ConfigFile = None,
) -> None:
    """Check the rules of a file: each is known, sound, and safe."""
    from tidegate.errors import ConfigError

    try:
        rules = _in_force(file)
    except ConfigError as error:
        raise exits.problem(error, error.next_step) from None
    say(f"{len(rules.given)} rules of the file before {len(rules.all) - len(rules.given)} shipped")


@app.command("simulate")
def simulate(
    since: Annotated[str, typer.Option(help="How far back: 30m, 12h, 7d.")] = "7d",
    file: Annotated[
        Path | None, typer.Option("--config", help="Judge by this file instead of the one in force")
    ] = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Judge past failures of writes again and show what would come out otherwise."""
    from cli.reading import reading
    from erp.hindsight import Hindsight

    seconds = _seconds(since)
    seen = Hindsight(_in_force(file))
    with reading(directory) as reader:
        _walk(reader, seconds, seen)
    show_rows(_changes(seen), CHANGE_COLUMNS, output)
    changed = sum(seen.changes.values())
    say(f"judged {seen.judged}, changed {changed}, not told by the record {seen.untold}")
    if not seen.judged:
        raise typer.Exit(exits.NOTHING)


def _in_force(file: Path | None = None) -> Rules:
    from cli.context import config_file, settings_here
    from erp.rules import load
    from tidegate.config import load_config

    path = file or config_file(settings_here())
    return load(load_config(path), path)


def _walk(reader: Any, seconds: int, seen: Hindsight) -> None:
    before = 2**62
    while True:
        rows = reader.read("rules/attempts", since_s=seconds, before=before, n=PAGE)["attempts"]
        for row in rows:
            if row["past"]:
                return
            seen.add(row)
        if len(rows) < PAGE:
            return
        before = rows[-1]["id"]


def _listed(place: int, rule: Rule, rules: Rules) -> dict[str, Any]:
    decides = {"id", "outcome", "after", "error_class", "pause"}
    asked = rule.model_dump(mode="json", exclude_defaults=True, exclude=decides)
    return {
        "place": place,
        "rule_id": rule.id,
        "origin": "tidegate.toml" if rule in rules.given else f"shipped {rules.version}",
        "matches": {name: _short(value) for name, value in asked.items()},
        "outcome": rule.outcome,
        "after": rule.after,
        "error_class": rule.error_class,
        "pause": rule.pause,
    }


def _short(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _changes(seen: Hindsight) -> list[dict[str, Any]]:
    return [
        {
            "attempts": count,
            "rule_id": change.rule,
            "now_rule_id": change.now_rule,
            "outcome": change.outcome,
            "now_outcome": change.now_outcome,
        }
        for change, count in seen.changes.most_common()
    ]


def _seconds(text: str) -> int:
    from ops.times import seconds

    try:
        return seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
