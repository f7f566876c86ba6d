"""Judging the record again: what was decided by today's rules comes out as it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from erp.failure import SqlFarError
from erp.hindsight import Change, Hindsight, word
from erp.rules import Rules, load
from tidegate.errors import FarError
from tidegate.outcome import Applied


def recorded(error: Exception, *, announced: bool = True, adapter: str = "") -> dict[str, Any]:
    """The attempt that a failure leaves, as `rules/attempts` gives it."""
    found = Rules.shipped().decide(error, adapter=adapter, sent=announced)
    assert not isinstance(found.outcome, Applied)
    return {
        "kind": "write",
        "closed_at": "2026-11-21 08:00:00.000000",
        "target": adapter,
        "sent_at": "2026-11-21 08:00:00.000000" if announced else None,
        "outcome": word(found.outcome),
        "rule": found.rule,
        "status": getattr(error, "status", None),
        "error_class": found.outcome.error_class,
        "message": found.outcome.message,
        "answer": getattr(error, "answer", None),
    }


def body(code: str) -> bytes:
    return f'{{"error": {{"code": "{code}", "message": "m"}}}}'.encode()


AUTH = "Authentication_InvalidCredentials"
FAILURES: list[Exception] = [
    FarError("m", sent=True, phase="dropped"),
    FarError("m", sent=True, phase="timeout"),
    FarError("m", sent=True, phase="connect"),
    FarError("m", sent=False, phase="connect"),
    FarError("m", sent=False, phase="timeout"),
    FarError("m", sent=True, status=502),
    FarError("m", sent=True, status=503, code="Internal_ServerError"),
    FarError("m", sent=True, status=408, code="Internal_RequestTimeout"),
    FarError("m", sent=True, status=409, code="Internal_EntityWithSameKeyExists"),
    FarError("m", sent=True, status=400, code="Application_DialogException"),
    FarError("m", sent=False, status=404, code="Internal_RecordNotFound"),
    FarError("m", sent=True, status=401),
    FarError("m", sent=True, status=401, code=AUTH, answer=body(AUTH)),
    FarError("m", sent=False, status=401, code=AUTH, answer=body(AUTH)),
    FarError("m", sent=True, status=429, code="Busy", answer=body("Busy")),
    FarError("m", sent=True, code="cannot_tell"),
    FarError("m", sent=True, code="Locked", phase="refused"),
    FarError("m", sent=True, code="ValueError", phase="exception"),
    SqlFarError("m", sent=True, sql_number=1205, rolled_back=True),
    KeyError("x"),
]


@pytest.mark.parametrize("error", FAILURES, ids=lambda e: f"{type(e).__name__}-{vars(e)}")
@pytest.mark.parametrize("announced", [True, False])
def test_the_same_rules_say_the_same_again(error: Exception, announced: bool) -> None:
    seen = Hindsight(Rules.shipped())
    for adapter in ("business_central", "mine"):
        seen.add(recorded(error, announced=announced, adapter=adapter))
    assert dict(seen.changes) == {}


def test_most_of_the_record_tells_enough() -> None:
    seen = Hindsight(Rules.shipped())
    for error in FAILURES:
        seen.add(recorded(error))
    # Where a rule gave the class its own name and no answer was kept, the code is lost.
    assert (seen.judged, seen.untold) == (len(FAILURES) - 1, 1)


def test_a_new_rule_changes_what_it_matches_and_nothing_else() -> None:
    mine = {"id": "dead", "sql_number": 1205, "own_body": True, "outcome": "rejected"}
    seen = Hindsight(load(SimpleNamespace(rules=[mine])))
    for error in FAILURES:
        seen.add(recorded(error))
    assert dict(seen.changes) == {Change("refused.own-body", "dead", "retry", "rejected"): 1}


@pytest.mark.parametrize(
    "other",
    [{"kind": "probe"}, {"closed_at": None}, {"rule": "adapter"}, {"rule": "crash"}],
)
def test_what_no_rule_decided_is_none_of_its_business(other: dict[str, Any]) -> None:
    seen = Hindsight(Rules.shipped())
    seen.add({**recorded(FAILURES[0]), **other})
    assert (seen.judged, seen.untold) == (0, 0)
