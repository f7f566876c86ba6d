"""Vendors. Source of the fields: APIV2Vendors.Page.al of ALAppExtensions at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.fields import CURRENCY, Field, Kind
from erp.sandbox.parties import ADDRESS, BLANK_OPTION, Party


class Vendors(Party):
    """`vendors`, with the number as natural key."""

    entity = "vendors"
    singular = "vendor"
    series = "V"
    blocks = (BLANK_OPTION, "Payment", "All")
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, length=20),
        "displayName": Field(Kind.TEXT),
        **ADDRESS,
        "taxRegistrationNumber": Field(Kind.TEXT, length=20),
        **CURRENCY,
        "irs1099Code": Field(Kind.CODE, length=10),
        "paymentTermsId": Field(Kind.GUID),
        "paymentMethodId": Field(Kind.GUID),
        "taxLiable": Field(Kind.BOOLEAN),
        "blocked": Field(Kind.TEXT, default=BLANK_OPTION),
        "balance": Field(Kind.DECIMAL, read_only=True),
    }
