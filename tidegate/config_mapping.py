"""`[mapping.<name>]`: how a source's record becomes a command that the ERP is asked."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from tidegate.config_base import Name, Positive, Table, Texts

FieldType: TypeAlias = Literal["text", "code", "decimal", "integer", "boolean", "date"]
Part: TypeAlias = Literal["id", "key"]
Scalar: TypeAlias = str | int | bool | Decimal

LINES = "lines"

_POINTER = re.compile(r"(?:/(?:[^~/{}\s]|~[01])*)+")
_HOLE = re.compile(r"\{([^{}]*)\}")


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError(f"{text!r} is no pointer; write it as /sku or /billing_address/city")
    return text


def _template(text: str) -> str:
    if text.startswith("/"):
        return _pointer(text)
    holes = _HOLE.findall(text)
    if not holes or set("{}") & set(_HOLE.sub("", text)):
        raise ValueError(f"{text!r} is neither a pointer nor a text with some, such as {{/po}}/1")
    for hole in holes:
        _pointer(hole)
    return text


def _scalar(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if not isinstance(value, str | int | Decimal):
        raise ValueError("a text, a number, true or false")
    return value


def _scalars(value: Any) -> Any:
    return tuple(map(_scalar, value if isinstance(value, list | tuple) else (value,)))


def _spec(value: Any) -> Any:
    """`"/sku"` is short for `{ from = "/sku" }`."""
    return {"from": _pointer(value)} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Pointer = Annotated[str, AfterValidator(_pointer)]
Template = Annotated[str, AfterValidator(_template)]
CommandName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w*(\.\w+)+$", max_length=64)]
FarName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w{0,63}$")]
FunctionName = Annotated[str, StringConstraints(pattern=r"^\w+(\.\w+)*:\w+$")]
Constant = Annotated[Any, BeforeValidator(_scalar)]


class _Aliased(Table):
    """`from` and `is` are words of Python."""

    model_config = ConfigDict(serialize_by_alias=True)


class FieldSpec(_Aliased):
    """One field of the far side: a pointer alone, or where its value comes from and how."""

    from_: Pointer | None = Field(
        default=None, alias="from", description="Pointer to the value in the record."
    )
    type: FieldType | None = Field(
        default=None, description="What the far field holds; unset: what is known of it."
    )
    scale: int | None = Field(
        default=None,
        ge=0,
        le=18,
        description="Decimals to round to, halves away from zero; unset: more than the field "
        "holds are refused.",
    )
    max: int | None = Field(
        default=None, ge=1, description="Most characters; a longer text is refused, never cut."
    )
    default: Constant = Field(
        default=None, description="What stands for a value that is not there."
    )
    map: dict[str, Constant] | None = Field(
        default=None,
        description="The far side's word for each of the source's; others are refused.",
    )
    required: bool = Field(default=False, description="Whether a record without it is refused.")
    value: Constant = Field(default=None, description="The same value always, in place of from.")
    call: FunctionName | None = Field(
        default=None,
        description="`module:function`, called with the value and the record; it gives the value, "
        "or None for none.",
    )
    link: Name | None = Field(
        default=None,
        description="The entity, of this source or as source.entity, whose id `from` points to: "
        "the value is that of its record in the ERP.",
    )
    take: Part = Field(default="id", description="Of a link: the record's id, or its natural key.")

    @model_validator(mode="after")
    def _has_one_origin(self) -> FieldSpec:
        if self.value is not None and self.model_fields_set != {"value"}:
            raise ValueError("value stands alone")
        if self.value is None and self.from_ is None and self.call is None:
            raise ValueError("a field needs from, value or call")
        if self.link is not None:
            beside = self.model_fields_set - {"link", "from_", "take", "required"}
            if beside or self.from_ is None:
                raise ValueError("a link has from, take and required beside it, and nothing else")
        elif self.take != "id":
            raise ValueError("take belongs to a link")
        return self


Specs = dict[FarName, Annotated[FieldSpec, BeforeValidator(_spec)]]


class Lines(_Aliased):
    """`lines` of a mapping: a list of the record, each item of it a line of the command."""

    from_: Pointer = Field(alias="from", description="Pointer to the list in the record.")
    to: FarName = Field(default=LINES, description="The far side's name for it.")
    required: bool = Field(default=True, description="Whether a record without lines is refused.")
    fields: Specs = Field(
        description="The far side's fields; pointers and calls begin at the item."
    )


class When(_Aliased):
    """`[[mapping.<name>.when]]`: what is different where a field says so; the first that fits."""

    from_: Pointer = Field(alias="from", description="Pointer to what is compared.")
    is_: Annotated[tuple[Scalar, ...], BeforeValidator(_scalars)] = Field(
        alias="is", description="The value, or a list of values one of which it must be."
    )
    reject: str | None = Field(
        default=None, min_length=1, max_length=500, description="Refuse the record, with this text."
    )
    command: CommandName | None = Field(default=None, description="Another command.")
    delete_command: CommandName | None = Field(default=None, description="Another one for deletes.")
    key: Template | None = Field(default=None, description="Another natural key.")
    match: FarName | None = Field(default=None, description="Another field that holds it.")
    fields: Specs = Field(default_factory=dict, description="Fields beside those of the mapping.")
    lines: Lines | None = Field(default=None, description="Other lines.")

    @model_validator(mode="after")
    def _says_something(self) -> When:
        changed = self.model_fields_set - {"from_", "is_"}
        if not changed:
            raise ValueError("it changes nothing: name a command, fields or reject")
        if self.reject is not None and changed != {"reject"}:
            raise ValueError("what is refused has no command and no fields")
        return self


class Mapping(_Aliased):
    """`[mapping."<source>.<entity>"]`: the command of an entity's records.

    A table that names a command takes the place of the shipped one. One that does not is laid over
    it, field by field, and `NAME = false` leaves a field out.
    """

    command: CommandName | None = Field(
        default=None, description="What the ERP is asked, such as items.upsert."
    )
    delete_command: CommandName | None = Field(
        default=None, description="What it is asked for a delete, where on_delete = delete."
    )
    key: Template = Field(
        description="The far side's natural key: a pointer, or a text such as {/po}/{/line_no}."
    )
    match: FarName | None = Field(
        default=None, description="The far field that holds the key, to find the record by."
    )
    fields: Specs = Field(default_factory=dict, description="The far side's fields.")
    lines: Lines | None = Field(default=None, description="The lines of a document.")
    when: Annotated[tuple[When, ...], BeforeValidator(_listed), Field(strict=False)] = Field(
        default=(), description="What is different for some records."
    )
    needs: Texts | None = Field(
        default=None,
        description="Link fields that must have their record, those of lines as lines.itemId; "
        "unset: all.",
    )
    needs_deadline: Positive = Field(
        default=259_200.0, description="Seconds that a record waits for what it needs."
    )
    once: bool = Field(
        default=False, description="Whether a second event of one record is refused."
    )

    @model_validator(mode="after")
    def _leads_to_a_command(self) -> Mapping:
        if self.command is None and not any(each.command for each in self.when):
            raise ValueError("a mapping needs a command, of its own or in when")
        return self


def holes(template: str) -> tuple[str, ...]:
    """The pointers of a key."""
    return (template,) if template.startswith("/") else tuple(_HOLE.findall(template))


def fill(template: str, values: dict[str, str]) -> str:
    """The key with each pointer's text in its place."""
    if template.startswith("/"):
        return values[template]
    return _HOLE.sub(lambda hole: values[hole[1]], template)
