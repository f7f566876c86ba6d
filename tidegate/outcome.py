"""What an attempt came to, as values.

`Outcome` is matched with `assert_never`; nothing else in the processor may decide what a
write's end means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.canon import Json


# Not frozen: to build a frozen one costs three times as much, and one is built for every attempt.
@dataclass(slots=True)
class Applied:
    """The far side shows what was asked.

    Args:
        old: the fields' former values, None where there was no record.
        new: the fields' values now.
        answer: what a waiting caller is told; None where nobody waits.
        found: true where a read showed the effect, false where this call wrote it.
        link: the far record's type, id and natural key, where the command was about one record.
    """

    old: Mapping[str, Json] | None = None
    new: Mapping[str, Json] = field(default_factory=dict)
    answer: Mapping[str, Json] | None = None
    found: bool = False
    link: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The far side, or a rule, says no for good."""

    message: str
    error_class: str
    status: int = 422


@dataclass(frozen=True, slots=True)
class Retry:
    """Nothing happened; try again after `after` seconds (None: by the backoff)."""

    message: str
    error_class: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Throttled:
    """The far side asks for patience (429); nothing happened."""

    message: str
    error_class: str = "throttled"
    after: float | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not a byte of the write left (connect, DNS, TLS, pool, send check)."""

    message: str
    error_class: str = "not_sent"
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The write may or may not have taken effect."""

    message: str
    error_class: str = "unknown"


Outcome = Applied | Rejected | Retry | Throttled | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A probe's finding: the effect is not there."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """A probe's finding: neither yes nor no."""

    message: str = ""


Finding = Applied | NotApplied | CannotTell
