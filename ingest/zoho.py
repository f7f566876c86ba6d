"""Zoho's entities: where a record keeps its id and its stamp, and what an envelope must hold.

Source: shared facts on Zoho, sections 3 and 7. Types wobble there: ids are read as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tidegate.fingerprint import plain_number


def _id_text(value: Any) -> Any:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return plain_number(value)
    return value


IdText = Annotated[str, BeforeValidator(_id_text), Field(min_length=1, max_length=100)]
Money = Annotated[Decimal, Field(max_digits=38, decimal_places=10)]


class Product(BaseModel):
    """What an envelope's `data` must hold for `products`; other fields are kept, not read."""

    model_config = ConfigDict(extra="allow", strict=True)

    item_id: IdText
    name: Annotated[str, Field(min_length=1, max_length=500)]
    sku: Annotated[str, Field(max_length=100)] | None = None
    rate: Annotated[Money, Field(strict=False)] | None = None
    last_modified_time: str | None = None


@dataclass(frozen=True, slots=True)
class ZohoEntity:
    """One entity of Zoho.

    Args:
        wrapper: the module key that Zoho's own body is wrapped in.
        id_field: the record's id.
        stamp_field: the record's version stamp, None where there is none.
        ids: paths of fields that are ids, whatever their JSON type.
        model: what an envelope's data must be.
    """

    wrapper: str
    id_field: str
    stamp_field: str | None
    ids: tuple[str, ...]
    model: type[BaseModel]


ENTITIES: dict[str, ZohoEntity] = {
    "products": ZohoEntity(
        "item",
        "item_id",
        "last_modified_time",
        ("item_id", "tax_id", "account_id", "vendor_id", "locations/*/location_id"),
        Product,
    ),
}
