"""`[sources.<name>]`: who sends, how it is known, and where its deliveries say what they are."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from tidegate.config_base import Dedup, Kind, Name, Order, Positive, Table, Texts

Scheme: TypeAlias = Literal[
    "static_key",
    "standard",
    "stripe",
    "github",
    "shopify",
    "zoho",
    "hmac",
    "business_central",
]
_PLACE = re.compile(r"^(?:header:[A-Za-z0-9-]{1,60}|query:\S{1,60}|(?:body|record):/\S{0,190})$")
_RATE = re.compile(r"^[1-9]\d{0,6}/(?:second|minute|hour|day)$")
_OFFSET = re.compile(r"^[+-]\d\d:\d\d$")

BODY_ONLY: frozenset[Scheme] = frozenset({"github", "shopify"})
"""Schemes that sign the body and nothing else."""


def _place(text: str) -> str:
    if not _PLACE.match(text):
        raise ValueError("a place is header:NAME, query:NAME, body:/pointer or record:/pointer")
    return text


def _rate(text: str) -> str:
    if not _RATE.match(text):
        raise ValueError("a rate is written 100/minute (second, minute, hour or day)")
    return text


def _offset(text: str) -> str:
    if not _OFFSET.match(text):
        raise ValueError("an offset is written +01:00")
    return text


EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Place = Annotated[str, AfterValidator(_place)]
Rate = Annotated[str, AfterValidator(_rate)]
EnvNames = Annotated[tuple[EnvName, ...], Field(strict=False)]


class Source(Table):
    """`[sources.<name>]`; what it leaves out comes from its preset."""

    preset: Name | None = Field(
        default=None, description="The shipped source that it starts from; unset: its own name."
    )
    scheme: Scheme = Field(default="static_key", description="How deliveries are signed.")
    secrets: EnvNames = Field(
        default=(), description="Environment variables with its secrets; any of them opens."
    )
    keys: EnvNames = Field(
        default=(),
        description="Environment variables with static keys; one is needed beside the signature.",
    )
    key_header: str = Field(default="X-Webhook-Key", description="The header of a static key.")
    header: str | None = Field(default=None, description="The signature's header (`hmac`).")
    digest: Literal["sha256", "sha512"] = Field(default="sha256", description="The hash (`hmac`).")
    encoding: Literal["hex", "base64"] = Field(
        default="hex", description="How the signature is written (`hmac`)."
    )
    prefix: str = Field(default="", description="What stands before the signature (`hmac`).")
    timestamp_header: str | None = Field(
        default=None, description="The header of the Unix time that is signed before the body."
    )
    separator: str = Field(default=".", description="What parts that time from the body (`hmac`).")
    tolerance: Positive = Field(
        default=300.0, description="Seconds that a signed time may lie back or ahead."
    )
    lenient: bool = Field(default=True, description="Whether any shape is taken in.")
    envelope: bool = Field(
        default=False, description="Whether a body with event_type or data is held to that form."
    )
    message_id: Place | None = Field(default=None, description="Where the sender's id is.")
    event_type: Place | None = Field(default=None, description="Where the event's type is.")
    entity: Place | None = Field(
        default=None, description="Where the entity is named, for the address without one."
    )
    entity_id: Place | None = Field(default=None, description="Where the record's id is.")
    stamp: Place | None = Field(default=None, description="Where the record's version stamp is.")
    utc_offset: Annotated[str, AfterValidator(_offset)] | None = Field(
        default=None, description="What stamps without an offset mean, such as +01:00."
    )
    volatile: Texts = Field(default=(), description="Paths of fields that make no new content.")
    kind: Kind = Field(default="stream", description="The kind of entities that do not say.")
    dedup: Dedup | None = Field(default=None, description="For entities that do not say.")
    order: Order | None = Field(default=None, description="For entities that do not say.")
    rate: Rate | None = Field(default=None, description="Most deliveries, such as 600/minute.")
    company: str | None = Field(default=None, min_length=1, description="The company in the ERP.")

    @model_validator(mode="after")
    def _types_are_signed(self) -> Source:
        for name in ("event_type", "entity"):
            place = getattr(self, name) or ""
            if self.scheme in BODY_ONLY and not self.keys and place.startswith(("header", "query")):
                raise ValueError(
                    f"{self.scheme} signs the body alone, so {name} may not be {place}"
                )
        return self

    @model_validator(mode="after")
    def _hmac_names_its_header(self) -> Source:
        if self.scheme == "hmac" and not self.header:
            raise ValueError("scheme hmac needs header, where the signature is")
        return self
