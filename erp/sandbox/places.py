"""From an address below a company to the document, the record or the action that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from erp.sandbox.books import Books
from erp.sandbox.catalogue import CATALOGUE
from erp.sandbox.companies import company_of
from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import no_segment
from erp.sandbox.odata import Segment


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads.

    Args:
        books: of the company.
        document: the entity set.
        id: the record, or None for the whole set.
        above: the parent's id under the field that holds it, where the address names a parent.
        action: the bound action, or empty.
    """

    books: Books
    document: Document
    id: str | None
    above: Body = field(default_factory=dict)
    action: str = ""


def place_of(path: list[Segment], companies: Mapping[str, Books]) -> Place:
    """The place behind the address; raises `BcError`."""
    company, *rest = path
    if company.name != "companies" or company.id is None or not 1 <= len(rest) <= 2:
        raise no_segment(company.name)
    books = companies[company_of(company.id).id]
    head = rest[0]
    document = CATALOGUE.get(head.name)
    if document is None:
        raise no_segment(head.name)
    if len(rest) == 1:
        return Place(books, document, head.id)
    return _below(books, document, head.id, rest[1])


def _below(books: Books, document: Document, head_id: str | None, child: Segment) -> Place:
    if head_id is None:
        raise no_segment(child.name)
    if child.name in document.actions:
        return Place(books, document, head_id, action=child.name)
    lines = document.lines
    if lines is None or lines.entity != child.name:
        raise no_segment(child.name)
    return Place(books, lines, child.id, {lines.parent_field: head_id})
