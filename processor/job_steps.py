"""One step of a job in the making: from its row, as it is read, to its row, as it will be. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from processor import ramp, record
from processor.ramp import Limits, Progress
from processor.wishes import Answer, Deed, Letter, Refused
from sql.database import Row
from sql.tables.queue import RUNNING, UNKNOWN
from tidegate import canon
from tidegate.errors import CanonError, Unstorable

MEANWHILE = "decided by somebody else meanwhile"
MOST_NUMBER = 2**53
"""Above any id, any rate and any count."""

CHANCES = 3
"""Times that a row is not as it was read before that is the wish's own fault."""

UNUSABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    CanonError,
    Unstorable,
)
"""What reading a wish may come to that nobody here wrote."""


@dataclass(slots=True)
class Step:
    """One transaction of a job in the making."""

    job: Row
    now: float
    progress: Progress
    wish: dict[str, Any]
    limits: Limits
    lists: dict[str, list[Row]] = field(default_factory=dict)
    state: str = "running"
    rest: float = 0.0
    ended: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, job: Row, now: float) -> Step:
        """Where the job's row says that it is. Raises `ValueError` for one that cannot be read."""
        wish = json.loads(job["filter"])
        if not isinstance(wish, dict) or not isinstance(wish.get("filter"), dict):
            raise ValueError("its filter cannot be read")
        stages = tuple(int(each) for each in (job["ramp"] or "").split(",") if each.strip())
        limits = Limits(job["rate_per_s"], stages, job["stop_at_percent"])
        wish |= {name: _number(wish.get(name, least)) for name, least in (("from", 1), ("upto", 0))}
        made = cls({**job}, now, Progress.of(job["progress"]), wish, limits)
        if job["cursor_id"] is None:
            made.job["cursor_id"] = max(wish["from"] - 1, 0)
        return made

    def add(self, deed: Deed) -> None:
        """What carries one letter's share out."""
        for name, rows in deed.lists.items():
            self.lists.setdefault(name, []).extend(rows)

    def row(self) -> Row:
        """The job's own columns after this step."""
        state, job, done = self.state, self.job, self.state in ("done", "cancelled")
        skipped = sum(self.progress.skips.values())
        if done and job["matched"] > job["changed"] + skipped:
            self.progress.skip(MEANWHILE, job["matched"] - job["changed"] - skipped)
        why = self.progress.halt["why"] if self.progress.halt and state != "running" else None
        return row_of(
            job,
            self.progress,
            state=state,
            wake_in_s=self.rest or None,
            result=ramp.result(self.progress, why=why),
            ended=int(done),
        )


def row_of(job: Row, progress: Progress, **changed: Any) -> Row:
    """A row of the list `jobs`; what is not named stays."""
    kept = ("id", "cursor_id", "matched", "changed", "rate_per_s", "stop_at_percent", "result")
    now = {
        "was": job["state"],
        "state": job["state"],
        "skipped": sum(progress.skips.values()),
        "failed": progress.ends.get("dead", 0),
        "progress": progress.text(),
        "wake_in_s": None,
        "ended": 0,
    }
    return {name: job[name] for name in kept} | now | changed


def about_job(verb: str, wish: dict[str, Any], request: Row, job: Row) -> Answer:
    """Pause a job, let it go on, or end it; what is out is heard of first."""
    state, progress = str(job["state"]), Progress.of(job["progress"])
    if state not in ("open", "running", "paused"):
        return Refused(f"the job is {state}")
    halt = progress.halt["state"] if progress.halt else state
    why = f"by {request['actor']}: {request['reason']}"
    changed: dict[str, Any] = {"state": "running"}
    if verb == "resume" and halt == "paused":
        progress.halt, word = None, "running"
        progress.begin_stage()
        changed |= _resumed(wish)
    elif verb == "pause" and halt in ("open", "running"):
        progress.halt, word = {"state": "paused", "why": f"paused {why}"}, "paused"
    elif verb == "cancel" and halt != "cancelled":
        progress.halt, word = {"state": "cancelled", "why": f"cancelled {why}"}, "cancelled"
    else:
        return Refused(f"the job is {halt}")
    row = row_of(job, progress, **changed)
    return Deed({"jobs": [row]}, canon.text({"state": halt}), canon.text({"state": word}))


def _resumed(wish: dict[str, Any]) -> dict[str, int | None]:
    """What is to be otherwise from now on; without a share it stops by no rule."""
    changed: dict[str, int | None] = {}
    if "rate_per_s" in wish:
        changed["rate_per_s"] = max(_number(wish["rate_per_s"]), 1)
    if "stop_at_percent" in wish:
        share = wish["stop_at_percent"]
        changed["stop_at_percent"] = None if share is None else _number(share)
    return changed


def seconds(text: str) -> float:
    """A kept instant as seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def letter_of(row: Row) -> Letter:
    held = {RUNNING: row["key_runs"], UNKNOWN: row["key_unknown"]}
    return Letter(
        event=row,
        row=None if row["queue_id"] is None else {"id": row["queue_id"], "state": row["row_state"]},
        letter={
            "id": row["letter_id"],
            "reason": row["letter_reason"],
            "lost": row["lost"],
            "doubted": row["doubted"],
        },
        last={"outcome": row["last_outcome"]},
        busy=frozenset(state for state, there in held.items() if there),
    )


def _number(value: object) -> int:
    """A whole number of a wish. Raises `ValueError`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_NUMBER:
        raise ValueError("a number in it is none")
    return value


def end_of(row: Row) -> str:
    """What its event came to, empty while it lives."""
    if row["again"]:
        return "dead"
    return "" if row["state"] == "live" else str(row["state"])


def ending(step: Step, config_version: str) -> Row:
    job, asked = step.job, canon.text({"filter": step.wish["filter"]})
    counts = {name: step.lists["jobs"][0][name] for name in ("matched", "changed", "skipped")}
    told = {**counts, "failed": step.lists["jobs"][0]["failed"], "state": step.state}
    subject = record.NOBODY | {"entity_text": job["uuid"]}
    return record.change(job, subject, config_version, asked, canon.text(told))


def broken(job: Row, now: float, why: str, config_version: str, taken: list[Row]) -> Step:
    """A job that can only fail; first it gives back what it has taken."""
    progress = Progress()
    step = Step(job, now, progress, {}, Limits(), state="failed")
    kept = {**job, "cursor_id": job["cursor_id"] or 0}
    if taken:
        mine = [{"letter_id": row["letter_id"], "request_id": job["id"]} for row in taken]
        row = row_of(kept, progress, skipped=job["skipped"]) | {"progress": job["progress"]}
        step.lists = {"jobs": [row], "unstaged": mine}
        return step
    result = canon.text({"error": why})
    row = row_of(kept, progress, state="failed", result=result, ended=1)
    subject = record.NOBODY | {"entity_text": job["uuid"]}
    trail = record.change(job, subject, config_version, None, result)
    step.lists = {"jobs": [row], "trail": [trail]}
    return step
