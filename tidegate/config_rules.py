"""`[[rules]]`: what a failure of the far side means, and what no rule may say."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from tidegate.config_base import Name, Table

Phase: TypeAlias = Literal[
    "connect", "dns", "tls", "pool", "timeout", "dropped", "answer", "refused", "exception"
]
Verdict: TypeAlias = Literal["unknown", "not_sent", "retry", "throttled", "rejected"]
Pause: TypeAlias = Literal["adapter", "entity"]

BEFORE_A_BYTE = frozenset({"connect", "dns", "tls", "pool"})
"""Phases in which not a byte of a write can have left."""

_REPEATED_GROUP = re.compile(r"(?<!\\)\)(?:[*+]|\{)")
_TOO_MUCH = 200


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _pattern(text: str) -> str:
    if len(text) > _TOO_MUCH:
        raise ValueError(f"a pattern may have {_TOO_MUCH} characters")
    if _REPEATED_GROUP.search(text):
        raise ValueError("a repeated group can take forever; write the pattern without one")
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return text


StatusClass = Annotated[str, StringConstraints(pattern=r"^[1-5]xx$")]
Status: TypeAlias = Annotated[int, Field(ge=100, le=599)] | StatusClass
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
T = TypeVar("T")
Several = Annotated[tuple[T, ...], BeforeValidator(_listed), Field(strict=False)]
"""One value, or a list of them."""

Pattern = Annotated[str, AfterValidator(_pattern)]


class Rule(Table):
    """One rule: every matcher that it has must match; the first rule that matches decides."""

    id: Annotated[Name, StringConstraints(max_length=60)] = Field(
        description="Its name on every attempt that it decided."
    )
    adapter: Several[Name] = Field(
        default=(), description="The adapters that it is for; unset: all."
    )
    status: Several[Status] = Field(default=(), description="HTTP statuses, such as 409 or 5xx.")
    code: Several[Word] = Field(
        default=(), description="The ERP's own error code; * and ? stand for others."
    )
    sqlstate: Several[Word] = Field(
        default=(), description="SQLSTATEs, such as 40001; * and ? as above."
    )
    sql_number: Several[int] = Field(
        default=(), description="The database's own error numbers, such as 1205."
    )
    phase: Several[Phase] = Field(default=(), description="Where the call ended.")
    text: Pattern | None = Field(
        default=None, description="A regular expression to be found in the message, in any case."
    )
    sent: bool | None = Field(
        default=None, description="Whether the first byte of a write may have left."
    )
    own_body: bool | None = Field(
        default=None, description="Whether the ERP itself spoke, not a proxy before it."
    )
    outcome: Verdict = Field(description="What the failure means.")
    after: float | None = Field(
        default=None, ge=0, le=86_400, description="Seconds to wait at least, before the next try."
    )
    error_class: Word | None = Field(
        default=None, description="Its name in letters and reports; unset: the ERP's own code."
    )
    pause: Pause | None = Field(
        default=None, description="What stands still until somebody has looked."
    )

    @model_validator(mode="after")
    def _nothing_sent_is_called_undone(self) -> Rule:
        if self.outcome == "unknown" or self._nothing_left() or self._refused_before_work():
            return self
        if self.outcome == "not_sent":
            raise ValueError(
                "a write that was sent cannot be called not_sent: say sent = false, or name "
                "phases among connect, dns, tls, pool"
            )
        raise ValueError(
            f"a write that was sent without the ERP's own answer is unknown, not {self.outcome}: "
            "say sent = false, own_body = true or status = 429"
        )

    @model_validator(mode="after")
    def _only_a_repeat_waits(self) -> Rule:
        if self.after is not None and self.outcome in ("unknown", "rejected"):
            raise ValueError(f"nothing waits `after` an outcome that is {self.outcome}")
        return self

    def _nothing_left(self) -> bool:
        early = bool(self.phase) and BEFORE_A_BYTE.issuperset(self.phase)
        return self.sent is False or early

    def _refused_before_work(self) -> bool:
        said = self.own_body is True or self.status == (429,)
        return said and self.outcome != "not_sent"
