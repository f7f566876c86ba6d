"""What a verb is over HTTP: one entry makes its route, its rights and its page of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel

from ingest.shapes import Problem
from ops.who import Who
from tidegate.errors import TidegateError

BASE = "/api/v1/ops"

Part: TypeAlias = dict[str, Any]
Values: TypeAlias = Mapping[str, list[str]]


class Wrong(TidegateError):
    """The answer to what cannot be done.

    Args:
        status: 404, 409 or 422.
        errors: JSON pointers into the body, or `?name` for a parameter, and what is wrong there.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        errors: Iterable[Problem] = (),
        **more: Any,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.more = more


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered.

    Args:
        path: the parts of the address that vary.
        values: parameters of the query, by their names in the document.
        body: the model that the page names, valid; None where it names none.
        root: what a proxy in front takes off the path.
    """

    who: Who
    path: Mapping[str, str]
    values: Values
    body: Any = None
    root: str = ""

    def text(self, name: str) -> str | None:
        """A parameter that may be given once."""
        given = self.values.get(name)
        return given[0] if given else None

    def number(self, name: str, default: int) -> int:
        """A whole number, which the page's `Param` has checked."""
        given = self.text(name)
        return default if given is None else int(given)


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back.

    Args:
        rows: in place of `body`: sent one a line, as they are read.
        masked: what sounds secret in `body` was masked with more knowledge than names give.
    """

    body: Any = None
    status: int = 200
    location: str | None = None
    rows: Iterable[Mapping[str, Any]] | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the query.

    Args:
        schema: of one value.
        many: it may be repeated.
    """

    name: str
    schema: Part
    description: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One verb.

    Args:
        path: below `BASE`, with `{parts}`.
        needs: the role that it takes.
        call: the verb itself; it may wait, for it runs in a thread.
        example: a good answer; its shape is what the document promises.
        body: what must be sent.
        sends: examples of it, by name.
        parts: what is known of the address's variable parts, by name.
        lines: it answers JSON Lines; `example` is one of them.
    """

    method: str
    path: str
    needs: str
    summary: str
    call: Callable[[Asked], Reply]
    example: Any
    params: tuple[Param, ...] = ()
    body: type[BaseModel] | None = None
    sends: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    also: Mapping[int, Any] = field(default_factory=dict)
    description: str = ""
    lines: bool = False
    parts: Mapping[str, Part] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """As a client asks for it."""
        return BASE + self.path

    @property
    def noun(self) -> str:
        """The group that it stands in."""
        return self.path.split("/")[1]


def limit(most: int = 1000, default: int = 50) -> Param:
    """How many at most."""
    schema: Part = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Param("limit", schema, "As many at most")
