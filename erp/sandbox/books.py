"""Creates, changes and reads: where ETag and natural key are judged and effects are written down.

`create`, `change`, `delete` and `act` run at the moment of the effect, inside the transaction
that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from erp.sandbox.companies import Company
from erp.sandbox.documents import STAMP, Body, Document
from erp.sandbox.errors import changed, no_precondition, not_found, same_key
from erp.sandbox.filters import Term
from erp.sandbox.ledger import Ledger
from erp.sandbox.odata import etag
from erp.sandbox.state import Record, State
from tidegate.canon import Json
from tidegate.clock import Clock
from tidegate.ids import Ids


class Books:
    """The records of one company and the ledger of what happened to them."""

    def __init__(
        self, company: Company, state: State, ledger: Ledger, clock: Clock, ids: Ids
    ) -> None:
        self.company = company
        self.state = state
        self.ledger = ledger
        self._clock = clock
        self._ids = ids

    @property
    def today(self) -> str:
        """The day in UTC, as a date field holds it."""
        return self._clock.now().astimezone(UTC).date().isoformat()

    def add(self, document: Document, asked: Body) -> Record:
        """A new record outside the ledger; raises `BcError`."""
        body = document.blank()
        document.put(self, body, asked)
        document.on_create(self, body, asked)
        return self.keep(document, body)

    def keep(self, document: Document, body: Body) -> Record:
        """A new record as it is, without its rules; raises `BcError`."""
        key = document.key(self, body)
        if self.state.by_key(document.entity, key) is not None:
            raise same_key(document.entity, key)
        parent = str(body[document.parent_field]) if document.parent_field else ""
        record = Record(str(self._ids.uuid()), key, parent, 1, self._stamped(document, body))
        self.state.insert(document.entity, record)
        document.on_written(self, parent)
        return record

    def create(
        self,
        document: Document,
        asked: Body,
        effect_key: str | None,
        lines: Sequence[Body] = (),
    ) -> Record:
        """A POST takes effect, with the lines in its body; raises `BcError`."""
        record = self.add(document, asked)
        values = dict(asked)
        if document.lines is not None and lines:
            for line in lines:
                self.add(document.lines, {document.lines.parent_field: record.id, **line})
            values[document.lines.entity] = [dict(line) for line in lines]
        record = self.get(document, record.id)
        self.note(effect_key, document.entity, record.key, "create", values)
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
        before = self._matched(document, record_id, if_match)
        after = self.alter(document, before, asked)
        self.note(effect_key, document.entity, after.key, "change", asked)
        return after

    def alter(self, document: Document, before: Record, asked: Body) -> Record:
        """Change a record under its rules, outside the ledger; raises `BcError`."""
        body = dict(before.body)
        document.put(self, body, asked)
        document.on_change(self, before, body, asked)
        after = self.replace(document, before, body)
        document.on_written(self, before.parent)
        return after

    def replace(self, document: Document, before: Record, body: Body) -> Record:
        """Put a record's new fields in its place, without its rules; raises `BcError`."""
        key = document.key(self, body)
        if key != before.key and self.state.by_key(document.entity, key) is not None:
            raise same_key(document.entity, key)
        after = replace(
            before, key=key, version=before.version + 1, body=self._stamped(document, body)
        )
        self.state.update(document.entity, after)
        return after

    def delete(
        self, document: Document, record_id: str, if_match: str | None, effect_key: str | None
    ) -> None:
        """A DELETE takes effect; raises `BcError`."""
        record = self._matched(document, record_id, if_match)
        document.on_delete(self, record)
        if document.lines is not None:
            for line in self.state.children(document.lines.entity, record.id):
                self.state.delete(document.lines.entity, line.id)
        self.state.delete(document.entity, record.id)
        document.on_written(self, record.parent)
        self.note(effect_key, document.entity, record.key, "delete", {})

    def act(self, document: Document, record_id: str, action: str, effect_key: str | None) -> None:
        """A bound action takes effect; raises `BcError`."""
        record = self.get(document, record_id)
        document.act(self, record, action)
        self.note(effect_key, document.entity, record.key, action.rpartition(".")[2], {})

    def get(self, document: Document, record_id: str) -> Record:
        """The record with that id; raises `BcError`."""
        record = self.state.by_id(document.entity, record_id)
        if record is None:
            raise not_found(document.singular, record_id)
        return record

    def find(self, document: Document, terms: Sequence[Term]) -> list[Record]:
        """The records for which every term holds, over an index where there is one."""
        document.check_list(frozenset(term.name for term in terms if term.operator == "eq"))
        kinds = {term.name: document.kind(term.name) for term in terms}
        tests = [(term.name, term.test(kinds[term.name])) for term in terms]
        return [
            record
            for record in self._candidates(document, terms)
            if all(holds(_value(record, name)) for name, holds in tests)
        ]

    def note(
        self,
        effect_key: str | None,
        entity: str,
        key: str,
        action: str,
        values: Mapping[str, Json],
    ) -> None:
        """Write an effect into the ledger."""
        at = self._clock.now()
        self.ledger.note(self.company.name, effect_key, entity, key, action, at, values)

    def _matched(self, document: Document, record_id: str, if_match: str | None) -> Record:
        record = self.get(document, record_id)
        if if_match is None:
            raise no_precondition()
        if if_match not in ("*", etag(record)):
            raise changed()
        return record

    def _candidates(self, document: Document, terms: Sequence[Term]) -> list[Record]:
        for term in terms:
            if term.operator != "eq":
                continue
            if term.name == "id":
                return _one(self.state.by_id(document.entity, term.text.lower()))
            if term.name == document.parent_field:
                return self.state.children(document.entity, term.text.lower())
            if term.name == document.key_field:
                return _one(self.state.by_key(document.entity, term.text.upper()))
        return self.state.all(document.entity)

    def _stamped(self, document: Document, body: Body) -> Body:
        if not document.stamped:
            return body
        moment = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
        return body | {STAMP: moment.replace("+00:00", "Z")}


def _one(record: Record | None) -> list[Record]:
    return [] if record is None else [record]


def _value(record: Record, name: str) -> Json:
    return record.id if name == "id" else record.body[name]
