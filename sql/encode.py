"""A document as SQL Server takes it: one JSON text and one binary.

Bytes go into the binary; in the JSON stands their offset, and under `NAME_len` their length. So a
batch has two parameters whatever it holds, its text is constant, and no byte is spelt in hex.
Rows of a list carry their place as `_n`, since a set has no order.
"""

from __future__ import annotations

import json
from typing import Any

from sql.database import Document


def encode(doc: Document) -> tuple[str, bytes]:
    """The JSON text and the binary of `doc`; scalars that are None are left out."""
    blob = bytearray()
    found = {
        name: [_item(item, place, blob) for place, item in enumerate(value)]
        if isinstance(value, list)
        else value
        for name, value in doc.items()
        if value is not None
    }
    # An empty binary parameter has no type of its own for some drivers.
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")), bytes(blob) or b"\0"


def _item(item: Any, place: int, blob: bytearray) -> Any:
    if isinstance(item, bytes):
        return _put(item, blob)
    if not isinstance(item, dict):
        return item
    row: dict[str, Any] = {"_n": place}
    for name, value in item.items():
        if isinstance(value, bytes):
            row[name], row[f"{name}_len"] = _put(value, blob), len(value)
        else:
            row[name] = value
    return row


def _put(value: bytes, blob: bytearray) -> int:
    offset = len(blob)
    blob += value
    return offset
