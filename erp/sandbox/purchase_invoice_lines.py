"""Purchase invoice lines. Source of the fields: APIV2PurchaseInvoiceLines.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.fields import Field, Kind
from erp.sandbox.lines import AMOUNTS, OWN, PLACE, Lines


class PurchaseInvoiceLines(Lines):
    """`purchaseInvoiceLines`; the price is `unitCost`, where an order's is `directUnitCost`."""

    entity = "purchaseInvoiceLines"
    singular = "purchaseInvoiceLine"
    price_field = item_price = "unitCost"
    fields: Mapping[str, Field] = {
        **OWN,
        "unitCost": Field(Kind.DECIMAL),
        **AMOUNTS,
        "expectedReceiptDate": Field(Kind.DATE),
        **PLACE,
    }
