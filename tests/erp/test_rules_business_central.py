"""The shipped rules, held against the table of Business Central's answers."""

from __future__ import annotations

import pytest

from erp.rules import Decision, Rules
from tidegate.errors import FarError
from tidegate.outcome import NotSent, Outcome, Rejected, Retry, Throttled, Unknown


def judged(
    status: int | None, code: str = "", *, sent: bool = True, phase: str = "answer"
) -> Decision:
    error = FarError("m", sent=sent, status=status, code=code, phase=phase)
    return Rules.shipped().decide(error, adapter="business_central", sent=sent)


ANSWERS: list[tuple[int, str, type[Outcome], str]] = [
    (409, "Request_EntityChanged", Retry, "bc.changed"),
    (409, "Internal_EntityWithSameKeyExists", Unknown, "bc.same-key"),
    (400, "Internal_EntityWithSameKeyExists", Unknown, "bc.same-key"),
    (404, "BadRequest_ResourceNotFound", Retry, "bc.not-there-yet"),
    (404, "Internal_RecordNotFound", Retry, "bc.not-there-yet"),
    (400, "Application_DialogException", Rejected, "bc.business"),
    (400, "Application_CallbackNotAllowed", Rejected, "bc.business"),
    (400, "BadRequest", Rejected, "bc.business"),
    (400, "BadRequest_InvalidToken", Rejected, "bc.business"),
    (400, "Internal_InvalidTableRelation", Rejected, "bc.business"),
    (500, "Internal_ServerError", Retry, "refused.own-body"),
    (503, "Internal_TenantUnavailable", Retry, "refused.own-body"),
    (429, "Application_TooManyRequests", Throttled, "refused.429"),
    (408, "Internal_RequestTimeout", Unknown, "unknown.default"),
    (502, "", Unknown, "unknown.default"),
    (504, "", Unknown, "unknown.default"),
    (400, "", Unknown, "unknown.default"),
]


@pytest.mark.parametrize(("status", "code", "kind", "rule"), ANSWERS)
def test_an_answer_to_a_write_means_what_the_table_says(
    status: int, code: str, kind: type[Outcome], rule: str
) -> None:
    found = judged(status, code)
    assert (type(found.outcome), found.rule) == (kind, rule)


PAUSES = [(401, "auth", "adapter"), (403, "forbidden", "entity"), (405, "method", "entity")]


@pytest.mark.parametrize(("status", "name", "pause"), PAUSES)
def test_what_trying_again_cannot_help_asks_for_a_pause(status: int, name: str, pause: str) -> None:
    for sent, code in ((True, "Authentication_InvalidCredentials"), (False, "")):
        found = judged(status, code, sent=sent)
        assert isinstance(found.outcome, Retry)
        assert (found.outcome.error_class, found.pause) == (name, pause)


@pytest.mark.parametrize(("status", "name", "pause"), PAUSES)
def test_a_page_that_is_not_the_erp_s_pauses_and_leaves_the_write_unknown(
    status: int, name: str, pause: str
) -> None:
    found = judged(status)
    assert (found.outcome, found.pause) == (Unknown("m", name), pause)


def test_what_is_not_there_yet_is_parked_for_a_minute() -> None:
    found = judged(404, "Internal_RecordNotFound").outcome
    assert found == Retry("m", "Internal_RecordNotFound", 60.0)


@pytest.mark.parametrize("phase", ["connect", "timeout", "dropped", "tls"])
def test_a_read_that_broke_sent_nothing(phase: str) -> None:
    assert isinstance(judged(None, sent=False, phase=phase).outcome, NotSent)


def test_another_adapter_s_words_are_not_business_central_s() -> None:
    error = FarError("m", sent=True, status=400, code="Application_DialogException")
    found = Rules.shipped().decide(error, adapter="mine", sent=True)
    assert found.rule == "refused.own-body"
