"""Customers. Source of the fields: APIV2Customers.Page.al of ALAppExtensions at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from erp.sandbox.dialogs import must_be_one_of
from erp.sandbox.documents import Body
from erp.sandbox.fields import CURRENCY, Field, Kind
from erp.sandbox.parties import ADDRESS, BLANK_OPTION, Party

if TYPE_CHECKING:
    from erp.sandbox.books import Books

TYPES = ("Company", "Person")


class Customers(Party):
    """`customers`, with the number as natural key."""

    entity = "customers"
    singular = "customer"
    series = "C"
    blocks = (BLANK_OPTION, "Ship", "Invoice", "All")
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, length=20),
        "displayName": Field(Kind.TEXT),
        "type": Field(Kind.TEXT, default="Company"),
        **ADDRESS,
        "salespersonCode": Field(Kind.CODE, length=20),
        "balanceDue": Field(Kind.DECIMAL, read_only=True),
        "taxLiable": Field(Kind.BOOLEAN),
        "taxAreaId": Field(Kind.GUID),
        "taxAreaDisplayName": Field(Kind.TEXT, read_only=True),
        "taxRegistrationNumber": Field(Kind.TEXT, length=20),
        **CURRENCY,
        "paymentTermsId": Field(Kind.GUID),
        "shipmentMethodId": Field(Kind.GUID),
        "paymentMethodId": Field(Kind.GUID),
        "blocked": Field(Kind.TEXT, default=BLANK_OPTION),
    }

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        super().on_create(books, body, asked)
        if body["type"] not in TYPES:
            raise must_be_one_of("Contact Type", TYPES)
