"""Rules as data: what they match, which goes first, and what none of them may say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from erp.failure import SqlFarError
from erp.rules import Decision, Rules, load
from tidegate.config import load_config
from tidegate.errors import ConfigError, FarError
from tidegate.outcome import Rejected, Retry, Unknown

OWN: dict[str, Any] = {"status": 400, "code": "Application_DialogException"}


def given(*tables: dict[str, Any]) -> Rules:
    numbered = [{"id": f"mine.{n}", **table} for n, table in enumerate(tables)]
    return load(SimpleNamespace(rules=numbered))


def judged(rules: Rules, adapter: str = "business_central", **fields: Any) -> Decision:
    fields = {"sent": True, **fields}
    message = fields.pop("message", "m")
    return rules.decide(FarError(message, **fields), adapter=adapter, sent=True)


MATCHERS = [
    ({"status": 400}, {"status": 409}),
    ({"status": [409, 400]}, {"status": [409, 410]}),
    ({"status": "4xx"}, {"status": "5xx"}),
    ({"code": "Application_DialogException"}, {"code": "Application_Dialog"}),
    ({"code": "application_*"}, {"code": "*Application"}),
    ({"code": ["X", "App*"]}, {"code": ["X", "Y"]}),
    ({"adapter": "business_central"}, {"adapter": "legacy"}),
    ({"adapter": ["legacy", "business_central"]}, {"adapter": ["legacy"]}),
    ({"phase": "answer"}, {"phase": ["timeout", "dropped"]}),
    ({"text": "is \\w+ed"}, {"text": "is frozen"}),
    ({"text": "IS LOCKED"}, {"text": "^locked"}),
    ({"sent": True}, {"sent": False}),
    ({"own_body": True}, {"sqlstate": "40*"}),
    ({"own_body": True, "status": 400}, {"own_body": True, "status": 409}),
    ({"own_body": True}, {"sql_number": 1205}),
]


@pytest.mark.parametrize(("fits", "misses"), MATCHERS)
def test_a_rule_decides_where_all_of_its_matchers_match(
    fits: dict[str, Any], misses: dict[str, Any]
) -> None:
    for table, decides in ((fits, True), (misses, False)):
        rules = given({"outcome": "unknown", **table})
        found = judged(rules, message="the line is locked", **OWN)
        assert (found.rule == "mine.0") is decides


def test_a_database_is_matched_by_its_own_number_and_state() -> None:
    rules = given(
        {"sql_number": [1205, 1222], "own_body": True, "outcome": "retry"},
        {"sqlstate": "23*", "own_body": True, "outcome": "rejected"},
    )
    deadlock = SqlFarError("m", sent=True, sqlstate="40001", sql_number=1205, rolled_back=True)
    twice = SqlFarError("m", sent=True, sqlstate="23000", sql_number=2627, rolled_back=True)
    assert isinstance(rules.decide(deadlock, sent=True).outcome, Retry)
    assert isinstance(rules.decide(twice, sent=True).outcome, Rejected)


def test_a_database_s_error_is_unknown_where_it_is_not_certain_that_nothing_stays() -> None:
    rules = given({"sql_number": 1205, "own_body": True, "outcome": "retry"})
    error = SqlFarError("m", sent=True, sql_number=1205)
    assert isinstance(rules.decide(error, sent=True).outcome, Unknown)


def test_the_file_s_rules_stand_before_the_shipped_ones_in_their_own_order() -> None:
    rules = given(
        {"own_body": True, "status": 400, "outcome": "retry", "after": 5.0},
        {"own_body": True, "outcome": "unknown"},
    )
    found = judged(rules, **OWN)
    assert (found.rule, found.outcome) == ("mine.0", Retry("m", OWN["code"], 5.0))
    assert judged(Rules.shipped(), **OWN).rule == "bc.business"


@pytest.mark.parametrize(("rule", "far", "waits"), [(5.0, 9.0, 9.0), (5.0, 1.0, 5.0)])
def test_the_longer_of_both_waits_counts(rule: float, far: float, waits: float) -> None:
    rules = given({"own_body": True, "outcome": "retry", "after": rule})
    found = judged(rules, retry_after=far, **OWN).outcome
    assert isinstance(found, Retry)
    assert found.after == waits


def test_a_request_time_out_is_nobody_s_own_word() -> None:
    rules = given({"own_body": True, "outcome": "retry"})
    assert isinstance(judged(rules, status=408, code="Internal_Timeout").outcome, Unknown)


UNSAFE = [
    {"outcome": "retry"},
    {"outcome": "rejected", "status": 400},
    {"outcome": "throttled", "status": 503},
    {"outcome": "throttled", "status": [429, 503]},
    {"outcome": "retry", "code": "Internal_*"},
    {"outcome": "retry", "own_body": False},
    {"outcome": "retry", "sent": True, "text": "try again"},
    {"outcome": "not_sent", "phase": "timeout"},
    {"outcome": "not_sent", "phase": ["connect", "dropped"]},
    {"outcome": "not_sent", "own_body": True},
    {"outcome": "not_sent", "status": 429},
    {"outcome": "retry", "sql_number": 1205},
]
SAFE = [
    {"outcome": "retry", "own_body": True},
    {"outcome": "retry", "status": 429},
    {"outcome": "rejected", "sent": False},
    {"outcome": "not_sent", "phase": ["connect", "dns", "tls", "pool"]},
    {"outcome": "not_sent", "sent": False},
    {"outcome": "unknown"},
]


@pytest.mark.parametrize("table", UNSAFE)
def test_no_rule_may_call_undone_what_may_have_been_done(table: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="sent"):
        given(table)


@pytest.mark.parametrize("table", SAFE)
def test_a_rule_may_call_undone_what_cannot_have_been_done(table: dict[str, Any]) -> None:
    assert given(table).given[0].outcome == table["outcome"]


WRONG = [
    ({"id": "refused.429", "outcome": "unknown"}, "already"),
    ({"id": "send-check", "outcome": "unknown"}, "already"),
    ({"outcome": "ignored"}, "outcome"),
    ({"outcome": "unknown", "statuses": 400}, "statuses"),
    ({"outcome": "unknown", "status": 42}, "status"),
    ({"outcome": "unknown", "status": "6xx"}, "status"),
    ({"outcome": "unknown", "text": "("}, "regular expression"),
    ({"outcome": "unknown", "text": "(a+)+b"}, "forever"),
    ({"outcome": "unknown", "text": "a" * 201}, "200 characters"),
    ({"outcome": "unknown", "after": 5.0}, "after"),
]


@pytest.mark.parametrize(("table", "word"), WRONG)
def test_a_rule_that_is_wrong_stops_the_start(table: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        given(table)


def test_two_rules_of_one_name_stop_the_start_at_the_second_s_line(tmp_path: Path) -> None:
    path = tmp_path / "tidegate.toml"
    rule = '[[rules]]\nid = "a"\noutcome = "unknown"\n'
    path.write_text(rule + "\n" + rule)
    with pytest.raises(ConfigError, match=r"tidegate\.toml:6:1: there is a rule named 'a'"):
        load(load_config(path), path)


def test_an_unsafe_rule_stops_the_start_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tidegate.toml"
    path.write_text('# mine\n[[rules]]\nid = "a"\nstatus = 500\noutcome = "retry"\n')
    with pytest.raises(ConfigError, match=r"tidegate\.toml:2:\d+: .*own_body = true"):
        load(load_config(path), path)


def test_the_digest_tells_one_set_of_rules_from_another() -> None:
    rules = given({"outcome": "unknown", "status": 500})
    assert rules.version == Rules.shipped().version
    assert len({rules.digest, Rules.shipped().digest, given().digest}) == 2


def test_a_change_of_the_shipped_rules_needs_another_version() -> None:
    shipped = Rules.shipped()
    assert (shipped.version, shipped.digest) == (3, "6cbe00fee269")
