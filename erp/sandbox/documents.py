"""What a document of the sandbox is: an entity set, its fields, its key and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from erp.sandbox.errors import bad_request, no_segment
from erp.sandbox.fields import Field, Kind, store
from tidegate.canon import Json

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record

Body = dict[str, Json]
STAMP = "lastModifiedDateTime"


class Document:
    """The base of every document; a new one is a file with a subclass, named in the catalogue.

    Attributes:
        entity: the entity set, as it stands in addresses.
        singular: the entity type, as it stands in error texts.
        fields: every field but `id` and `lastModifiedDateTime`.
        key_field: the field that alone is the natural key; empty where the key is made of more.
        parent_field: the field that holds the parent's id; empty where there is no parent.
        lines: the document that hangs below it, by its own entity's name in addresses.
        stamped: whether it shows when it was changed last.
        read_only: whether the page allows no insert, no change and no deletion.
        actions: the bound actions, as they stand in addresses.
    """

    entity: str
    singular: str
    fields: Mapping[str, Field]
    key_field: str = ""
    parent_field: str = ""
    lines: Document | None = None
    stamped: bool = True
    read_only: bool = False
    actions: ClassVar[tuple[str, ...]] = ()

    def kind(self, name: str) -> Kind:
        """The type of a field that a filter or an order names; raises `BcError`."""
        if name == "id":
            return Kind.GUID
        if name == STAMP and self.stamped:
            return Kind.MOMENT
        if name not in self.fields:
            raise bad_request(
                f"Could not find a property named '{name}' on type 'Microsoft.NAV.{self.singular}'."
            )
        return self.fields[name].kind

    def read_new(self, asked: Mapping[str, Json]) -> Body:
        """The fields of a POST as they are stored; raises `BcError`."""
        return {name: self._read(name, value, new=True) for name, value in asked.items()}

    def read_change(self, asked: Mapping[str, Json]) -> Body:
        """The fields of a PATCH as they are stored; raises `BcError`."""
        return {name: self._read(name, value, new=False) for name, value in asked.items()}

    def blank(self) -> Body:
        """A new record before anything is asked of it."""
        return {name: field.blank() for name, field in self.fields.items()}

    def key(self, books: Books, body: Body) -> str:
        """The natural key, which is also the key in the ledger."""
        return str(body[self.key_field])

    def put(self, books: Books, body: Body, asked: Body) -> None:
        """Set the asked fields, in the order in which they came; raises `BcError`."""
        body.update(asked)

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        """Complete and judge a new record, at the moment of the effect; raises `BcError`."""

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        """Judge a changed record, at the moment of the effect; raises `BcError`."""

    def on_delete(self, books: Books, record: Record) -> None:
        """Judge a deletion, at the moment of the effect; raises `BcError`."""

    def on_written(self, books: Books, parent: str) -> None:
        """Bring what hangs on it up to date; `parent` is the parent's id, or empty."""

    def act(self, books: Books, record: Record, action: str) -> None:
        """A bound action takes effect; raises `BcError`."""
        raise no_segment(action)

    def check_list(self, named: frozenset[str]) -> None:
        """Refuse a list that Business Central refuses, by its filter; raises `BcError`."""

    def _read(self, name: str, value: Json, *, new: bool) -> Json:
        field = self.fields.get(name)
        if field is None and name not in ("id", STAMP):
            raise bad_request(
                f"The property '{name}' does not exist on type 'Microsoft.NAV.{self.singular}'. "
                "Make sure to only use property names that are defined by the type."
            )
        if field is None or field.read_only or (field.immutable and not new):
            raise bad_request(f"The property '{name}' is read-only.")
        return store(name, field, value)
