"""How deliveries of one source entity are read: its table over its source's, resolved at start."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.zoho import MODELS, Record
from tidegate.canon import Json
from tidegate.config import Config
from tidegate.config_sources import Source
from tidegate.config_tables import Entity
from tidegate.errors import ConfigError
from tidegate.fingerprint import content_hash


@dataclass(frozen=True, slots=True)
class Rules:
    """What a route needs of the configuration; places are as in `ingest.places`."""

    source: str
    name: str
    options: Entity
    envelope: bool
    lenient: bool
    wrapper: str | None
    entity_id: str | None
    stamp: str | None
    message_id: str | None
    event_type: str | None
    utc_offset: str | None
    model: type[Record] | None

    def hashed(self, operation: str, stamp: str | None, content: Json) -> bytes:
        """The hash of a content. Raises `CanonError` for what is not canonical JSON."""
        options = self.options
        return content_hash(operation, stamp, content, volatile=options.volatile, ids=options.ids)


def rules_of(config: Config, source_name: str, name: str) -> Rules:
    """The rules of an entity of a source. Raises `ConfigError` where its model is not shipped."""
    source: Source = config.source(source_name)
    options = config.entity(source_name, name)
    return Rules(
        source=source_name,
        name=name,
        options=options,
        envelope=source.envelope,
        lenient=source.lenient,
        wrapper=options.record,
        entity_id=options.entity_id or source.entity_id,
        stamp=options.stamp or source.stamp,
        message_id=source.message_id,
        event_type=source.event_type,
        utc_offset=source.utc_offset,
        model=_model(options.model),
    )


def _model(name: str | None) -> type[Record] | None:
    if name is None:
        return None
    found = MODELS.get(name)
    if found is None:
        raise ConfigError(
            f"there is no shipped schema {name!r}", next_step=f"use one of {', '.join(MODELS)}"
        )
    return found
