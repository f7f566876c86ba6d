"""One far field: how its value is read from a record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from erp.links import Link, Linked
from erp.mapping.convert import convert, fits, id_text, is_blank, word
from erp.mapping.far_fields import FarField, Kind
from erp.mapping.mapped import Missing, Refused
from tidegate import canon
from tidegate.canon import Json
from tidegate.config_mapping import FieldSpec

_CODE, _TEXT = Kind.CODE, Kind.TEXT

Call: TypeAlias = Callable[[Any, Any], Any]
"""A function of the user's: the value and the record in, the value or None out."""


@dataclass(slots=True)
class Reading:
    """One record while it is mapped; what it waits for is gathered, not raised."""

    link: Link
    missing: list[Missing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A compiled field.

    Args:
        far: what the far side holds there; None where nobody knows.
        linked: source and entity of a link.
        needed: whether a missing link makes the record wait.
    """

    name: str
    spec: FieldSpec
    far: FarField | None
    call: Call | None = None
    linked: tuple[str, str] | None = None
    needed: bool = True
    kind: Kind | None = field(init=False)
    length: int | None = field(init=False)
    plain: str | None = field(init=False)
    exact: bool = field(init=False)

    def __post_init__(self) -> None:
        lengths = [each for each in (self.spec.max, self.far and self.far.length) if each]
        object.__setattr__(self, "length", min(lengths, default=None))
        object.__setattr__(self, "kind", self._kind())
        object.__setattr__(self, "plain", self._plain())
        exact = self.kind is Kind.DECIMAL and self.spec.scale is None
        object.__setattr__(self, "exact", exact)

    def _plain(self) -> str | None:
        """The member that a field reads of which nothing but that is said, as of most."""
        spec = self.spec
        said = (spec.value, spec.map, spec.default, spec.scale, self.call, self.linked)
        if spec.required or any(each is not None for each in said):
            return None
        return _plain_name(spec.from_ or "")

    def _kind(self) -> Kind | None:
        """What the value is made into; None where it is handed on as it is."""
        if self.spec.type is not None:
            return Kind(self.spec.type)
        if self.far is not None:
            return self.far.kind
        if self.spec.scale is not None:
            return Kind.DECIMAL
        return Kind.TEXT if self.length is not None else None

    def read(self, item: Json, base: str, reading: Reading) -> Json:
        """The value for the far side, None where the field is left out. Raises `Refused`.

        Args:
            item: the record, or one of its lines.
            base: pointer to it.
        """
        if self.plain is not None and isinstance(item, dict):
            value = item.get(self.plain)
            if value is None:
                return None
            if type(value) is str:
                quick = self.quick(value)
                if quick is not None:
                    return quick
            elif type(value) is Decimal:
                if self.exact and fits(value):
                    return value
                return self.converted(value, base + (self.spec.from_ or ""))
        return self._read(item, base, reading)

    def quick(self, value: str) -> str | None:
        """A text that fits as it is, None where more is to be asked."""
        if self.kind is _CODE:
            value = value.strip().upper()
        elif self.kind is not _TEXT:
            return None
        return value if len(value) <= (self.length or sys.maxsize) else None

    def _read(self, item: Json, base: str, reading: Reading) -> Json:
        where = base + (self.spec.from_ or "")
        if self.linked is not None:
            return self._linked(item, where, reading, *self.linked)
        value = self._value(item, where)
        if value is None or (is_blank(value) and not self._takes_blanks()):
            value = self.spec.default
        if self.spec.required and is_blank(value):
            raise Refused(where, f"nothing there, and {self.name} is required")
        return None if value is None else self.converted(value, where)

    def converted(self, value: Json, where: str) -> Json:
        """The value as the far field takes it. Raises `Refused`."""
        if self.kind is None:
            return value
        try:
            return convert(self.kind, value, length=self.length, scale=self.spec.scale)
        except ValueError as error:
            raise Refused(where, f"cannot be {self.name}: {error}") from None

    def _value(self, item: Json, where: str) -> Json:
        if self.spec.value is not None:
            constant: Json = self.spec.value
            return constant
        value = found(item, self.spec.from_) if self.spec.from_ else None
        if self.spec.map is not None and not is_blank(value):
            value = self._translated(value, where)
        return value if self.call is None else self._called(self.call, value, item, where)

    def _translated(self, value: Json, where: str) -> Json:
        known: dict[str, Json] = self.spec.map or {}
        said = word(value)
        if said not in known:
            raise Refused(where, f"{said!r} is none of {', '.join(map(repr, known))}")
        return known[said]

    def _called(self, call: Call, value: Json, item: Json, where: str) -> Json:
        try:
            result: Json = call(value, item)
        except Exception as error:
            # The user's code: whatever it raises is about this record, and no reason to retry.
            said = str(error) if isinstance(error, ValueError) else repr(error)
            raise Refused(where, f"{self.spec.call} refused it: {said}") from error
        return result

    def _takes_blanks(self) -> bool:
        """A text that was emptied is emptied over there too; a date or a number cannot be."""
        if self.spec.default is not None:
            return False
        return self.kind in (None, Kind.TEXT, Kind.CODE)

    def _linked(self, item: Json, where: str, reading: Reading, source: str, entity: str) -> Json:
        entity_id = id_text(found(item, self.spec.from_ or ""))
        if not entity_id:
            if self.spec.required:
                raise Refused(where, f"nothing there, and {self.name} is required")
            return None
        linked = reading.link(source, entity, entity_id)
        if linked is not None:
            return self._of(linked, where)
        if self.needed:
            text = f"{where}: {entity} {entity_id} of {source} has no record in the ERP yet"
            reading.missing.append(Missing(source, entity, entity_id, text))
        return None

    def _of(self, linked: Linked, where: str) -> Json:
        wanted = self.far.refers if self.far else None
        if wanted and linked.record_type and linked.record_type != wanted:
            raise Refused(where, f"{self.name} wants one of {wanted}, not of {linked.record_type}")
        if self.spec.take == "id":
            return linked.record_id
        return self.converted(linked.record_key, where)


def found(item: Json, pointer: str) -> Json:
    """What is there; None where nothing is."""
    if isinstance(item, dict) and (name := _plain_name(pointer)) is not None:
        return item.get(name)
    try:
        return canon.at(item, pointer)
    except KeyError:
        return None


@lru_cache(maxsize=1024)
def _plain_name(pointer: str) -> str | None:
    """The name that a pointer of one plain step points to, as most do."""
    name = pointer[1:]
    return name if name and "/" not in name and "~" not in name else None
