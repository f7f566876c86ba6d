"""From an event's record to the command that the ERP is asked."""

from __future__ import annotations

from functools import cache

from erp.links import no_links
from erp.mapping.mapped import Ignored, Mapped, Missing
from erp.mapping.mapper import Mapper
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.config import load_config
from tidegate.outcome import Rejected

__all__ = ["Ignored", "Mapped", "Mapper", "Missing", "to_command"]


def to_command(entity: str, operation: str, record: Json) -> Command | Rejected:
    """As `Mapper.command` with the shipped mappings alone, and nothing linked."""
    mapper = _shipped()
    source = "api" if mapper.plan("", entity) else "zoho"
    mapped = mapper.command(source, entity, operation, record, no_links)
    if isinstance(mapped, Missing | Ignored):
        return Rejected(mapped.text, "mapping")
    return mapped


@cache
def _shipped() -> Mapper:
    return Mapper(load_config(None))
