"""The query options of a list: filter, order, pages, picked fields, lines within their heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from erp.sandbox.books import Books
from erp.sandbox.documents import Document
from erp.sandbox.errors import bad_request
from erp.sandbox.filters import Term, read_filter
from erp.sandbox.odata import shown
from erp.sandbox.state import Record
from tidegate.canon import Json

OPTIONS = ("$filter", "$orderby", "$top", "$skip", "$select", "$expand", "$skiptoken")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and the token of the next one, or None."""

    rows: list[dict[str, Json]]
    token: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """The options of one request."""

    terms: tuple[Term, ...]
    order: tuple[tuple[str, bool], ...]
    top: int | None
    skip: int
    select: tuple[str, ...]
    expand: tuple[str, ...]
    after: str | None

    def also(self, terms: Sequence[Term]) -> Query:
        """The same with further terms."""
        return replace(self, terms=(*self.terms, *terms))

    def page(self, books: Books, document: Document, size: int) -> Page:
        """The records that are asked for, `size` of them at most; raises `BcError`."""
        found = self._ordered(document, books.find(document, self.terms))[self.skip :]
        found = found[: self.top]
        if self.after is not None:
            found = _rest(found, self.after)
        rows = [self.shown(books, document, record) for record in found[:size]]
        return Page(rows, found[size - 1].id if len(found) > size else None)

    def shown(self, books: Books, document: Document, record: Record) -> dict[str, Json]:
        """A record with its lines where they are asked for, and the picked fields alone."""
        row = shown(record)
        for name in self.select:
            document.kind(name)
        if self.select:
            picked = ("@odata.etag", *self.select)
            row = {name: value for name, value in row.items() if name in picked}
        for name in self.expand:
            lines = document.lines
            if lines is None or lines.entity != name:
                raise bad_request(f"Could not find a property named '{name}' to expand.")
            row[name] = [shown(line) for line in books.state.children(name, record.id)]
        return row

    def _ordered(self, document: Document, found: list[Record]) -> list[Record]:
        for name, descending in reversed(self.order):
            document.kind(name)
            found.sort(key=_by(name), reverse=descending)
        return found


def read_query(options: Mapping[str, str]) -> Query:
    """The options of a request; raises `BcError`."""
    for name in options:
        if name.startswith("$") and name not in OPTIONS:
            raise bad_request(f"The query option '{name}' is not supported by the sandbox.")
    top = options.get("$top")
    return Query(
        terms=tuple(read_filter(options.get("$filter", ""))),
        order=tuple(_order(text) for text in _names(options.get("$orderby", ""))),
        top=None if top is None else _count("$top", top),
        skip=_count("$skip", options.get("$skip", "0")),
        select=_names(options.get("$select", "")),
        expand=_names(options.get("$expand", "")),
        after=options.get("$skiptoken"),
    )


def next_link(url: str, options: Mapping[str, str], token: str) -> str:
    """The address of the next page."""
    return f"{url}?{urlencode({**options, '$skiptoken': token})}"


def _by(name: str) -> Callable[[Record], Any]:
    return lambda record: record.id if name == "id" else record.body[name]


def _rest(found: list[Record], after: str) -> list[Record]:
    for place, record in enumerate(found):
        if record.id == after:
            return found[place + 1 :]
    # The record that ended the last page is gone; ids grow with time.
    return [record for record in found if record.id > after]


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text else ()


def _order(text: str) -> tuple[str, bool]:
    name, _, direction = text.partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise bad_request(f"Syntax error in '{text}'.")
    return name, direction.strip() == "desc"


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise bad_request(f"Invalid value '{text}' for {name} query option found.")
    return int(text)
