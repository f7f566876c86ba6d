"""Creates, changes and reads: where ETag and natural key are judged and effects are written down.

`create` and `change` run at the moment of the effect, inside the transaction that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC

from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import changed, no_precondition, not_found, same_key
from erp.sandbox.ledger import Ledger
from erp.sandbox.odata import etag
from erp.sandbox.state import Record, State
from tidegate.canon import Json
from tidegate.clock import Clock
from tidegate.ids import Ids


class Books:
    """The records of one company and the ledger of what happened to them."""

    def __init__(self, state: State, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self.state = state
        self.ledger = ledger
        self._clock = clock
        self._ids = ids

    def add(self, document: Document, asked: Body) -> Record:
        """A new record outside the ledger; raises `BcError`."""
        body = document.blank() | asked
        document.on_create(self.state, body)
        key = document.key(self.state, body)
        if self.state.by_key(document.entity, key) is not None:
            raise same_key(document.entity, key)
        parent = str(body[document.parent_field]) if document.parent_field else ""
        record = Record(str(self._ids.uuid()), key, parent, 1, self._stamped(body))
        self.state.insert(document.entity, record)
        return record

    def create(self, document: Document, asked: Body, effect_key: str | None) -> Record:
        """A POST takes effect; raises `BcError`."""
        record = self.add(document, asked)
        self._note(document, record, "create", asked, effect_key)
        return record

    def change(
        self,
        document: Document,
        record_id: str,
        asked: Body,
        if_match: str | None,
        effect_key: str | None,
    ) -> Record:
        """A PATCH takes effect; raises `BcError`."""
        before = self.get(document, record_id)
        if if_match is None:
            raise no_precondition()
        if if_match not in ("*", etag(before)):
            raise changed()
        body = before.body | asked
        key = self._new_key(document, before, body)
        document.on_change(self.state, body, asked)
        after = replace(before, key=key, version=before.version + 1, body=self._stamped(body))
        self.state.update(document.entity, after)
        self._note(document, after, "change", asked, effect_key)
        return after

    def get(self, document: Document, record_id: str) -> Record:
        """The record with that id; raises `BcError`."""
        record = self.state.by_id(document.entity, record_id)
        if record is None:
            raise not_found(document.singular, record_id)
        return record

    def find(self, document: Document, terms: Mapping[str, str]) -> list[Record]:
        """The records for which every term holds, over an index where there is one."""
        document.check_list(terms)
        return [record for record in self._candidates(document, terms) if _fits(record, terms)]

    def _candidates(self, document: Document, terms: Mapping[str, str]) -> list[Record]:
        if document.key_field in terms:
            return _one(self.state.by_key(document.entity, terms[document.key_field].upper()))
        if "id" in terms:
            return _one(self.state.by_id(document.entity, terms["id"].lower()))
        if document.parent_field in terms:
            return self.state.children(document.entity, terms[document.parent_field].lower())
        return self.state.all(document.entity)

    def _new_key(self, document: Document, before: Record, body: Body) -> str:
        key = document.key(self.state, body)
        if key != before.key and self.state.by_key(document.entity, key) is not None:
            raise same_key(document.entity, key)
        return key

    def _stamped(self, body: Body) -> Body:
        moment = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
        return body | {"lastModifiedDateTime": moment.replace("+00:00", "Z")}

    def _note(
        self, document: Document, record: Record, action: str, asked: Body, effect_key: str | None
    ) -> None:
        at = self._clock.now()
        self.ledger.note(effect_key, document.entity, record.key, action, at, asked)


def _one(record: Record | None) -> list[Record]:
    return [] if record is None else [record]


def _fits(record: Record, terms: Mapping[str, str]) -> bool:
    return all(_as_text(record, name) == value.lower() for name, value in terms.items())


def _as_text(record: Record, name: str) -> str:
    value: Json = record.id if name == "id" else record.body.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).lower()
