"""Sales credit memo lines. Source of the fields: APIV2SalesCreditMemLines.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.fields import Field, Kind
from erp.sandbox.lines import AMOUNTS, OWN, PLACE, Lines


class SalesCreditMemoLines(Lines):
    """`salesCreditMemoLines`; the price is `unitPrice`."""

    entity = "salesCreditMemoLines"
    singular = "salesCreditMemoLine"
    price_field = item_price = "unitPrice"
    fields: Mapping[str, Field] = {
        **OWN,
        "unitPrice": Field(Kind.DECIMAL),
        **AMOUNTS,
        "shipmentDate": Field(Kind.DATE),
        **PLACE,
    }
