"""What an adapter's exception means: unknown, unless something says that nothing happened."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from erp.rules import Decision, Rules, load
from processor.apply import Apply
from processor.work import Claimed
from tests.processor.bench import BEFORE_WORK, House
from tidegate.errors import FarError, SendRefused
from tidegate.outcome import NotSent, Outcome, Retry, Throttled, Unknown


def decide(error: Exception, *, sent: bool) -> Decision:
    return Rules.shipped().decide(error, sent=sent)


def outcome(*, sent: bool = True, **fields: Any) -> Outcome:
    return decide(FarError("m", sent=sent, **fields), sent=sent).outcome


@pytest.mark.parametrize("status", [400, 408, 409, 500, 502, 503, 504, None])
def test_after_the_first_byte_an_answer_without_the_erp_s_own_body_is_unknown(
    status: int | None,
) -> None:
    assert isinstance(outcome(status=status), Unknown)


@pytest.mark.parametrize("phase", ["timeout", "dropped", "answer", "something new"])
def test_after_the_first_byte_a_broken_call_is_unknown(phase: str) -> None:
    assert isinstance(outcome(phase=phase), Unknown)


@pytest.mark.parametrize("phase", ["connect", "dns", "tls", "pool"])
def test_a_call_that_never_got_through_was_not_sent(phase: str) -> None:
    assert isinstance(outcome(phase=phase), NotSent)


@pytest.mark.parametrize("status", [400, 409, 500, 503, 504])
def test_the_erp_s_own_body_says_that_it_refused_before_work(status: int) -> None:
    assert isinstance(outcome(status=status, code="Internal_ServerError"), Retry)


def test_a_request_time_out_is_unknown_even_with_a_body_of_the_erp() -> None:
    assert isinstance(outcome(status=408, code="RequestTimeout"), Unknown)


@pytest.mark.parametrize("sent", [True, False])
def test_too_many_requests_is_throttled_for_as_long_as_was_asked(sent: bool) -> None:
    found = outcome(sent=sent, status=429, retry_after=7.0)
    assert isinstance(found, Throttled)
    assert found.after == 7.0


@pytest.mark.parametrize("status", [None, 500, 503])
def test_a_read_that_fails_for_the_far_side_s_sake_was_not_sent(status: int | None) -> None:
    assert isinstance(outcome(sent=False, status=status, phase="timeout"), NotSent)


def test_a_read_that_is_refused_is_a_retry_that_counts() -> None:
    assert isinstance(outcome(sent=False, status=404), Retry)


def test_an_old_leadership_sends_nothing_and_waits_a_second() -> None:
    found = decide(SendRefused("old"), sent=False).outcome
    assert found == NotSent("old", "send_check", after=1.0)


def test_any_other_exception_is_unknown_once_something_was_sent() -> None:
    assert isinstance(decide(KeyError("x"), sent=True).outcome, Unknown)
    assert isinstance(decide(KeyError("x"), sent=False).outcome, Retry)


def test_every_decision_names_its_rule() -> None:
    errors = [
        FarError("m", sent=sent, status=status) for sent in (True, False) for status in (429, 500)
    ]
    assert all(decide(each, sent=each.sent).rule for each in errors)


def test_an_attempt_is_judged_by_the_rules_of_its_own_adapter(house: House) -> None:
    mine = {"id": "busy", "adapter": "mine", "own_body": True, "outcome": "rejected"}
    rules = load(SimpleNamespace(rules=[mine]))
    for name, rule in (("mine", "busy"), ("", "refused.own-body")):
        house.far.answers["A"].append(BEFORE_WORK)
        apply = Apply(house.far, house.clock, rules, name, house.pipe.mapper, house.pipe.config)
        done = apply.write(claimed(house), lambda: True)
        assert (done.trace.rule, done.trace.rule_version) == (rule, rules.version)


def claimed(house: House) -> Claimed:
    """A product as the queue would hand it over."""
    given: dict[str, Any] = dict.fromkeys(Claimed.__dataclass_fields__)
    body = {"body": b'{"item": {"sku": "A"}}', "media_type": "application/json"}
    spoken = {"entity": "products", "entity_text": "A", "operation": "update", "source": "zoho"}
    return Claimed(**{**given, **spoken, "uuid": str(UUID(int=1)), **body, "pointer": "/item"})
