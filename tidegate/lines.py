"""Log lines whose values need no care, written without any.

Most lines hold ids, names and numbers: one look tells that no value of them can hide a secret,
break the line or need a quote. Such a line is filled into a template that is made once for its
names; it reads as the careful path (`tidegate.telemetry`) would have written it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tidegate.redact import sounds_secret

# Nothing here is blank, a quote, `=` or `/`: of the secrets that redaction knows in texts, only a
# webhook's can be spelt with it.
_PLAIN = re.compile(r"[A-Za-z0-9_.:,+-]*")
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OTHERS = frozenset({int, bool, type(None)})
_ENCODER = json.JSONEncoder(default=str)


def plain(event: Mapping[str, Any]) -> bool:
    """Whether names and values need neither redaction nor quoting."""
    texts = []
    for value in event.values():
        kind = type(value)
        if kind is str:
            texts.append(value)
        elif kind not in _OTHERS:
            return False
    joined = "".join(texts)
    if _PLAIN.fullmatch(joined) is None or "whs" in joined:
        return False
    return _plain_names(tuple(event))


def plain_text(text: str) -> bool:
    """Whether a value needs neither redaction nor quoting."""
    return _PLAIN.fullmatch(text) is not None and "whs" not in text


def template(event: str, logger: str, names: tuple[str, ...], level: str) -> str:
    """The format of one event's plain lines for people: its time, then the values of `names`.

    Raises `ValueError` where those are not in alphabetical order, or may not be shown as they are.
    """
    if list(names) != sorted(names) or not _plain_names(("event", *names)):
        raise ValueError(f"the names of {event} have to be plain, and in order")
    words = " ".join(f"{name}=%s" for name in names)
    return f"%s [{level:<9}] {event:<30} [{logger}] {words}"


def console(event: Mapping[str, Any], timestamp: str, level: str) -> str:
    """The line for people of a plain event, without colours."""
    template, names = _template(tuple(event))
    shown = template % tuple([event[name] for name in names])
    return f"{timestamp} [{level:<9}] {shown}"


def as_json(event: Mapping[str, Any], timestamp: str, level: str, service: str) -> str:
    """The line for machines of any event that JSON can spell."""
    return _ENCODER.encode({"service": service, **event, "level": level, "timestamp": timestamp})


@lru_cache(maxsize=512)
def _plain_names(names: tuple[str, ...]) -> bool:
    # The names of `names` come from calls in code, so few are ever remembered.
    return (
        "event" in names
        and "exc_info" not in names
        and all(_PLAIN_NAME.fullmatch(name) and not sounds_secret(name) for name in names)
    )


@lru_cache(maxsize=512)
def _template(names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A format of the values of `names`, and the order in which it takes them."""
    rest = sorted(set(names) - {"event", "logger"})
    words = ["%-30s", *(["[%s]"] if "logger" in names else []), *(f"{name}=%s" for name in rest)]
    first = ("event", "logger") if "logger" in names else ("event",)
    return " ".join(words), (*first, *rest)
