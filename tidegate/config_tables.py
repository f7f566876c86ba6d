"""The tables of `tidegate.toml`: which keys there are, what they may hold, what they default to."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic.fields import FieldInfo

from tidegate.backoff import Backoff
from tidegate.config_alerts import Alerts
from tidegate.config_base import (
    KIND_DEFAULTS,
    Dedup,
    Kind,
    Name,
    OnDead,
    OnDelete,
    OnUnknown,
    Order,
    Positive,
    RepeatName,
    Table,
    Texts,
    Url,
    Writes,
)
from tidegate.config_legacy import LegacyCommand
from tidegate.config_mapping import Mapping
from tidegate.config_retention import Retention
from tidegate.config_rules import Rule
from tidegate.config_sources import Place, Rate, Source


class Retry(Table):
    """How often, and how long, an event is tried again."""

    base: Positive = Field(default=1.0, description="Seconds before the first repeat, at most.")
    factor: float = Field(default=2.0, ge=1, description="Growth of the wait from try to try.")
    cap: Positive = Field(default=900.0, description="Seconds that no wait exceeds.")
    attempts: int = Field(default=12, ge=1, description="Tries before the event is dead.")
    max_age: Positive = Field(
        default=259_200.0, description="Seconds from the first try before the event is dead."
    )

    def backoff(self) -> Backoff:
        """The waits between tries."""
        return Backoff(self.base, self.factor, self.cap)


def _of_kind(place: int) -> Callable[[dict[str, Any]], Any]:
    # Without a usable kind the table is refused for that; any default will do until then.
    return lambda data: KIND_DEFAULTS[data.get("kind", "document")][place]


class Entity(Table):
    """`[entities.<name>]`: how events of one entity are judged, ordered and written."""

    kind: Kind = Field(description="What its events are; sets dedup, order and on_dead.")
    dedup: Dedup = Field(default_factory=_of_kind(0), description="What makes a duplicate.")
    order: Order = Field(default_factory=_of_kind(1), description="Whether an older one counts.")
    on_dead: OnDead = Field(
        default_factory=_of_kind(2), description="Whether a dead letter blocks its key."
    )
    order_key: Annotated[str, StringConstraints(pattern=r"^(?:[a-z_]{1,20}=)?/\S+$")] | None = (
        Field(
            default=None,
            description="Pointer to the field that names the order key, such as /number, or "
            "po=/number to share the key of purchase orders; unset: the entity.",
        )
    )
    record: str | None = Field(
        default=None, description="The key that the source's own body wraps the record in."
    )
    entity_id: Place | None = Field(default=None, description="Where the record's id is.")
    stamp: Place | None = Field(default=None, description="Where the record's version stamp is.")
    ids: Texts = Field(default=(), description="Paths of fields that are ids, whatever their type.")
    model: Name | None = Field(
        default=None, description="The shipped schema that an envelope's data is held to."
    )
    deadline: Positive = Field(
        default=3600.0, description="Seconds after which a command that has not run ends expired."
    )
    replay_dead: bool = Field(
        default_factory=lambda data: data.get("kind") == "state",
        description="Whether a resent delivery of a dead letter asks for its replay.",
    )
    forward: bool = Field(
        default=False, description="Nothing is written to an ERP; subscribers are told."
    )
    on_unknown: OnUnknown = Field(
        default="hold", description="What becomes of an unknown outcome that nothing can look up."
    )
    on_delete: OnDelete = Field(default="block", description="What a delete does in the ERP.")
    writes: Writes = Field(
        default="on", description="Whether writes are sent, only recorded, or wait."
    )
    company: str | None = Field(default=None, min_length=1, description="The company in the ERP.")
    volatile: Texts = Field(default=(), description="Paths of fields that make no new content.")
    retry: Retry = Field(default_factory=Retry, description="How often it is tried again.")


class AdapterOptions(Table):
    """`[adapters.<name>]`: where a far side is and how it is called."""

    use: Annotated[str, StringConstraints(pattern=r"^\w+(\.\w+)*:\w+$")] | None = Field(
        default=None,
        description="`module:Class`; unset: the adapter that carries the table's name.",
    )
    repeat: RepeatName | None = Field(
        default=None, description="How its commands repeat, where the adapter leaves that open."
    )
    in_doubt: Positive | None = Field(
        default=None,
        description="Seconds after which an abandoned request can no longer take effect.",
    )
    timeout: Positive = Field(default=10.0, description="Seconds that one call may take.")
    lanes: int = Field(default=8, ge=1, le=256, description="Calls at a time.")
    calls: Rate | None = Field(default=None, description="Most calls to it, such as 600/minute.")
    base_url: Url | None = Field(default=None, description="The far side's address.")
    interpreter: str | None = Field(
        default=None, description="The Python that runs functions of yours (legacy)."
    )
    folder: str | None = Field(default=None, description="Where those functions' modules are.")
    commands: dict[Name, LegacyCommand] = Field(
        default_factory=dict, description="What each command calls (legacy)."
    )

    @model_validator(mode="after")
    def _give_up_before_doubt_ends(self) -> AdapterOptions:
        if self.in_doubt is not None and self.in_doubt <= self.timeout:
            raise ValueError("timeout must be shorter than in_doubt")
        return self


class Subscription(Table):
    """`[[subscriptions]]`: who is told what happened."""

    name: Name = Field(description="Its name in views and commands.")
    url: Url = Field(description="Where events are sent.")
    types: Texts | None = Field(default=None, description="Event types; unset: all.")
    enabled: bool = Field(default=True, description="Whether anything is sent.")


class Api(Table):
    """`[api]`: what commands and reads may cost."""

    rate: Rate | None = Field(default=None, description="Most requests of one key, 60/minute.")
    backlog: int | None = Field(
        default=10_000, ge=1, description="Waiting events beyond which commands are refused."
    )
    wait: float = Field(
        default=10.0, ge=0, le=60, description="Seconds that a caller is kept waiting."
    )


class Tables(Table):
    """The whole file."""

    api: Api = Field(default_factory=Api)
    retention: Retention = Field(default_factory=Retention)
    alerts: Alerts = Field(default_factory=Alerts)
    entities: dict[Name, Entity] = Field(default_factory=dict)
    adapters: dict[Name, AdapterOptions] = Field(default_factory=dict)
    subscriptions: Annotated[tuple[Subscription, ...], Field(strict=False)] = ()
    sources: dict[Name, Source] = Field(default_factory=dict)
    mapping: dict[Name, Mapping] = Field(default_factory=dict)
    rules: Annotated[tuple[Rule, ...], Field(strict=False)] = ()

    @field_validator("subscriptions")
    @classmethod
    def _names_are_unique(cls, value: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
        names = [each.name for each in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"there are two subscriptions named {twice[0]}")
        return value


def keys_at(loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the table at `loc` may have; none where any are allowed."""
    table = table_at(loc)
    return tuple(_fields(table)) if table else ()


def field_at(loc: tuple[str | int, ...]) -> FieldInfo | None:
    """What is said of the key at `loc`; None where any key may stand there."""
    table = table_at(loc[:-1])
    return _fields(table).get(str(loc[-1])) if table else None


def table_at(loc: tuple[str | int, ...]) -> type[Table] | None:
    """What the table at `loc` must be; None where it may be anything."""
    annotation: Any = Tables
    for step in loc:
        table = _table(annotation)
        fields = _fields(table) if table else {}
        annotation = fields[str(step)].annotation if step in fields else _inner(annotation)
    return _table(annotation)


def _fields(table: type[Table]) -> dict[str, FieldInfo]:
    """By the names that the file uses."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _table(annotation: Any) -> type[Table] | None:
    """The table that an annotation, or one of its alternatives, stands for."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    if get_origin(annotation) in (Annotated, Union, UnionType):
        found = (_table(each) for each in get_args(annotation))
        return next((each for each in found if each), None)
    return None


def _inner(annotation: Any) -> Any:
    """What a dict or tuple of tables holds."""
    return next((each for each in get_args(annotation) if _table(each)), None)
