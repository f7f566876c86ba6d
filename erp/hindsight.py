"""What the rules of today would have made of attempts on record, as far as the record tells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from erp.failure import Failure, speaks_for_itself
from erp.rules import BUILT_IN, SEND_CHECK, Rules
from tidegate.canon import parse
from tidegate.config_rules import Phase, Rule
from tidegate.errors import CanonError
from tidegate.outcome import NotSent, Outcome

_OF_NO_RULE = frozenset({"adapter", "mapping", "capability", "crash", SEND_CHECK})
_SQL = re.compile(r"sql_(\d{1,9})")
_HTTP = re.compile(r"http_\d{3}")


class Change(NamedTuple):
    """One kind of difference."""

    rule: str
    now_rule: str
    outcome: str
    now_outcome: str


@dataclass(slots=True)
class Hindsight:
    """Counts what would change.

    Args:
        rules: those to judge by.
        judged: failures of writes that could be judged again.
        untold: failures of which the record does not keep enough.
    """

    rules: Rules
    judged: int = 0
    untold: int = 0
    changes: Counter[Change] = field(default_factory=Counter)

    def add(self, row: Mapping[str, Any]) -> None:
        """One row of `rules/attempts`."""
        if row["kind"] != "write" or row["closed_at"] is None or row["rule"] in _OF_NO_RULE:
            return
        failure = self._recalled(row)
        if failure is None:
            self.untold += 1
            return
        self.judged += 1
        now = self.rules.judge(failure, row["target"])
        change = Change(row["rule"], now.rule, row["outcome"], word(now.outcome))
        if change.outcome != change.now_outcome or change.rule != change.now_rule:
            self.changes[change] += 1

    def _recalled(self, row: Mapping[str, Any]) -> Failure | None:
        then = self.rules.find(row["rule"])
        if then is None and row["rule"] not in BUILT_IN:
            # A rule that is gone cannot say whether anything had been sent.
            return None
        status, error_class = row["status"], row["error_class"] or ""
        phase = _phase(then, row)
        code = _code_in(row["answer"]) or _code_as_named(then, error_class)
        if code is None or phase is None:
            return None
        sent = _was_sent(then, row)
        own = then.own_body if then and then.own_body is not None else None
        return Failure(
            row["message"] or "",
            sent,
            code or (f"http_{status}" if status else phase),
            status,
            code,
            sql_number=int(number[1]) if (number := _SQL.fullmatch(code)) else None,
            phase=phase,
            own_body=speaks_for_itself(status, code, phase) if own is None else own,
        )


def _phase(then: Rule | None, row: Mapping[str, Any]) -> str | None:
    if row["status"] is not None:
        return "answer"
    if then is not None and len(then.phase) == 1:
        return then.phase[0]
    if row["error_class"] in get_args(Phase):
        return str(row["error_class"])
    if then is None:
        return "answer"
    # Own words without a status are those of a function or of a database.
    return "refused" if then.own_body else None


def _code_as_named(then: Rule | None, error_class: str) -> str | None:
    """The ERP's code as the attempt's error class keeps it; None where the rule renamed it."""
    if then is not None and (then.error_class or then.outcome == "throttled"):
        return then.code[0] if len(then.code) == 1 and "*" not in then.code[0] else None
    named = error_class in get_args(Phase) or _HTTP.fullmatch(error_class)
    return "" if named else error_class


def _was_sent(then: Rule | None, row: Mapping[str, Any]) -> bool:
    if then is not None and then.sent is not None:
        return then.sent
    return row["outcome"] == "unknown" or row["sent_at"] is not None


def _code_in(answer: bytes | None) -> str:
    """The code in the ERP's own error body, empty where there is none."""
    try:
        body: Any = parse(answer or b"")
        code = body["error"]["code"]
    except (CanonError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) else ""


def word(outcome: Outcome) -> str:
    """As attempts keep it."""
    return "notsent" if isinstance(outcome, NotSent) else type(outcome).__name__.lower()
