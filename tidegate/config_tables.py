"""The tables of `tidegate.toml`: which keys there are, what they may hold, what they default to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from tidegate.backoff import Backoff
from tidegate.checks import http_url

Kind: TypeAlias = Literal["state", "document", "command", "stream"]
Dedup: TypeAlias = Literal["content", "id", "none"]
Order: TypeAlias = Literal["latest_wins", "strict"]
OnDead: TypeAlias = Literal["block", "skip"]
OnUnknown: TypeAlias = Literal["hold", "repeat"]
OnDelete: TypeAlias = Literal["block", "delete", "ignore"]
Writes: TypeAlias = Literal["off", "shadow", "on"]
RepeatName: TypeAlias = Literal["transactional", "key", "conditional", "probe", "never"]

KIND_DEFAULTS: dict[Kind, tuple[Dedup, Order, OnDead]] = {
    "state": ("content", "latest_wins", "skip"),
    "document": ("content", "strict", "block"),
    "command": ("id", "strict", "block"),
    "stream": ("id", "strict", "block"),
}
"""What a kind sets for dedup, order and on_dead where the entity does not say."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Url = Annotated[str, AfterValidator(http_url)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)]
Positive = Annotated[float, Field(gt=0)]


class Table(BaseModel):
    """A table with known keys only; nothing is converted from one type to another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


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
    order_key: str | None = Field(
        default=None,
        min_length=1,
        description="The field that names the order key; unset: the entity.",
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
    base_url: Url | None = Field(default=None, description="The far side's address.")

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


class Source(Table):
    """`[sources.<name>]`: who sends, and how it is known."""

    scheme: Name | None = Field(default=None, description="How deliveries are signed.")
    lenient: bool = Field(default=False, description="Whether any shape is taken in.")
    key_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = Field(
        default=None, description="The environment variable that holds its key."
    )


class Tables(Table):
    """The whole file. `mapping` and `rules` are checked by the adapters that they belong to."""

    entities: dict[Name, Entity] = Field(default_factory=dict)
    adapters: dict[Name, AdapterOptions] = Field(default_factory=dict)
    subscriptions: Annotated[tuple[Subscription, ...], Field(strict=False)] = ()
    sources: dict[Name, Source] = Field(default_factory=dict)
    mapping: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    rules: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = ()

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
    annotation: Any = Tables
    for step in loc:
        if _is_table(annotation) and step in annotation.model_fields:
            annotation = annotation.model_fields[str(step)].annotation
        else:
            annotation = _inner_table(annotation)
    table = annotation if _is_table(annotation) else None
    return tuple(table.model_fields) if table else ()


def _is_table(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Table)


def _inner_table(annotation: Any) -> Any:
    """What a dict or tuple of tables holds."""
    return next((each for each in get_args(annotation) if _is_table(each)), None)
