"""`tidegate audit`: prove the record, and keep elsewhere what a proof needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import exits
from cli.options import Dir, Output
from cli.output import Format, say, show_document, show_rows
from tidegate.errors import ConfigError

app = typer.Typer(help="The sealed record of attempts and changes.", no_args_is_help=True)

COLUMNS = {"kind": "kind", "link": "link", "text": "what is wrong"}
HEAD = {"seq": "link", "hash": "hash", "at": "at"}
TOLD_EVERY = 20_000
"""Links between two words about how far it came."""


@app.command("verify")
def verify(
    head: Annotated[
        list[Path] | None,
        typer.Option("--head", help="File of heads from audit heads --export; may be repeated."),
    ] = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Recompute the whole record; exit 3 where anything is not as it was sealed."""
    from cli.reading import acting
    from ops import audit

    heads = [each for path in head or () for each in audit.heads_of(_lines(path))]
    with acting(directory) as (_, db):
        report = audit.verify(db, heads, _Told())
    _show(report, output)
    if report["findings"]:
        raise typer.Exit(exits.PROBLEM)


@app.command("heads")
def heads(
    export: Annotated[
        Path | None, typer.Option("--export", help="File that the newest head is added to.")
    ] = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Show the newest link; with --export, add it to a file that is kept elsewhere."""
    from cli.reading import acting
    from ops import audit

    with acting(directory) as (_, db):
        newest = audit.head(db)
    if export is not None:
        _append(export, audit.line(newest))
        say(f"link {newest.seq} is in {export}: keep it where who writes to the database cannot")
    row = {"seq": newest.seq, "hash": newest.hash, "at": newest.at}
    show_rows([row], HEAD, output)


class _Told:
    """Words on the way, for a record that takes a while."""

    def __init__(self) -> None:
        self._next = TOLD_EVERY

    def __call__(self, link: int, last: int) -> None:
        if link >= self._next:
            say(f"link {link} of {last}")
            self._next = link + TOLD_EVERY


def _show(report: dict[str, Any], output: Format) -> None:
    findings = report["findings"]
    if output is not Format.table:
        show_document(report, findings, COLUMNS, output)
    elif findings:
        show_rows(findings, COLUMNS, output)
    say(report["says"])
    if report["unsealed"]:
        say(f"{report['unsealed']} changes are not sealed yet: the leader seals them in a second")
    if report["beside_pruned"]:
        count = report["beside_pruned"]
        say(f"{count} rows share a link with rows that retention took away: checked one by one")
    say(f"{len(findings)} findings" if findings else "the record is as it was sealed")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}",
            next_step="name a file that tidegate audit heads --export has written",
        ) from error


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", next_step="name another file"
        ) from error
