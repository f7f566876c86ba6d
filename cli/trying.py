"""`tidegate try`: send the example to the running house and follow it to its end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.context import Context, load
from cli.options import Dir
from cli.output import plain, tell
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    import httpx

EXAMPLE: dict[str, Any] = {
    "item": {
        "item_id": "460000000026049",
        "name": "Hard Drive",
        "sku": "HD-1",
        "rate": 120.5,
        "last_modified_time": "2026-11-20T10:00:00+0100",
    }
}
"""The README's."""
PATIENCE = 10.0
LOOK_EVERY = 0.05
_OPEN = frozenset({"pending", "processing", "waiting", "retrying", "unknown", "held"})
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def try_it(
    url: Annotated[
        str | None, typer.Option(help="Where the house listens. Unset: HOST and PORT.")
    ] = None,
    directory: Dir = None,
) -> None:
    """Send the README's product to the running house and print what becomes of it."""
    import httpx

    from tidegate.egress import client

    context = load(directory, serves=False)
    where = (url or _address(context)).rstrip("/")
    try:
        with client(timeout=PATIENCE, base_url=where) as http:
            state = _try(http, context)
    except httpx.ReadTimeout:
        raise exits.problem(
            f"{where} has not answered within {PATIENCE:g} s",
            "tidegate status says how it is; try again: what was accepted is a duplicate then",
        ) from None
    except httpx.TransportError as error:
        raise exits.problem(
            f"nothing answers at {where}: {error}",
            "start the house with tidegate up, or say where it is with --url",
        ) from None
    if state != "applied":
        raise typer.Exit(exits.PROBLEM)


def _address(context: Context) -> str:
    host = context.settings.host
    return f"http://{_ANYWHERE.get(host, host)}:{context.settings.port}"


def _try(http: httpx.Client, context: Context) -> str:
    posted = _checked(
        http.post(
            "/webhooks/products", json=EXAMPLE, headers={"X-Webhook-Key": context.keys.webhook}
        ),
        "WEBHOOK_KEY",
    )
    if posted.status_code != 202:
        tell(f"{posted.status_code}: {plain(posted.text)}")
        return "refused"
    answer = posted.json()
    typer.echo(f"POST /webhooks/products → 202, {answer['verdict']}")
    if not answer["event_id"]:
        tell("it made no event")
        return str(answer["verdict"])
    return _follow(http, context, str(answer["event_id"]))


def _follow(http: httpx.Client, context: Context, event_id: str) -> str:
    """Print each happening once, until the event rests or patience ends; its state."""
    typer.echo(f"GET /events/{event_id}")
    deadline = context.clock.monotonic() + PATIENCE
    printed, pause = 0, threading.Event()
    while True:
        event = _event(http, context, event_id)
        lines = _lines(event)
        for line in lines[printed:]:
            typer.echo(line)
        printed = len(lines)
        state = str(event["state"])
        if state not in _OPEN:
            return state
        if context.clock.monotonic() > deadline:
            tell(f"still {state} after {PATIENCE:g} s; tidegate events show {event_id}")
            return state
        pause.wait(LOOK_EVERY)


def _event(http: httpx.Client, context: Context, event_id: str) -> dict[str, Any]:
    found = http.get(f"/events/{event_id}", headers={"X-API-Key": context.keys.admin})
    _checked(found, "ADMIN_KEY")
    if found.status_code != 200:
        tell(f"{found.status_code}: {plain(found.text)}")
        raise typer.Exit(exits.PROBLEM)
    event: dict[str, Any] = found.json()
    return event


def _checked(response: httpx.Response, name: str) -> httpx.Response:
    if response.status_code == 401:
        raise ConfigError(
            f"the house does not know this {name}",
            next_step=f"give the house's --dir, or set {name} to its key",
        )
    return response


def _lines(event: dict[str, Any]) -> list[str]:
    """The timeline so far; it only ever grows at its end."""
    lines = [_line(event["accepted_at"], "accepted", event["verdict"])]
    for each in event["attempts"]:
        lines.append(_line(each["opened_at"], f"attempt {each['number']}", each["target"]))
        if each["closed_at"] is None:
            return lines
        told = [each["outcome"], each["message"], f"{each['duration_ms']} ms"]
        lines.append(_line(each["closed_at"], "", *told))
    if event["state"] not in _OPEN:
        lines.append(_line(event["ended_at"], event["state"]))
    return lines


def _line(at: str | None, what: str, *words: str | None) -> str:
    time = (at or "")[11:23]
    return f"  {time:<12}  {what:<10}  {plain(', '.join(word for word in words if word))}".rstrip()
