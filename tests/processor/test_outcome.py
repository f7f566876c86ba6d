"""From what an attempt came to, to what becomes of its event: every case, pure."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest

from processor.outcome import (
    Decision,
    End,
    InDoubt,
    Later,
    Letter,
    Policy,
    Repeated,
    after_look,
    after_write,
    quarantine,
    quarantined,
)
from processor.work import Claimed, Looked, Trace, Wrote
from tidegate.adapter import Repeat
from tidegate.config_tables import Entity
from tidegate.outcome import (
    Applied,
    CannotTell,
    Finding,
    NotApplied,
    NotSent,
    Outcome,
    Rejected,
    Retry,
    Throttled,
    Unknown,
)

DAYS = 86_400.0
NOTHING_HAPPENED: list[Outcome] = [Retry("m", "e"), Throttled("m"), NotSent("m")]


class Most(random.Random):
    """Chance that always draws the largest: waits are then their ceilings."""

    def uniform(self, a: float, b: float) -> float:
        return b


def claimed(**fields: Any) -> Claimed:
    given: dict[str, Any] = {
        "queue_id": 1, "event_id": 1, "key_id": 1, "seq": 1, "target": "t", "number": 1,
        "tries": 1, "age_s": 0.0, "unknown_age_s": None, "alone": False, "crashes": 0,
        "uuid": str(UUID(int=1)), "source": "zoho", "entity": "products", "entity_text": "1",
        "kind": "state", "operation": "update", "head_id": 1, "owner": None, "trace": None,
        "accepted_at": "", "body": b"{}", "media_type": "", "pointer": "", "key_hash": b"",
        "write_version": None, "write_request": None, "sent_age_s": None,
    }  # fmt: skip
    return Claimed(**(given | fields))


def policy(
    kind: str = "state",
    repeat: Repeat = Repeat.CONDITIONAL,
    in_doubt: float | None = None,
    **more: Any,
) -> Policy:
    return Policy(Entity(kind=kind, **more), repeat, in_doubt)  # type: ignore[arg-type]


def wrote(outcome: Outcome, by: Policy | None = None, **fields: Any) -> Decision:
    return after_write(Wrote(claimed(**fields), outcome, Trace()), by or policy(), Most())


def looked(finding: Finding, by: Policy | None = None, **fields: Any) -> Decision:
    given = {"unknown_age_s": 0.0} | fields
    return after_look(Looked(claimed(**given), finding, Trace()), by or policy(), Most())


def test_applied_ends_the_event() -> None:
    assert wrote(Applied()) == End("applied")
    assert looked(Applied()) == End("applied")


def test_a_rejected_command_is_refused_and_leaves_no_letter() -> None:
    assert wrote(Rejected("no", "date"), policy("command"), kind="command") == End("refused")


@pytest.mark.parametrize(("kind", "holds"), [("state", False), ("document", True)])
def test_a_rejected_event_is_a_letter_that_holds_its_key_by_policy(kind: str, holds: bool) -> None:
    assert wrote(Rejected("no", "e"), policy(kind)) == Letter("rejected", "e", "no", holds)


def test_on_dead_overrides_what_the_kind_sets() -> None:
    skipping = policy("document", on_dead="skip")
    assert wrote(Rejected("no", "e"), skipping) == Letter("rejected", "e", "no", holds=False)


@pytest.mark.parametrize("tries", [1, 2, 5])
def test_a_retry_waits_by_the_backoff_and_counts(tries: int) -> None:
    assert wrote(Retry("m", "e"), tries=tries) == Later(2.0 ** (tries - 1), counted=True)


def test_what_the_far_side_asks_for_is_the_shortest_wait() -> None:
    assert wrote(Retry("m", "e", after=30.0)) == Later(30.0, counted=True)
    assert wrote(Retry("m", "e", after=0.1), tries=3) == Later(4.0, counted=True)


def test_throttled_and_not_sent_do_not_count() -> None:
    assert wrote(Throttled("m")) == Later(5.0, counted=False)
    assert wrote(NotSent("m")) == Later(1.0, counted=False)


def test_the_last_try_leads_to_a_letter_and_the_one_before_does_not() -> None:
    by = policy(retry={"attempts": 3})
    assert wrote(Retry("m", "e"), by, tries=3) == Letter("exhausted", "e", "m", holds=False)
    assert isinstance(wrote(Retry("m", "e"), by, tries=2), Later)


def test_the_maximum_age_leads_to_a_letter_and_a_second_less_does_not() -> None:
    assert wrote(Retry("m", "e"), age_s=3 * DAYS) == Letter("too_old", "e", "m", holds=False)
    assert isinstance(wrote(Retry("m", "e"), age_s=3 * DAYS - 1), Later)


@pytest.mark.parametrize("outcome", [Throttled("m"), NotSent("m")])
def test_what_does_not_count_never_makes_a_letter(outcome: Outcome) -> None:
    assert isinstance(wrote(outcome, tries=99, age_s=99 * DAYS), Later)


def test_the_first_look_at_an_unknown_outcome_is_at_once() -> None:
    assert wrote(Unknown("m")) == InDoubt(0.0)


@pytest.mark.parametrize("outcome", [*NOTHING_HAPPENED, Unknown("m")])
def test_unknown_stays_unknown_whatever_its_repeat_comes_to(outcome: Outcome) -> None:
    stands = isinstance(outcome, Throttled | NotSent)
    assert wrote(outcome, unknown_age_s=5.0, number=3) == InDoubt(4.0, counted=not stands)


@pytest.mark.parametrize("outcome", NOTHING_HAPPENED)
def test_the_same_outcome_of_a_first_write_is_a_plain_retry(outcome: Outcome) -> None:
    assert isinstance(wrote(outcome), Later)


@pytest.mark.parametrize("kind", ["state", "document"])
def test_unknown_for_too_long_is_a_letter_that_holds_under_every_policy(kind: str) -> None:
    found = looked(CannotTell("m"), policy(kind), unknown_age_s=3 * DAYS)
    assert found == Letter("unknown", "cannot_tell", "m", holds=True)


def test_an_unknown_that_nothing_can_look_up_is_a_letter_at_once() -> None:
    by = policy(repeat=Repeat.NEVER)
    assert wrote(Unknown("m"), by) == Letter("unknown", "unknown", "m", holds=True)


def test_where_the_user_says_so_such_an_unknown_is_repeated() -> None:
    by = policy(repeat=Repeat.NEVER, on_unknown="repeat")
    assert wrote(Unknown("m"), by) == InDoubt(0.0)
    assert looked(NotApplied(), by) == Repeated()


def test_a_look_at_what_cannot_be_looked_up_is_a_letter() -> None:
    found = looked(NotApplied(), policy(repeat=Repeat.NEVER))
    assert isinstance(found, Letter)
    assert (found.reason, found.holds) == ("unknown", True)


@pytest.mark.parametrize(
    "repeat", [Repeat.CONDITIONAL, Repeat.PROBE, Repeat.KEY, Repeat.TRANSACTIONAL]
)
def test_what_a_probe_does_not_find_is_repeated(repeat: Repeat) -> None:
    assert looked(NotApplied(), policy(repeat=repeat)) == Repeated()


def test_what_a_probe_cannot_tell_is_looked_up_later_by_the_backoff() -> None:
    assert looked(CannotTell("m"), number=4) == InDoubt(8.0)


def test_the_next_look_is_not_before_an_absence_proves_something() -> None:
    by = policy(repeat=Repeat.PROBE, in_doubt=60.0)
    assert looked(CannotTell("m"), by, sent_age_s=10.0) == InDoubt(50.0)
    assert looked(CannotTell("m"), by, sent_age_s=70.0, number=2) == InDoubt(2.0)


@pytest.mark.parametrize(("crashes", "is_one"), [(0, False), (2, False), (3, True)])
def test_the_third_crash_alone_makes_a_quarantine(crashes: int, is_one: bool) -> None:
    assert quarantined(claimed(crashes=crashes)) is is_one


def test_a_quarantine_is_a_letter() -> None:
    assert quarantine(claimed(crashes=3), policy("document")).reason == "quarantined"


@pytest.mark.parametrize(
    ("repeat", "holds"), [(Repeat.CONDITIONAL, False), (Repeat.PROBE, True), (Repeat.NEVER, True)]
)
def test_what_cannot_be_read_back_keeps_its_key_in_quarantine(repeat: Repeat, holds: bool) -> None:
    letter = quarantine(claimed(crashes=3), policy(kind="state", repeat=repeat))
    assert letter.holds is holds
