"""What every table of `tidegate.toml` is made of: names, words and the rules of a table."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

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
