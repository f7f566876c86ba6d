"""`tidegate api-keys`: who may ask and command over HTTP; the key itself is shown once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import exits
from cli.asking import Reason, Yes, confirmed
from cli.options import Dir, Limit, Output
from cli.output import Format, show_one, show_rows, tell
from cli.who import at_terminal

if TYPE_CHECKING:
    from cli.context import Context
    from ops.api_keys import KeyDesk

app = typer.Typer(help="Keys of the HTTP API: make, list, revoke.", no_args_is_help=True)

COLUMNS = {
    "prefix": "prefix",
    "owner": "owner",
    "role": "role",
    "state": "state",
    "expires_at": "expires",
    "last_used_at": "last used",
    "revoked_at": "revoked",
}


class Role(StrEnum):
    """What a key may do; each may do what those before it may."""

    viewer = "viewer"
    operator = "operator"
    admin = "admin"


@app.command("create")
def create(
    owner: Annotated[str, typer.Option("--owner", help="Whom the record names.")],
    role: Annotated[Role, typer.Option("--role", help="viewer reads, operator acts, admin all.")],
    expires: Annotated[
        str | None,
        typer.Option("--expires", help="90d, or 2027-01-31T06:00, UTC unless said; unset: never."),
    ] = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Make a key and print it, this once: what is kept is its digest."""
    with _desk(directory) as (context, desk):
        now = context.clock.now()
        ends = _end(expires, now) if expires else None
        made = desk.create(owner, role.value, ends, now)
    if output is Format.table:
        typer.echo(made.key)
    else:
        told = {"key_id": made.key_id, "key": made.key, "prefix": made.prefix}
        show_one(told, output)
    tell(
        f"{role.value} key {made.prefix} of {owner.strip()}; it opens within 2 seconds",
        "keep it now, it is not shown again; send it as X-API-Key",
    )


@app.command("list")
def list_keys(
    limit: Limit = 100,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List keys, the newest first; the key of ADMIN_KEY is not among them."""
    from cli.reading import acting
    from ops.api_keys import listed

    with acting(directory) as (_, db):
        found = listed(db, limit)
    show_rows(found, COLUMNS, output)
    if not found:
        raise exits.nothing("there is no key but ADMIN_KEY")


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's id or its prefix.")],
    reason: Reason,
    yes: Yes = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Let a key open nothing any more; within 2 seconds, and for good."""
    from ops.api_keys import NoSuchKey, WrongKey, find

    with _desk(directory) as (_, desk):
        try:
            row = find(desk.db, key)
            confirmed(f"Revoke the {row['role']} key {row['prefix']} of {row['owner']}?", yes=yes)
            told = desk.revoke(row["uuid"], reason)
        except NoSuchKey as error:
            raise exits.nothing(error) from error
        except WrongKey as error:
            raise exits.problem(error) from error
    show_one(told, output)


@contextmanager
def _desk(directory: Path | None) -> Iterator[tuple[Context, KeyDesk]]:
    from cli.reading import acting
    from ops.api_keys import KeyDesk, WrongKey

    with acting(directory) as (context, db):
        try:
            yield context, KeyDesk(db, context.ids, at_terminal(), context.config.version)
        except WrongKey as error:
            raise typer.BadParameter(str(error)) from error


def _end(text: str, now: datetime) -> datetime:
    from ops.times import moment, seconds

    with suppress(ValueError):
        return now + timedelta(seconds=seconds(text))
    try:
        return moment(text)
    except ValueError:
        words = f"{text!r} is no time like 90d, or 2027-01-31T06:00"
        raise typer.BadParameter(words, param_hint="--expires") from None
