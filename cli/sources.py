"""`tidegate sources`: who sends, whether they could get in, and what a signature is made over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.files import read_body
from cli.options import Dir, Output
from cli.output import Format, say, show_one, show_rows, tell

if TYPE_CHECKING:
    from ingest.verify import Signed, Verifier
    from tidegate.config_sources import Source
    from tidegate.secrets import Secrets

app = typer.Typer(help="List and check who sends.", no_args_is_help=True)

COLUMNS = {
    "name": "name",
    "scheme": "scheme",
    "entities": "entities",
    "secrets": "secrets",
    "lenient": "lenient",
    "rate": "rate",
}
TRIED = {"what": "what", "well": "well", "why": "why"}
Named = Annotated[str, typer.Argument(metavar="NAME", help="A source of the configuration.")]


@app.command("list")
def list_sources(directory: Dir = None, output: Output = Format.table) -> None:
    """List the sources, with their secrets set or unset."""
    from cli.context import load

    context = load(directory, serves=False)
    rows = [
        {
            "name": name,
            "preset": source.preset,
            "scheme": source.scheme,
            "entities": list(context.config.source_entities(name)),
            "secrets": _secrets(source, context.secrets),
            "lenient": source.lenient,
            "rate": source.rate,
        }
        for name, source in context.config.sources.items()
    ]
    show_rows(rows if output is not Format.table else list(map(_short, rows)), COLUMNS, output)


@app.command("check")
def check(name: Named, directory: Dir = None, output: Output = Format.table) -> None:
    """Sign an example of our own with each secret of a source, and verify it."""
    from cli.context import load
    from cli.source_checks import tried

    context = load(directory, serves=False)
    source, now = context.config.source(name), context.clock.now().timestamp()
    found = list(tried(name, source, context.secrets.get, now))
    rows = [{"what": what, "well": well, "why": why} for what, well, why in found]
    show_rows(rows, TRIED, output)
    if not all(well for _, well, _ in found):
        raise typer.Exit(exits.PROBLEM)


@app.command("sign-string")
def sign_string(
    name: Named,
    body: Annotated[str, typer.Option(help="A file with the body's bytes; - for stdin.")],
    header: Annotated[
        list[str] | None, typer.Option(help="A header that came along, 'NAME: VALUE'; repeatable.")
    ] = None,
    query: Annotated[str, typer.Option(help="The query as it came, without ?.")] = "",
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Print what is signed, byte for byte, and the headers that would be right.

    Given the headers that came, it says whether they would be let in. A static key is not shown.
    """
    from cli.context import load
    from ingest.verify import Signed, build_verifier

    context = load(directory, serves=False)
    source, now = context.config.source(name), context.clock.now().timestamp()
    verifier = build_verifier(name, source, context.secrets.get)
    signed = Signed([_header(each) for each in header or ()], query.encode(), read_body(body))
    text = verifier.to_sign(signed)
    right = {n: _shown(source, n, v) for n, v in verifier.sign(signed, now)}
    verdict = _verdict(verifier, signed, now) if header else None
    if output is Format.table:
        _print(text, right, verdict)
        return
    written = text.decode("utf-8", "backslashreplace")
    document = {"to_sign": written, "headers": right, "verdict": verdict}
    show_one(document, output)


def _print(text: bytes, right: dict[str, str], verdict: str | None) -> None:
    """The bytes alone on stdout, so that they can be piped into another tool."""
    from cli.output import plain

    if sys.stdout.isatty():
        # What a sender wrote cannot drive the terminal.
        typer.echo(plain(text.decode("utf-8", "backslashreplace")))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    if not text:
        tell("nothing is signed: the sender shows its secret")
    for name, value in right.items():
        say(f"{name}: {value}")
    if verdict is not None:
        tell(f"what came is {verdict}")


def _verdict(verifier: Verifier, signed: Signed, now: float) -> str:
    from ingest.verify import Refused

    outcome = verifier.verify(signed, now)
    if isinstance(outcome, Refused):
        return f"refused, {outcome.reason}: {outcome.detail}"
    return "let in"


def _shown(source: Source, name: str, value: str) -> str:
    """A static key's header holds the secret itself."""
    from tidegate.redact import MASK

    is_key = source.scheme == "static_key" or bool(source.keys)
    return MASK if is_key and name.lower() == source.key_header.lower() else value


def _header(text: str) -> tuple[bytes, bytes]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise typer.BadParameter(f"{text!r} is not 'NAME: VALUE'", param_hint="--header")
    return name.strip().lower().encode(), value.strip().encode()


def _secrets(source: Source, secrets: Secrets) -> dict[str, str]:
    names = (*source.secrets, *source.keys)
    return {name: "set" if secrets.get(name) else "unset" for name in names}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    secrets = ", ".join(f"{name} {state}" for name, state in row["secrets"].items())
    return {**row, "entities": ", ".join(row["entities"]), "secrets": secrets}
