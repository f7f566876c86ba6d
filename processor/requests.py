"""Operators act through the leader: what they asked for, carried out one request at a time.

The leader alone changes queue rows, so what it reads here holds until it writes; should another
lead meanwhile, the fence says so and nothing is written. What is about many letters is a job
(`processor.jobs`): it takes its steps between the requests about one.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from processor import edits, record
from processor.job_steps import CHANCES, UNUSABLE, about_job
from processor.jobs import Jobs
from processor.record import NOBODY
from processor.wishes import LISTS, Answer, Deed, Letter, NotYet, OrderOf, Refused
from processor.wishes import about_key as _about_key
from processor.wishes import about_letter as _about_letter
from sql.database import Database, Row
from sql.term import Term
from tidegate import canon
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import ConfigError, Conflict, Unstorable
from tidegate.telemetry import logger

MOST_LOOKED_AT = 50
"""Requests that one round looks at, where those before have to wait."""

MOST_CARRIED_OUT = 10
"""Requests that one round carries out."""

MOST_STEPS = 4
PATIENCE = 0.03
"""Steps of jobs in one round, and seconds after which no further one begins."""

_OF_A_KEY = frozenset({"hold", "release"})
_OF_A_JOB = frozenset({"pause", "resume", "cancel"})

_log = logger("requests")


def _strict(_source: str, _entity: str) -> str:
    return "strict"


def order_of(config: Config) -> OrderOf:
    """The order of each entity, as configured; strict for what no longer is."""

    def order(source: str, entity: str) -> str:
        try:
            return config.entity(source, entity).order
        except ConfigError:
            return _strict(source, entity)

    return order


class Requests:
    """What operators asked for.

    Args:
        config_version: named on every audit row.
        order_of: `strict` or `latest_wins` for a source and an entity; strict where it is not told.

    `confirmed_at` is the boot time before the last fenced transaction began, `more` says whether
    the last call carried something out, so that there may be more.
    """

    def __init__(
        self, db: Database, clock: Clock, config_version: str, order_of: OrderOf = _strict
    ) -> None:
        self._db = db
        self._clock = clock
        self._config_version = config_version
        self._order_of = order_of
        self._jobs = Jobs(db, clock, config_version, order_of, self._run)
        self._refused: Counter[int] = Counter()
        self.confirmed_at = 0.0
        self.more = False

    def carry_out(self, term: Term) -> list[str]:
        """Carry out the oldest open requests that can be, and let each job that is due go on.

        Returns the ids of events that ended. Raises `Deposed` and other errors of the store; of
        what was under way nothing was written then.
        """
        self.more = False
        return self._requests(term) + self._steps(term)

    def _requests(self, term: Term) -> list[str]:
        ended, left = [], MOST_CARRIED_OUT
        for request in self._db.read("requests/open", {"n": MOST_LOOKED_AT})["requests"]:
            subject, answer = self._answer(request)
            if isinstance(answer, NotYet):
                continue
            answer = self._written(term, request, subject, answer)
            self.more = True
            if isinstance(answer, Deed) and answer.ended:
                ended.append(str(subject["uuid"]))
            left -= 1
            if not left:
                break
        return ended

    def _steps(self, term: Term) -> list[str]:
        ended: list[str] = []
        began = self._clock.monotonic()
        for _ in range(MOST_STEPS):
            events, moved = self._jobs.step(term)
            ended += events
            self.more = self.more or moved
            if not moved or self._clock.monotonic() - began > PATIENCE:
                break
        return ended

    def _answer(self, request: Row) -> tuple[Row, Answer]:
        """What it is about, for the record, and what becomes of it."""
        try:
            wish = json.loads(request["filter"])
            if not isinstance(wish, dict):
                return NOBODY, Refused("its filter cannot be read", failed=True)
            return self._about(request, wish)
        except UNUSABLE as error:
            # It stands in a table that other programs write to: no wish may stop the drain.
            _log.error("request.unusable", request=request["uuid"], error=repr(error))
            return NOBODY, Refused("its filter cannot be used", failed=True)

    def _about(self, request: Row, wish: dict[str, Any]) -> tuple[Row, Answer]:
        if request["verb"] in _OF_A_KEY:
            return self._about_key(request["verb"], wish)
        if request["verb"] in _OF_A_JOB:
            return self._about_job(request, wish)
        return self._about_letter(request, wish)

    def _about_key(self, verb: str, wish: dict[str, Any]) -> tuple[Row, Answer]:
        key_id = wish.get("key_id")
        found = self._db.read("requests/key", {"id": key_id})["key"] if _is_id(key_id) else []
        if not found:
            return NOBODY, Refused("there is no such key", failed=True)
        key = found[0]
        subject = NOBODY | {"entity": "order_key", "entity_text": key["text"]}
        return subject, _about_key(verb, key)

    def _about_job(self, request: Row, wish: dict[str, Any]) -> tuple[Row, Answer]:
        found = self._db.read("jobs/get", {"uuid": str(wish.get("request"))})["job"]
        if not found:
            return NOBODY, Refused("there is no such job", failed=True)
        subject = NOBODY | {"entity_text": found[0]["uuid"]}
        return subject, about_job(request["verb"], wish, request, found[0])

    def _about_letter(self, request: Row, wish: dict[str, Any]) -> tuple[Row, Answer]:
        found = self._db.read("requests/letter", {"uuid": request["event_uuid"]})
        if not found["event"]:
            return NOBODY, Refused("there is no such event", failed=True)
        letter = Letter(
            event=found["event"][0],
            row=_first(found["row"]),
            letter=_first(found["letter"]),
            last=_first(found["last"]),
            busy=frozenset(row["state"] for row in found["busy"]),
            past=_first(found["past"]),
        )
        if request["verb"] == edits.VERB:
            version = self._config_version
            return letter.event, edits.about_edit(wish, letter, self._order_of, version)
        return letter.event, _about_letter(request["verb"], wish, letter, self._order_of)

    def _written(self, term: Term, request: Row, subject: Row, answer: Answer) -> Answer:
        """Write it; what the database refuses each time comes to nothing.

        A row that is not as it was read is read again by the next term, but not for ever.
        """
        try:
            self._write(term, request, subject, answer)
        except (Conflict, Unstorable) as error:
            self._refused[request["id"]] += 1
            if isinstance(error, Conflict) and self._refused[request["id"]] < CHANCES:
                raise
            _log.error("request.refused", request=request["uuid"], error=str(error))
            answer = Refused("the database refused what it takes", failed=True)
            self._write(term, request, NOBODY, answer)
        return answer

    def _write(self, term: Term, request: Row, subject: Row, answer: Answer) -> None:
        lists = dict(answer.lists) if isinstance(answer, Deed) else {}
        for each in lists.get("letters", []):
            each |= {"request_id": None, "closed_by": request["actor"]}
        asked = _asked(request, subject, answer)
        old, new = (answer.old, answer.new) if isinstance(answer, Deed) else (None, _why(answer))
        trail = record.change(request, subject, self._config_version, old, new)
        self._run(term, lists | {"asked": [asked], "trail": [trail]})
        _log.info(
            "request",
            request=request["uuid"],
            action=request["verb"],
            actor=request["actor"],
            event_id=subject["uuid"],
            changed=asked["changed"],
            why=answer.why if isinstance(answer, Refused) else None,
        )

    def _run(self, term: Term, lists: dict[str, list[Row]]) -> None:
        began = self._clock.boottime()
        doc = {name: lists.get(name, []) for name in LISTS}
        self._db.run("requests/carry_out", term.fence() | doc)
        self.confirmed_at = began


def _asked(request: Row, subject: Row, answer: Answer) -> Row:
    """The request's own columns once it is done with."""
    refused = isinstance(answer, Refused)
    failed = isinstance(answer, Refused) and answer.failed
    # What names nothing that is there has matched nothing.
    matched = int(subject is not NOBODY)
    return {
        "id": request["id"],
        "state": "failed" if failed else "done",
        "matched": matched,
        "changed": int(not refused),
        "skipped": int(refused and matched),
        "result": _why(answer) if refused else answer.new if isinstance(answer, Deed) else None,
    }


def _why(answer: Answer) -> str | None:
    if not isinstance(answer, Refused):
        return None
    return canon.text({"error" if answer.failed else "skipped": answer.why})


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None
