"""What an envelope must hold for each of Zoho's entities; other fields are kept, not read.

Source: shared facts on Zoho, sections 3 and 7. Types wobble there: ids are read as text, money as
exact decimals from numbers or texts, and blanks count as nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tidegate.fingerprint import plain_number


def _id_text(value: Any) -> Any:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return plain_number(value)
    return value


def _blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


IdText = Annotated[str, BeforeValidator(_id_text), Field(min_length=1, max_length=100)]
Ref = Annotated[IdText | None, BeforeValidator(_blank)]
Words = Annotated[str, Field(max_length=2000)]
_Decimal = Annotated[Decimal, Field(max_digits=38, decimal_places=10, strict=False)]
Amount = Annotated[_Decimal | None, BeforeValidator(_blank)]
Day = Annotated[Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None, BeforeValidator(_blank)]
Stamped = Annotated[Words | None, BeforeValidator(_blank)]


class Record(BaseModel):
    """Strict where we read, open where we only keep."""

    model_config = ConfigDict(extra="allow", strict=True)


class Item(Record):
    """`products`."""

    item_id: IdText
    name: Annotated[str, Field(min_length=1, max_length=500)]
    sku: Annotated[str, Field(max_length=100)] | None = None
    unit: Words | None = None
    rate: Amount = None
    purchase_rate: Amount = None
    last_modified_time: Stamped = None


class Contact(Record):
    """`customers`."""

    contact_id: IdText
    contact_name: Annotated[str, Field(min_length=1, max_length=500)]
    contact_type: Words | None = None
    company_name: Words | None = None
    currency_code: Words | None = None
    last_modified_time: Stamped = None


class Line(Record):
    """A line of a document."""

    line_item_id: Ref = None
    item_id: Ref = None
    quantity: Amount = None
    rate: Amount = None
    item_total: Amount = None


class Invoice(Record):
    """`invoices`."""

    invoice_id: IdText
    invoice_number: Words | None = None
    customer_id: Ref = None
    date: Day = None
    due_date: Day = None
    total: Amount = None
    line_items: list[Line] = Field(default_factory=list)
    last_modified_time: Stamped = None


class Bill(Record):
    """`bills`."""

    bill_id: IdText
    bill_number: Words | None = None
    vendor_id: Ref = None
    date: Day = None
    due_date: Day = None
    total: Amount = None
    line_items: list[Line] = Field(default_factory=list)
    last_modified_time: Stamped = None


class CreditNote(Record):
    """`credit-notes`."""

    creditnote_id: IdText
    creditnote_number: Words | None = None
    customer_id: Ref = None
    date: Day = None
    total: Amount = None
    line_items: list[Line] = Field(default_factory=list)
    updated_time: Stamped = None


class AdjustedLine(Record):
    """A line of a stock adjustment."""

    item_id: IdText
    quantity_adjusted: Amount = None


class InventoryAdjustment(Record):
    """`stock`."""

    inventory_adjustment_id: IdText
    date: Day = None
    reason: Words | None = None
    adjustment_type: Words | None = None
    line_items: list[AdjustedLine] = Field(default_factory=list)


class PricebookItem(Record):
    """A price of a price list."""

    item_id: IdText
    pricebook_rate: Amount = None


class Pricebook(Record):
    """`prices`."""

    pricebook_id: IdText
    name: Words | None = None
    currency_code: Words | None = None
    pricebook_type: Words | None = None
    pricebook_items: list[PricebookItem] = Field(default_factory=list)


MODELS: dict[str, type[Record]] = {
    "zoho.item": Item,
    "zoho.contact": Contact,
    "zoho.invoice": Invoice,
    "zoho.bill": Bill,
    "zoho.creditnote": CreditNote,
    "zoho.inventory_adjustment": InventoryAdjustment,
    "zoho.pricebook": Pricebook,
}
"""By the name that an entity's `model` option gives."""
