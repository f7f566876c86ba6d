"""From an event's record to the command that the ERP is asked.

The spine's two mappings; tables of the configuration take their place with the effects.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.fingerprint import plain_number
from tidegate.outcome import Rejected

VERSION = 1


def to_command(entity: str, operation: str, record: Json) -> Command | Rejected:
    """The command that brings `record` about, or why there is none."""
    if not isinstance(record, Mapping):
        return Rejected("the record is not an object", "mapping")
    if operation == "delete":
        return Rejected(f"a delete of {entity} is blocked (on_delete)", "on_delete")
    if entity == "products":
        return _item(record)
    if entity == "purchase-order-lines":
        return _line_date(record)
    return Rejected(f"no mapping for {entity}", "mapping")


def _item(record: Mapping[str, Json]) -> Command | Rejected:
    number = _text(record.get("sku"))
    if not number:
        return Rejected("the product has no sku, so the item has no number", "mapping")
    values: dict[str, Json] = {"number": number}
    for name, field in (("name", "displayName"), ("rate", "unitPrice")):
        if record.get(name) is not None:
            values[field] = record[name]
    return Command("items.upsert", number, values)


def _line_date(record: Mapping[str, Json]) -> Command | Rejected:
    key = f"{_text(record.get('po'))}/{_text(record.get('line_no'))}"
    return Command("purchaseOrderLines.date", key, {"expectedReceiptDate": record.get("new_date")})


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return plain_number(value)
