"""`tidegate mapping`: what records become, whether the far side could take it, and one tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli import exits
from cli.files import as_json, read_body
from cli.options import ConfigFile, Dir, Output
from cli.output import Format, say, show_document, show_pairs, show_rows, tell
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from erp.mapping import Mapper
    from erp.mapping.fields import FieldPlan
    from erp.mapping.plan import CommandPlan
    from tidegate.adapter import Command
    from tidegate.canon import Json
    from tidegate.config import Config

app = typer.Typer(help="How records become commands of the ERP.", no_args_is_help=True)

COLUMNS = {
    "command": "command",
    "field": "field",
    "from": "from",
    "type": "type",
    "max": "max",
    "needs": "waits for",
}
Operation = Literal["create", "update", "delete"]
Named = Annotated[
    str, typer.Argument(metavar="NAME", help="A mapping: zoho.products, or products alone.")
]


@app.command("check")
def check(
    file: ConfigFile = None,
) -> None:
    """Check the mappings of a file against what the ERP takes, as a start does."""
    try:
        config, mapper = _in_force(file)
    except ConfigError as error:
        raise exits.problem(error, error.next_step) from None
    for name, entity in config.entities.items():
        source, _, short = name.rpartition(".")
        if not entity.forward and mapper.plan(source, short) is None:
            tell(f"{name} has no mapping; its events will end as dead letters")
    say(f"{len(config.mapping)} mappings are sound")


@app.command("show")
def show(name: Named, output: Output = Format.table) -> None:
    """Show what a mapping's commands are made of."""
    config, mapper = _in_force()
    source, entity = _found(config, name)
    plan = mapper.plan(source, entity)
    plans = plan.plans() if plan else []
    rows = [row for each in plans if each.name for row in _rows(each)]
    if output is Format.json:
        table = config.mapping[f"{source}.{entity}" if source else entity]
        document = table.model_dump(mode="json", exclude_defaults=True)
        show_document({"mapping": document, "fields": rows}, rows, COLUMNS, output)
        return
    show_rows(rows, COLUMNS, output)
    for variant in plan.variants if plan else ():
        words = variant.reject or (variant.plan.name if variant.plan else "")
        say(f"where {variant.pointer} is {', '.join(sorted(variant.among))}: {words}")


@app.command("try")
def try_it(
    name: Named,
    body: Annotated[str, typer.Option(help="A file with a delivery's body; - for stdin.")],
    operation: Annotated[Operation, typer.Option(help="What the source says it did.")] = "update",
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Print the command that a body would be sent as; nothing is sent.

    Links are looked up where there is a database. For one that is not there stands
    <zoho.customers 17>, and that it is missing is said.
    """
    from cli.linking import links
    from erp.mapping import Ignored, Missing
    from tidegate.adapter import Command

    config, mapper = _in_force()
    source, entity = _found(config, name)
    record = _record(config, source, entity, as_json(read_body(body), body, "--body"))
    with links(directory) as tried:
        asked = (source, entity, operation, record)
        own = tried.own_id(config, source, entity, record)
        mapped = mapper.command(*asked, tried.as_it_is, own)
        waits = isinstance(mapped, Missing)
        if waits:
            mapped = mapper.command(*asked, tried.stood_in, own)
    if isinstance(mapped, Command):
        _print(mapped, output)
        tried.say(waits=waits)
        return
    if isinstance(mapped, Ignored | Missing):
        tell(f"nothing is sent: {mapped.text}")
        return
    raise exits.problem(f"refused: {mapped.message}")


def _in_force(file: Path | None = None) -> tuple[Config, Mapper]:
    from cli.context import config_file, settings_here
    from erp.mapping import Mapper
    from tidegate.config import load_config

    path = file or config_file(settings_here())
    config = load_config(path)
    return config, Mapper(config, path)


def _found(config: Config, name: str) -> tuple[str, str]:
    """Source and entity of a mapping; a short name will do where it is one mapping's alone."""
    from tidegate.config_errors import guess

    ends = [each for each in config.mapping if each.rpartition(".")[2] == name]
    full = name if name in config.mapping else ends[0] if len(ends) == 1 else None
    if full is None:
        hint = guess(name, ends or config.mapping) or f"they are {', '.join(config.mapping)}"
        raise ConfigError(f"there is no mapping {name!r}", next_step=hint)
    source, _, entity = full.rpartition(".")
    return source, entity


def _rows(plan: CommandPlan) -> list[dict[str, Any]]:
    rows = [_row(plan, each, "") for each in plan.fields]
    if plan.lines is not None:
        rows += [_row(plan, each, f"{plan.lines.to}.") for each in plan.lines.fields]
    return rows


def _row(plan: CommandPlan, each: FieldPlan, inside: str) -> dict[str, Any]:
    spec, far = each.spec, each.far
    origin = spec.from_ if spec.value is None else f"= {spec.value}"
    if inside and plan.lines is not None and spec.from_:
        origin = f"{plan.lines.pointer}/*{spec.from_}"
    if spec.call:
        origin = f"{spec.call}({origin or ''})"
    return {
        "command": plan.name,
        "field": f"{inside}{each.name}",
        "from": origin,
        "type": spec.type or (far.kind.value if far else None),
        "max": min((n for n in (spec.max, far.length if far else None) if n), default=None),
        "required": spec.required or each.name == plan.match,
        "needs": ".".join(each.linked) if each.linked and each.needed else None,
    }


def _record(config: Config, source: str, entity: str, body: Json) -> Json:
    """The record within a body: under the source's own wrapper, in an envelope, or all of it."""
    options = config.entity(source, entity)
    if not isinstance(body, dict):
        return body
    if options.record in body:
        return body[options.record]
    return body["data"] if "event_type" in body and "data" in body else body


def _print(command: Command, output: Format) -> None:
    from tidegate.canon import text

    head: dict[str, Json] = {"command": command.name, "key": command.key, "match": command.match}
    if command.link is not None:
        head["record"] = command.link
    if output in (Format.json, Format.jsonl):
        # As it would be sent: to the last decimal.
        typer.echo(text({**head, "values": dict(command.values)}))
        return
    pairs = {**head, **{f"  {name}": _shown(value) for name, value in command.values.items()}}
    if output is Format.table:
        show_pairs(pairs)
    else:
        show_rows(
            [{"name": name.strip(), "value": value} for name, value in pairs.items()], {}, output
        )


def _shown(value: Json) -> str:
    from tidegate.canon import text

    return value if isinstance(value, str) else text(value)
