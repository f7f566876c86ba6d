"""A filter from words, as flags and query strings give them; each wrong one is told by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ops.times import instant, seconds
from sql.database import Database
from sql.filters import LETTER_STATES, Filter, as_uuid
from sql.states import STATES
from tidegate.errors import TidegateError

Words: TypeAlias = Mapping[str, Sequence[str]]

NAMES = {
    "state": "states",
    "source": "sources",
    "entity": "entities",
    "type": "types",
    "key": "key",
    "error-class": "error_classes",
    "letter-reason": "reasons",
    "fingerprint": "fingerprints",
    "since": "since",
    "until": "until",
    "older-than": "older_than_s",
    "attempts-min": "attempts_min",
    "text": "text",
    "id": "ids",
}
"""What a flag, or a parameter of a query, is called, and the field of `Filter` that it fills."""

_ONCE = frozenset({"key", "since", "until", "older-than", "attempts-min", "text"})
_DIGITS = re.compile(r"[0-9a-f]{6,64}")
_LONGEST = 400
_MOST = 100
_MOST_IDS = 1000
# SQL Server takes 2,100 parameters, SQLite an expression 1,000 deep; a type and a fingerprint are
# two parameters each.


class WrongFilter(TidegateError):
    """A filter that cannot be read; `field` is the name that `NAMES` has for what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read(words: Words, now: datetime, *, letters: bool = False) -> Filter:
    """The filter that `words` describe; an empty list narrows nothing.

    Args:
        words: values by the names of `NAMES`; `_` counts as `-`.
        now: what a duration in `since` and `until` counts from.
        letters: whether states of letters are states here.

    Raises:
        WrongFilter: the first that is wrong.
    """
    given: dict[str, Any] = {}
    for spelt, values in words.items():
        name = spelt.replace("_", "-")
        if name not in NAMES:
            raise WrongFilter(name, f"there is no {name!r}; there are {', '.join(NAMES)}")
        if values:
            given[NAMES[name]] = _value(name, list(values), now, letters=letters)
    found = Filter(**given)
    if found.since is not None and found.until is not None and found.since > found.until:
        raise WrongFilter("until", "it ends before it begins")
    return found


def pinned(db: Database, flt: Filter) -> Filter:
    """The filter at the database's now: what grows older meanwhile does not come in. A read."""
    return flt if flt.older_than_s is None else flt.pinned(now_of(db))


def now_of(db: Database) -> datetime:
    """The database's now."""
    text = str(db.read("events/ping", {})["now"][0]["now"])
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _value(name: str, values: list[str], now: datetime, *, letters: bool) -> Any:
    if name in _ONCE and len(values) > 1:
        raise WrongFilter(name, "it can be given once")
    most = _MOST_IDS if name == "id" else _MOST
    if len(values) > most:
        raise WrongFilter(name, f"it takes {most} values at most")
    try:
        texts = [_text(each) for each in values]
        match name:
            case "since" | "until":
                return instant(texts[0], now)
            case "older-than":
                return float(seconds(texts[0]))
            case "attempts-min":
                return _count(texts[0])
            case "key" | "text":
                return texts[0]
            case "state":
                return tuple(_state(each, letters=letters) for each in texts)
            case "fingerprint":
                return tuple(map(_fingerprint, texts))
            case "id":
                return tuple(as_uuid(each) or each for each in texts)
            case _:
                return tuple(texts)
    except ValueError as error:
        raise WrongFilter(name, str(error)) from error


def _text(value: str) -> str:
    text = value.strip()
    if not 0 < len(text) <= _LONGEST:
        raise ValueError(f"it takes 1 to {_LONGEST} characters")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(f"{text!r} is no number of attempts")
    return int(text)


def _state(text: str, *, letters: bool) -> str:
    known = ("dead", *LETTER_STATES) if letters else STATES
    if text not in known:
        raise ValueError(f"{text!r} is none of {', '.join(known)}")
    return text


def _fingerprint(text: str) -> str:
    if not _DIGITS.fullmatch(text.lower()):
        raise ValueError(f"{text!r} is no fingerprint: 6 to 64 hexadecimal digits")
    return text.lower()
