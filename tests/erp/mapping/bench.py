"""A mapper of a file's text, and links that a test names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from erp.links import Linked
from erp.mapping import Mapped, Mapper
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.config import load_config
from tidegate.errors import ConfigError
from tidegate.outcome import Rejected

SHIPPED = Mapper(load_config(None))
KNOWN = {
    ("zoho", "customers", "7"): Linked("customers", "guid-c7", "7"),
    ("zoho", "customers", "8"): Linked("vendors", "guid-v8", "8"),
    ("zoho", "products", "1"): Linked("items", "guid-i1", "HD-1"),
    ("zoho", "products", "2"): Linked("items", "guid-i2", "HD-2"),
}


def known(source: str, entity: str, entity_id: str) -> Linked | None:
    return KNOWN.get((source, entity, entity_id))


def mapper(folder: Path, text: str) -> Mapper:
    path = folder / "tidegate.toml"
    path.write_text(text, "utf-8")
    return Mapper(load_config(path), path)


def refusal(folder: Path, text: str) -> tuple[str, str]:
    """Message without the file's name, and the next step."""
    with pytest.raises(ConfigError) as caught:
        mapper(folder, text)
    return str(caught.value).rpartition("tidegate.toml:")[2], caught.value.next_step


def mapped(
    entity: str,
    record: Json,
    by: Mapper = SHIPPED,
    *,
    source: str = "zoho",
    operation: str = "update",
    entity_id: str = "",
) -> Mapped:
    return by.command(source, entity, operation, record, known, entity_id)


def values(*given: Any, **more: Any) -> Mapping[str, Json]:
    command = mapped(*given, **more)
    assert isinstance(command, Command), command
    return command.values


def refused(*given: Any, **more: Any) -> str:
    found = mapped(*given, **more)
    assert isinstance(found, Rejected), found
    assert (found.error_class, found.status) == ("mapping", 422)
    return found.message
