"""What the adapter reads for callers who only look: orders, their lines, vendors, items."""

from __future__ import annotations

from collections.abc import Mapping

from erp.business_central.client import Client
from erp.business_central.odata import plain, quoted
from erp.business_central.writing import Fields

READS: Mapping[str, str | None] = {
    "purchaseOrders": None,
    "purchaseOrderLines": None,
    "vendors": None,
    "items": None,
    "quotes": "API v2.0 of version 18 has no purchase quotes",
}
"""As `tidegate.adapter.Reads` has it."""


def read(client: Client, name: str, key: str, *, limit: int, after: str) -> list[Fields] | None:
    """As `tidegate.adapter.Reads.read` has it; raises `FarError`."""
    if name == "purchaseOrderLines":
        return _lines(client, key, limit, int(after or 0))
    if key:
        return [plain(row) for row in client.rows(name, f"number eq {quoted(key)}")] or None
    rows = client.rows(name, f"number gt {quoted(after)}", orderby="number", most=limit)
    return [plain(row) for row in rows]


def _lines(client: Client, order_number: str, limit: int, after: int) -> list[Fields] | None:
    orders = client.rows("purchaseOrders", f"number eq {quoted(order_number)}")
    if not orders:
        return None
    condition = f"documentId eq {orders[0]['id']} and sequence gt {after}"
    rows = client.rows("purchaseOrderLines", condition, orderby="sequence", most=limit)
    number = orders[0]["number"]
    return [{**plain(row), "number": number, "lineNo": row["sequence"]} for row in rows]
