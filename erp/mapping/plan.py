"""One command: its key, fields and lines, compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erp.mapping.convert import id_text, is_blank, word
from erp.mapping.fields import FieldPlan, Reading, found
from erp.mapping.mapped import Refused
from tidegate.canon import Json
from tidegate.config_mapping import fill, holes

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """The lines of a document.

    Args:
        needs: of each group a line must have one.
    """

    pointer: str
    to: str
    required: bool
    fields: tuple[FieldPlan, ...]
    needs: Groups

    def read(self, record: Json, reading: Reading) -> list[Json]:
        """Each line's fields. Raises `Refused`."""
        items = found(record, self.pointer)
        if items is None:
            items = []
        if not isinstance(items, list) or (self.required and not items):
            raise Refused(self.pointer, f"no list of {self.to}" if items else f"no {self.to}")
        lines: list[Json] = []
        for place, item in enumerate(items):
            where = f"{self.pointer}/{place}"
            line = read_fields(self.fields, item, where, reading)
            if not reading.missing:
                must_have(line, self.needs, where, f"each of {self.to}")
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class CommandPlan:
    """What one kind of record becomes.

    Args:
        key: template of the natural key.
        key_field: the far field that holds it, which says how it is written.
        records: the far side's name for its records, the command's first part.
    """

    name: str | None
    delete_name: str | None
    key: str
    match: str | None
    key_field: FieldPlan | None
    fields: tuple[FieldPlan, ...]
    lines: LinesPlan | None
    needs: Groups

    @property
    def records(self) -> str:
        """The far side's name for its records."""
        return (self.name or self.delete_name or "").partition(".")[0]

    def key_of(self, record: Json) -> str:
        """The natural key. Raises `Refused`."""
        if self.key.startswith("/"):
            key = _key_part(record, self.key)
        else:
            key = fill(self.key, {each: _key_part(record, each) for each in holes(self.key)})
        if self.key_field is None:
            return key
        quick = self.key_field.quick(key)
        if quick is not None:
            return quick
        return str(self.key_field.converted(key, holes(self.key)[0]))

    def values(self, record: Json, reading: Reading) -> dict[str, Json]:
        """The far side's fields, lines among them. Raises `Refused`."""
        values = read_fields(self.fields, record, "", reading)
        if self.lines is not None:
            lines = self.lines.read(record, reading)
            if lines or self.lines.required:
                values[self.lines.to] = lines
        if not reading.missing:
            must_have(values, self.needs, "", str(self.name))
        return values


@dataclass(frozen=True, slots=True)
class Variant:
    """What a record becomes where a field of it says so."""

    pointer: str
    among: frozenset[str]
    plan: CommandPlan | None
    reject: str | None

    def fits(self, record: Json) -> bool:
        """Whether the record's field has one of the values."""
        return word(found(record, self.pointer)) in self.among


@dataclass(frozen=True, slots=True)
class MappingPlan:
    """A whole `[mapping.*]` table."""

    base: CommandPlan
    variants: tuple[Variant, ...]
    needs_deadline: float
    once: bool

    def choose(self, record: Json) -> CommandPlan:
        """The command of this record. Raises `Refused`."""
        for variant in self.variants:
            if variant.fits(record):
                if variant.plan is None:
                    raise Refused(variant.pointer, variant.reject or "refused")
                return variant.plan
        if self.base.name is None:
            where = self.variants[0].pointer
            raise Refused(where, f"{id_text(found(record, where))!r} names no command")
        return self.base

    def plans(self) -> Sequence[CommandPlan]:
        """Every command that it may come to."""
        return [self.base, *(each.plan for each in self.variants if each.plan is not None)]


def _key_part(record: Json, pointer: str) -> str:
    text = id_text(found(record, pointer))
    if not text:
        raise Refused(pointer, "nothing there, and it makes the key")
    return text


def read_fields(
    fields: Sequence[FieldPlan], item: Json, where: str, reading: Reading
) -> dict[str, Json]:
    """The values that are there, by far field. Raises `Refused`."""
    values: dict[str, Json] = {}
    for each in fields:
        value = each.read(item, where, reading)
        if value is not None:
            values[each.name] = value
    return values


def must_have(values: Mapping[str, Json], needs: Groups, where: str, who: str) -> None:
    """Raise `Refused` where none of a group has a value."""
    for group in needs:
        for name in group:
            if not is_blank(values.get(name)):
                break
        else:
            raise Refused(where, f"{who} needs {' or '.join(group)}, and nothing gives it")
