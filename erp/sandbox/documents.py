"""What a document of the sandbox is: an entity set, its fields, its key and its rules."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.errors import bad_request
from erp.sandbox.fields import Field, store
from erp.sandbox.state import State
from tidegate.canon import Json

Body = dict[str, Json]


class Document:
    """The base of every document; a new one is a file with a subclass, named in the catalogue.

    Attributes:
        entity: the entity set, as it stands in addresses.
        singular: the entity type, as it stands in error texts.
        fields: every field but `id` and `lastModifiedDateTime`, which all documents have.
        key_field: the field that alone is the natural key; empty where the key is made of more.
        parent_field: the field that holds the parent's id; empty where there is no parent.
    """

    entity: str
    singular: str
    fields: Mapping[str, Field]
    key_field: str = ""
    parent_field: str = ""

    def read_new(self, asked: Mapping[str, Json]) -> Body:
        """The fields of a POST as they are stored; raises `BcError`."""
        return {name: self._read(name, value, new=True) for name, value in asked.items()}

    def read_change(self, asked: Mapping[str, Json]) -> Body:
        """The fields of a PATCH as they are stored; raises `BcError`."""
        return {name: self._read(name, value, new=False) for name, value in asked.items()}

    def blank(self) -> Body:
        """A new record before anything is asked of it."""
        return {name: field.blank() for name, field in self.fields.items()}

    def key(self, state: State, body: Body) -> str:
        """The natural key, which is also the key in the ledger."""
        return str(body[self.key_field])

    def on_create(self, state: State, body: Body) -> None:
        """Complete and judge a new record, at the moment of the effect; raises `BcError`."""

    def on_change(self, state: State, body: Body, asked: Body) -> None:
        """Judge a changed record, at the moment of the effect; raises `BcError`."""

    def check_list(self, terms: Mapping[str, str]) -> None:
        """Refuse a list that Business Central refuses, by its filter; raises `BcError`."""

    def _read(self, name: str, value: Json, *, new: bool) -> Json:
        field = self.fields.get(name)
        if field is None and name not in ("id", "lastModifiedDateTime"):
            raise bad_request(
                f"The property '{name}' does not exist on type 'Microsoft.NAV.{self.singular}'. "
                "Make sure to only use property names that are defined by the type."
            )
        if field is None or field.read_only or (field.immutable and not new):
            raise bad_request(f"The property '{name}' is read-only.")
        return store(name, field.kind, value)
