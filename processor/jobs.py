"""Requests about many letters, carried out by the leader a bounded step at a time.

A job first takes the letters that its filter named when it was asked for (`dead_letter.request_id`:
a letter is in one job at most), then acts on them, a replay as fast as its rate and its ramp allow,
and hears what became of them. Every step is one fenced transaction that moves letters and the job's
own row together: whoever leads next goes on behind it, and no letter is sent twice by one job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from processor import ramp, record
from processor.job_steps import CHANCES, UNUSABLE, Step, broken, end_of, ending, letter_of, seconds
from processor.wishes import Deed, NotYet, OrderOf, Refused, about_letter
from sql.database import Database, Row
from sql.filters import Filter, matching_letters
from sql.term import Term
from tidegate.clock import Clock
from tidegate.errors import Conflict, Unstorable
from tidegate.telemetry import logger

JOBS_AT_ONCE = 5
"""Jobs that take a step in one round."""

TAKEN_AT_ONCE = 500
ACTED_AT_ONCE = 100
"""Letters in one transaction."""

LOOK_AGAIN = 0.2
"""Seconds between looks at what became of the letters sent."""

ELSEWHERE = "in another job"
CANCELLED = "the job was cancelled"

Write = Callable[[Term, dict[str, list[Row]]], None]

_log = logger("jobs")


class Jobs:
    """The leader's hand on every job.

    Args:
        write: runs `requests/carry_out` under the term's fence.
    """

    def __init__(
        self, db: Database, clock: Clock, config_version: str, order_of: OrderOf, write: Write
    ) -> None:
        self._db = db
        self._clock = clock
        self._config_version = config_version
        self._order_of = order_of
        self._write = write
        self._rests: dict[int, float] = {}
        self._refused: Counter[int] = Counter()

    def step(self, term: Term) -> tuple[list[str], bool]:
        """One step of each job that is due: ids of the events that ended; whether any moved.

        Raises `Deposed` and other errors of the store; of the step under way nothing was written.
        """
        found = self._db.read("jobs/due", {"n": JOBS_AT_ONCE})
        ended: list[str] = []
        moved = False
        for job in found["jobs"]:
            if self._rests.get(job["id"], 0.0) > self._clock.monotonic():
                continue
            step = self._advanced(job, seconds(found["now"][0]["now"]))
            if step is None:
                self._rests[job["id"]] = self._clock.monotonic() + LOOK_AGAIN
                continue
            self._rests.pop(job["id"], None)
            step = self._written(term, job, step)
            ended += step.ended
            moved = moved or not step.rest
            _tell(step)
        return ended, moved

    def _written(self, term: Term, job: Row, step: Step) -> Step:
        """Write it; what the database refuses each time ends the job, not each term."""
        try:
            self._write(term, step.lists)
        except (Conflict, Unstorable) as error:
            if isinstance(error, Conflict) and self._may_try_again(job["id"]):
                raise
            _log.error("job.refused", request=job["uuid"], error=str(error))
            step = self._broken(job, step.now, "the database refused what it takes")
            self._write(term, step.lists)
        return step

    def _may_try_again(self, job: int) -> bool:
        self._refused[job] += 1
        return self._refused[job] < CHANCES

    def _advanced(self, job: Row, now: float) -> Step | None:
        """The job's next step; None where there is nothing to do yet."""
        try:
            return self._next(job, now)
        except UNUSABLE as error:
            # It stands in a table that other programs write to: no wish may stop the drain.
            _log.error("job.unusable", request=job["uuid"], error=repr(error))
            why = str(error) if type(error) is ValueError else "its filter cannot be used"
            return self._broken(job, now, why)

    def _broken(self, job: Row, now: float, why: str) -> Step:
        wanted = {"request_id": job["id"], "after": 0, "n": ACTED_AT_ONCE}
        taken = self._db.read("jobs/staged", wanted)["letters"]
        return broken(job, now, why, self._config_version, taken)

    def _next(self, job: Row, now: float) -> Step | None:
        step = Step.of(job, now)
        wanted = Filter.of_doc(step.wish["filter"])
        before = (step.progress.text(), job["cursor_id"])
        self._hear(step)
        self._act(step, wanted)
        same = (step.progress.text(), step.job["cursor_id"]) == before
        if same and not step.lists and step.state == "running":
            return None
        step.lists["jobs"] = [step.row()]
        if step.state in ("done", "cancelled"):
            step.lists.setdefault("trail", []).append(ending(step, self._config_version))
        return step

    def _hear(self, step: Step) -> None:
        progress = step.progress
        if not progress.out and not progress.late:
            return
        ids = [int(each) for each in (*progress.out, *progress.late)]
        told = self._db.read("jobs/told", {"ids": ids})["letters"]
        progress.hear({str(row["id"]): end_of(row) for row in told if end_of(row)}, step.now)

    def _act(self, step: Step, wanted: Filter) -> None:
        progress = step.progress
        if progress.halt is not None:
            if progress.out:
                step.rest = LOOK_AGAIN
                return
            if progress.halt["state"] == "paused":
                step.state = "paused"
                return
            progress.phase = ramp.GIVING_BACK
        match progress.phase:
            case ramp.STAGING:
                self._take(step, wanted)
            case ramp.WORKING:
                self._work(step)
            case ramp.GIVING_BACK:
                self._give_back(step)
            case _ if progress.out:
                step.rest = LOOK_AGAIN
            case _:
                step.state = "done"

    def _take(self, step: Step, wanted: Filter) -> None:
        job, upto = step.job, step.wish["upto"]
        found = matching_letters(self._db, wanted, job["cursor_id"], TAKEN_AT_ONCE)
        mine = [row for row in found if row["id"] <= upto]
        free = [row for row in mine if row["request_id"] is None]
        if len(free) < len(mine):
            step.progress.skip(ELSEWHERE, len(mine) - len(free))
        step.lists["staged"] = [{"letter_id": r["id"], "request_id": job["id"]} for r in free]
        job["matched"] += len(mine)
        if mine:
            job["cursor_id"] = mine[-1]["id"]
        if len(mine) < TAKEN_AT_ONCE:
            step.progress.phase, job["cursor_id"] = ramp.WORKING, 0

    def _work(self, step: Step) -> None:
        progress, replays = step.progress, step.job["verb"] == "replay"
        room = ACTED_AT_ONCE
        if replays:
            progress.judge(step.limits)
            if progress.halt is not None:
                self._act_on_halt(step)
                return
            room = min(room, self._room(step))
            if not room:
                return
        found = self._staged(step, room)
        sent = [row["letter_id"] for row in found if self._decide(step, row)]
        if replays:
            progress.send(sent, step.now)
        if found:
            step.job["cursor_id"] = found[-1]["letter_id"]
        if len(found) < room:
            self._pass_over(step)

    def _room(self, step: Step) -> int:
        """How many may be sent; where none may be, the step rests for as long as that lasts."""
        progress, kept = step.progress, (step.progress.tokens, step.progress.at)
        room = progress.room(step.limits, step.now)
        if not room:
            # What was earned is counted from the same moment again: nothing is lost, or written.
            step.rest = max(progress.wait(step.limits), 0.01)
            progress.tokens, progress.at = kept
        return room

    def _act_on_halt(self, step: Step) -> None:
        """The rule has stopped it; behind the ramp some may still be out."""
        if step.progress.out:
            step.rest = LOOK_AGAIN
        else:
            step.state = "paused"

    def _pass_over(self, step: Step) -> None:
        """All letters were seen; those that had to wait are seen again."""
        step.job["cursor_id"] = 0
        if step.progress.again:
            step.progress.again, step.rest = False, LOOK_AGAIN
        else:
            step.progress.phase = ramp.WAITING

    def _decide(self, step: Step, row: Row) -> bool:
        """Act on one letter; whether its event was sent."""
        job, verb = step.job, step.job["verb"]
        letter = letter_of(row)
        answer = about_letter(verb, step.wish, letter, self._order_of)
        mine = {"letter_id": row["letter_id"], "request_id": job["id"]}
        match answer:
            case NotYet():
                step.progress.again = True
                return False
            case Refused():
                step.progress.skip(answer.why)
                step.lists.setdefault("unstaged", []).append(mine)
                return False
            case Deed():
                pass
        step.add(answer)
        job["changed"] += 1
        closes = [each for each in answer.lists.get("letters", []) if each["state"] != "open"]
        for each in answer.lists.get("letters", []):
            each |= {"request_id": job["id"], "closed_by": job["actor"]}
        if not closes:
            step.lists.setdefault("unstaged", []).append(mine)
        trail = record.change(job, letter.event, self._config_version, answer.old, answer.new)
        step.lists.setdefault("trail", []).append(trail)
        if answer.ended:
            step.ended.append(str(letter.event["uuid"]))
        return bool(answer.lists.get("revived"))

    def _give_back(self, step: Step) -> None:
        step.job["cursor_id"] = 0
        found = self._staged(step, ACTED_AT_ONCE)
        step.lists["unstaged"] = [
            {"letter_id": row["letter_id"], "request_id": step.job["id"]} for row in found
        ]
        if found:
            step.progress.skip(CANCELLED, len(found))
        if len(found) < ACTED_AT_ONCE:
            step.state = "cancelled"

    def _staged(self, step: Step, n: int) -> list[Row]:
        wanted = {"request_id": step.job["id"], "after": step.job["cursor_id"], "n": n}
        return self._db.read("jobs/staged", wanted)["letters"]


def _tell(step: Step) -> None:
    row = step.lists["jobs"][0]
    if row["state"] == row["was"]:
        return
    counts = {name: row[name] for name in ("matched", "changed", "skipped", "failed")}
    why = step.progress.halt["why"] if step.progress.halt else None
    job = {"request": step.job["uuid"], "action": step.job["verb"], "actor": step.job["actor"]}
    _log.info("job", **job, state=row["state"], **counts, why=why)
