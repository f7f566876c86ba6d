"""What an adapter's exception means, by rules that are data. The first that matches decides.

Source: shared design, effects, "Outcome" and "Rules are data"; `default_rules.toml` beside this.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, assert_never

from pydantic import ValidationError

from erp.failure import Failure, failure_of
from tidegate.config_errors import Misplaced, explained, first_loc, guess
from tidegate.config_rules import Pause, Rule
from tidegate.errors import ConfigError, SendRefused
from tidegate.outcome import NotSent, Outcome, Rejected, Retry, Throttled, Unknown

SEND_CHECK = "send-check"
UNKNOWN_DEFAULT = "unknown.default"
BUILT_IN = (SEND_CHECK, UNKNOWN_DEFAULT)
"""Decisions that no rule may take the place of, below or above all rules."""

_LONGEST_TEXT = 1000

_Test = Callable[[Failure], bool]


class _Ruled(Protocol):
    """What holds `[[rules]]`: the configuration."""

    @property
    def rules(self) -> Sequence[Any]: ...


# Not frozen: to build a frozen one costs three times as much, and one is built for every attempt.
@dataclass(slots=True)
class Decision:
    """An outcome, the rule that made it, and what must stand still for it."""

    outcome: Outcome
    rule: str
    version: int
    pause: Pause | None = None


class Rules:
    """The rules in force: the user's, then the shipped ones.

    Args:
        given: those of `tidegate.toml`, in their order.
        shipped: those of `default_rules.toml`.
        version: that file's own number; attempts name it.
    """

    def __init__(self, given: Sequence[Rule], shipped: Sequence[Rule], version: int) -> None:
        self.given = tuple(given)
        self.all = (*self.given, *shipped)
        self.version = version
        self._compiled = [(rule, *_compiled(rule)) for rule in self.all]

    @staticmethod
    def shipped() -> Rules:
        """Without any of the user's."""
        return _shipped()

    @property
    def digest(self) -> str:
        """Twelve characters that differ where any rule does."""
        texts = (rule.model_dump_json(exclude_defaults=True) for rule in self.all)
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]

    def find(self, rule_id: str) -> Rule | None:
        """The rule of that name."""
        return next((rule for rule in self.all if rule.id == rule_id), None)

    def decide(self, error: Exception, *, adapter: str = "", sent: bool) -> Decision:
        """The outcome of a write that raised.

        Args:
            error: what was raised.
            adapter: whose error it is.
            sent: whether the adapter had announced a write before.
        """
        if isinstance(error, SendRefused):
            refused = NotSent(str(error), "send_check", after=1.0)
            return Decision(refused, SEND_CHECK, self.version)
        return self.judge(failure_of(error, sent=sent), adapter)

    def judge(self, failure: Failure, adapter: str) -> Decision:
        """The outcome of a failure. What no rule speaks of is unknown."""
        for rule, adapters, tests in self._compiled:
            if (not adapters or adapter in adapters) and all(test(failure) for test in tests):
                return Decision(_outcome(rule, failure), rule.id, self.version, rule.pause)
        unknown = Unknown(failure.message, failure.error_class)
        return Decision(unknown, UNKNOWN_DEFAULT, self.version)


def load(config: _Ruled, path: Path | None = None) -> Rules:
    """The rules of the configuration before the shipped ones.

    Args:
        config: whose `rules` are tables, checked or not.
        path: the file that they stand in, for the place of an error.

    Raises `ConfigError`, with the line, for a rule that is wrong, unsafe, or named as another is.
    """
    shipped = Rules.shipped()
    given: list[Rule] = []
    taken = {rule.id for rule in shipped.all} | set(BUILT_IN)
    try:
        for number, table in enumerate(config.rules):
            rule = _checked(number, table)
            if rule.id in taken:
                raise Misplaced(
                    ("rules", number, "id"),
                    f"there is a rule named {rule.id!r} already",
                    "give it a name of its own; it stands before the shipped ones anyway",
                )
            taken.add(rule.id)
            given.append(rule)
    except Misplaced as error:
        raise _placed(error, path) from None
    return Rules(given, shipped.all, shipped.version)


@cache
def _shipped() -> Rules:
    text = files("erp").joinpath("default_rules.toml").read_text("utf-8")
    content = tomllib.loads(text)
    return Rules((), [Rule.model_validate(table) for table in content["rules"]], content["version"])


def _checked(number: int, table: Rule | Mapping[str, Any]) -> Rule:
    try:
        return Rule.model_validate(table)
    except ValidationError as error:
        # A matcher of several kinds adds the kind to the place, which is none in the file.
        loc = ("rules", number, *first_loc(error)[:1])
        found = explained(error, loc, ())
        if error.errors()[0]["type"] == "extra_forbidden":
            found.hint = guess(str(loc[-1]), Rule.model_fields)
        raise found from None


def _placed(error: Misplaced, path: Path | None) -> ConfigError:
    if path is None:
        return ConfigError(f"tidegate.toml: {error}", next_step=error.hint)
    return error.placed(path.read_text("utf-8-sig"), str(path))


def _compiled(rule: Rule) -> tuple[frozenset[object], tuple[_Test, ...]]:
    """The adapters that a rule is for, and what it asks of a failure, the cheap first."""
    tests: list[_Test] = []
    for name in ("sent", "own_body"):
        if getattr(rule, name) is not None:
            tests.append(_equals(name, frozenset({getattr(rule, name)})))
    for name in ("phase", "sql_number"):
        if getattr(rule, name):
            tests.append(_equals(name, frozenset(getattr(rule, name))))
    if rule.status:
        tests.append(_has_status(frozenset(rule.status)))
    for name in ("code", "sqlstate"):
        if getattr(rule, name):
            tests.append(_matches(name, getattr(rule, name)))
    if rule.text is not None:
        found = re.compile(rule.text, re.IGNORECASE).search
        tests.append(lambda failure: found(failure.message[:_LONGEST_TEXT]) is not None)
    return frozenset(rule.adapter), tuple(tests)


def _equals(name: str, wanted: frozenset[object]) -> _Test:
    return lambda failure: getattr(failure, name) in wanted


def _has_status(wanted: frozenset[object]) -> _Test:
    def test(failure: Failure) -> bool:
        status = failure.status
        return status is not None and (status in wanted or f"{status // 100}xx" in wanted)

    return test


def _matches(name: str, globs: Sequence[object]) -> _Test:
    either = "|".join(translate(str(each)) for each in globs)
    match = re.compile(either, re.IGNORECASE).match
    return lambda failure: bool(match(getattr(failure, name)))


def _outcome(rule: Rule, failure: Failure) -> Outcome:
    error_class = rule.error_class or failure.error_class
    waits = [each for each in (rule.after, failure.retry_after) if each is not None]
    after = max(waits, default=None)
    match rule.outcome:
        case "unknown":
            return Unknown(failure.message, error_class)
        case "retry":
            return Retry(failure.message, error_class, after)
        case "throttled":
            return Throttled(failure.message, rule.error_class or "throttled", after)
        case "not_sent":
            return NotSent(failure.message, error_class, after)
        case "rejected":
            return Rejected(failure.message, error_class)
        case _:
            assert_never(rule.outcome)
