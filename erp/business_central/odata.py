"""OData as this adapter speaks it: addresses, literals, bodies whose order counts."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.canon import Json, text

API = "/api/v2.0"
ODATA_V4 = "/ODataV4"

Record = Mapping[str, Json]

# v18 validates the fields of a body in the order in which they come, and some set others: a
# customer brings dates and prices, an item its price and text, a quantity the item's price anew.
_FIRST = (
    "number",
    "type",
    "customerId",
    "customerNumber",
    "vendorId",
    "vendorNumber",
    "currencyId",
    "currencyCode",
    "paymentTermsId",
    "lineType",
    "itemId",
    "accountId",
    "lineObjectNumber",
    "itemVariantId",
    "locationId",
    "unitOfMeasureId",
    "unitOfMeasureCode",
    "postingDate",
    "invoiceDate",
    "creditMemoDate",
    "quantity",
    "directUnitCost",
    "unitCost",
    "unitPrice",
)
_RANK = {name: rank for rank, name in enumerate(_FIRST)}


def body(fields: Mapping[str, Json]) -> bytes:
    """A request's JSON, every field after those that would overwrite it, lines last."""
    return _ordered(dict(fields)).encode()


def quoted(value: str) -> str:
    """A text as an OData literal."""
    return "'" + value.replace("'", "''") + "'"


def literal(name: str, value: Json) -> str:
    """A value as an OData literal; ids, numbers, dates and truth values stand bare."""
    if isinstance(value, str) and not name.endswith("Id"):
        return quoted(value.strip())
    return value if isinstance(value, str) else text(value)


def plain(record: Record) -> dict[str, Json]:
    """The record without OData's annotations."""
    return {name: value for name, value in record.items() if not name.startswith("@odata.")}


def _ordered(value: Json) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_ordered, value))}]"
    if not isinstance(value, dict):
        return text(value)
    names = sorted(value, key=lambda name: _place(name, value[name]))
    return "{" + ",".join(f"{text(name)}:{_ordered(value[name])}" for name in names) + "}"


def _place(name: str, value: Json) -> tuple[bool, int, str]:
    return isinstance(value, list), _RANK.get(name, len(_RANK)), name
