"""Replay, skip, discard and resolve over HTTP: one letter, or exactly those of a filter.

What was shown is what is acted on: `expect_count` refuses where the letters are others by now, and
an empty filter is refused unless `all` says that it is meant.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from ingest.access import OPERATOR
from ops import bulk
from ops import requests as wishes
from ops.faces import examples
from ops.faces.asking import REASON, ReasonBody, queued
from ops.faces.filtering import FilterBody
from ops.faces.page import Asked, Page, Reply, Wrong
from ops.letters import Letters
from processor.requests import order_of
from sql.database import Database
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.ids import Ids

_SUMMARIES = {
    "replay": "Send letters again, each at its own place in the order of its key",
    "skip": "Leave letters dead, and let their keys go on",
    "discard": "Close letters for good, and let their keys go on",
    "resolve": "Say whether events of unknown outcome took effect",
}
_HOW = (
    "`id` names one event; else `filter` says which letters, and `all` that it is empty on "
    "purpose. `dry_run` answers 200 with what it would act on and changes nothing. `expect_count` "
    "answers 409 where another number of letters matches than was shown. Letters that die after "
    "this was answered are not touched."
)


class DecideBody(ReasonBody):
    """Which letters, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)
    id: UUID | None = Field(default=None, strict=False, description="One event")
    filter: FilterBody | None = None
    all: bool = Field(default=False, description="Every letter; there is no filter")
    dry_run: bool = False
    expect_count: int | None = Field(default=None, ge=0, le=10**9)


class ReplayBody(DecideBody):
    """Which letters, why, and how fast."""

    rate: int | None = Field(default=None, ge=1, le=1_000_000, description="Letters a second")
    ramp: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(
        default=[], max_length=bulk.MOST_STAGES, description="Letters of each stage"
    )
    stop_at_error_rate: int | None = Field(
        default=None, ge=0, le=100, description="Per cent of a stage that fail again: it pauses"
    )
    out_of_order: bool = Field(
        default=False, description="Of one event: even where a newer one was applied since"
    )


class ResolveBody(DecideBody):
    """Which letters, why, and what the far side shows."""

    applied: bool = Field(description="Whether it took effect")


class BulkPages:
    """The verbs over `ops.bulk` and `ops.requests`."""

    def __init__(self, db: Database, config: Config, clock: Clock, ids: Ids) -> None:
        self._db = db
        self._order_of = order_of(config)
        self._letters = Letters(db, config.version)
        self._clock = clock
        self._ids = ids

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        return [self._page(verb) for verb in bulk.VERBS]

    def _page(self, verb: str) -> Page:
        models: dict[str, type[DecideBody]] = {"replay": ReplayBody, "resolve": ResolveBody}
        one: dict[str, Any] = {"id": examples.EVENT_ID, "reason": REASON}
        many: dict[str, Any] = {
            "filter": {"error_class": ["BusinessRule"]},
            "reason": REASON,
            "expect_count": 1000,
        }
        more: dict[str, Any] = {"applied": True} if verb == "resolve" else {}
        if verb == "replay":
            many |= {"rate": 50, "ramp": [1, 5, 20], "stop_at_error_rate": 20}
        return Page(
            "POST",
            f"/dead-letters/{verb}",
            OPERATOR,
            _SUMMARIES[verb],
            lambda asked: self._decide(verb, asked),
            examples.QUEUED,
            body=models.get(verb, DecideBody),
            sends={"one": one | more, "many": many | more, "plan": many | more | {"dry_run": True}},
            status=202,
            also={200: examples.PLAN},
            description=_HOW,
        )

    def _decide(self, verb: str, asked: Asked) -> Reply:
        body: DecideBody = asked.body
        named = [body.id is not None, body.filter is not None, body.all]
        if sum(named) != 1:
            raise Wrong(422, "Say which", "one of id, filter, and all")
        return self._one(verb, asked) if body.id is not None else self._many(verb, asked)

    def _one(self, verb: str, asked: Asked) -> Reply:
        body: DecideBody = asked.body
        found = self._letters.show(str(body.id))
        if found is None:
            raise Wrong(404, "There is no dead letter of that event")
        settled = found["settled"]
        if settled is not None:
            raise Wrong(409, "The letter is settled", "nothing was asked for", settled=settled)
        if body.expect_count not in (None, 1):
            raise _others(1)
        if body.dry_run:
            return Reply({"verb": verb, "count": 1, "sample": [found["event_id"]]})
        wish = wishes.Wish(verb, body.reason, _of_one(body), found["event_id"])
        return queued(asked, wishes.ask(self._db, self._ids, asked.who, wish), count=1)

    def _many(self, verb: str, asked: Asked) -> Reply:
        body: DecideBody = asked.body
        flt = (body.filter or FilterBody()).read(self._clock)
        if flt.empty and not body.all:
            raise Wrong(422, "The filter is empty", "narrow it, or send all=true in its place")
        options = _options(body)
        bulk.check(verb, options)
        plan = bulk.plan(self._db, verb, flt, self._order_of)
        if body.expect_count is not None and body.expect_count != plan["count"]:
            raise _others(plan["count"])
        if body.dry_run:
            return Reply(_listed(plan))
        if not plan["count"]:
            raise Wrong(404, "No open letter matches", "nothing was asked for")
        request_id = bulk.ask(
            self._db, self._ids, asked.who, verb, flt, body.reason, options,
            upto=plan["upto"], every=body.all,
        )  # fmt: skip
        return queued(asked, request_id, count=plan["count"])


def _others(count: int) -> Wrong:
    detail = "nothing was asked for; look again, then say what you expect"
    return Wrong(409, "Another number of letters matches now", detail, count=count)


def _of_one(body: DecideBody) -> dict[str, Any]:
    if isinstance(body, ResolveBody):
        return {"applied": body.applied}
    return {"out_of_order": True} if isinstance(body, ReplayBody) and body.out_of_order else {}


def _options(body: DecideBody) -> bulk.Options:
    if isinstance(body, ReplayBody):
        if body.out_of_order:
            raise Wrong(422, "out_of_order is for one event", "send id, or leave it out")
        return bulk.Options(body.rate, tuple(body.ramp), body.stop_at_error_rate)
    return bulk.Options(applied=body.applied if isinstance(body, ResolveBody) else None)


def _listed(plan: dict[str, Any]) -> dict[str, Any]:
    """Counts by name as lists: names come from far sides, and some sound secret."""
    told = {name: value for name, value in plan.items() if name != "upto"}
    return {
        name: _counts(value) if isinstance(value, dict) else value for name, value in told.items()
    }


def _counts(found: dict[str, int]) -> list[dict[str, Any]]:
    return [{"name": name, "count": n} for name, n in found.items()]
