"""`tidegate status`: one screen of how things stand; exit code 3 says that a person is needed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import exits, pauses, watching
from cli.options import Dir, Output
from cli.output import Format, show_document, show_pairs, show_rows, tell

MAX_AGE = 300.0
DEPTH_COLUMNS = {"target": "target", "state": "state", "count": "events"}


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds.")] = False,
    max_age: Annotated[
        float,
        typer.Option(min=0, help="Seconds that the oldest eligible event may have waited."),
    ] = MAX_AGE,
    max_dead: Annotated[
        int | None,
        typer.Option(min=0, help="Open dead letters that are no problem. Unset: any number."),
    ] = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Show depth, age, dead letters, outbox and leaders; exit 3 where something is wrong."""
    if watch:
        look = partial(_report, directory, max_age, max_dead)
        watching.watch(look, partial(_show, output=output), output)
    report = _report(directory, max_age, max_dead)
    _show(report, output)
    if report["problems"]:
        raise typer.Exit(exits.PROBLEM)


def judge(
    report: dict[str, Any], max_age: float, max_dead: int | None
) -> tuple[list[str], list[str]]:
    """What needs a person, and what one should know.

    Args:
        report: what `queue_report` says, with `leaders` and `pauses`.
        max_age: seconds that the oldest eligible event may have waited.
        max_dead: open dead letters that are no problem; None: any number, which is a warning.
    """
    problems: list[str] = []
    warnings: list[str] = []
    leaders, outbox, dead = report["leaders"], report["outbox"], report["dead_letters"]
    age = report["oldest_eligible_age_s"] or 0.0
    if not _led(leaders, "sync"):
        problems.append("nobody leads: no event is applied until tidegate up or processor runs")
    if age > max_age:
        problems.append(f"the oldest eligible event has waited {age:.0f} s (--max-age {max_age:g})")
    if dead:
        grave = max_dead is not None and dead > max_dead
        (problems if grave else warnings).append(f"{dead} dead letters are open")
    for line, row in zip(pauses.lines(report["pauses"]), report["pauses"], strict=True):
        # What a person paused is known; a refused login waits for one.
        (problems if row["kind"] == "auth" else warnings).append(line)
    if not _led(leaders, "relay"):
        # A house without subscribers may well run no relay.
        waiting = (outbox["undistributed"] or 0) + (outbox["live"] or 0)
        words = "nobody relays: no subscriber is told until tidegate up or relay runs"
        (problems if waiting else warnings).append(words)
    return problems, warnings


def _led(leaders: dict[str, Any], role: str) -> bool:
    return role in leaders and bool(leaders[role]["leads"])


def _report(directory: Path | None, max_age: float, max_dead: int | None) -> dict[str, Any]:
    from cli.reading import reading
    from ingest.reports import leader_report, queue_report
    from sql.processes import LIVE_S, differences

    with reading(directory) as reader:
        stats = reader.read("events/stats")
        still = reader.read("pauses/list")["pauses"]
        running = reader.read("process/live", within_s=LIVE_S)["processes"]
    leaders = leader_report(stats["leaders"])
    report = {**queue_report(stats), "leaders": leaders, "pauses": still, "processes": running}
    problems, warnings = judge(report, max_age, max_dead)
    warnings += differences(running)
    word = "problem" if problems else "ok"
    return {"status": word, "problems": problems, "warnings": warnings, **report}


def _show(report: dict[str, Any], output: Format) -> None:
    depth = [
        {"target": target, "state": state, "count": count}
        for target, states in report["depth"].items()
        for state, count in states.items()
    ]
    if output is not Format.table:
        show_document(report, depth, DEPTH_COLUMNS, output)
        return
    if depth:
        show_rows(depth, DEPTH_COLUMNS, output)
    show_pairs(_pairs(report))
    for line in [*report["problems"], *report["warnings"]]:
        tell(line)


def _pairs(report: dict[str, Any]) -> dict[str, object]:
    age, outbox = report["oldest_eligible_age_s"], report["outbox"]
    return {
        "status": report["status"],
        "oldest eligible": "nothing waits" if age is None else f"{age:.1f} s",
        "dead letters": report["dead_letters"],
        "outbox": f"{outbox['undistributed']} to distribute, {outbox['live']} to send, "
        f"{outbox['dead']} dead",
        **{f"{role} leader": _leader(row) for role, row in report["leaders"].items()},
        "processes": ", ".join(map(_process, report["processes"])) or "none is seen",
    }


def _leader(row: dict[str, Any]) -> str:
    if not row["holder"]:
        return "nobody yet"
    word = "leads" if row["leads"] else "led"
    return f"{row['holder']} {word}, term {row['epoch']}, beat {row['beat_age_s']:.1f} s ago"


def _process(row: dict[str, Any]) -> str:
    return f"{row['role']} {row['host']}:{row['pid']} {row['version']}"
