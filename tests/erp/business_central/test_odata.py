"""Bodies whose order counts, and literals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.business_central.odata import body, literal
from tidegate.canon import Json


def test_what_sets_other_fields_goes_before_them() -> None:
    assert body({"directUnitCost": Decimal("1.50"), "quantity": 2}) == (
        b'{"quantity":2,"directUnitCost":1.5}'
    )
    head: dict[str, Json] = {
        "dueDate": "2026-12-02",
        "invoiceDate": "2026-11-02",
        "customerNumber": "C-100",
        "aLines": [{"description": "ä", "lineObjectNumber": "1", "lineType": "Item"}],
    }
    assert body(head).decode() == (
        '{"customerNumber":"C-100","invoiceDate":"2026-11-02","dueDate":"2026-12-02",'
        '"aLines":[{"lineType":"Item","lineObjectNumber":"1","description":"ä"}]}'
    )


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("number", "O'Hara ", "'O''Hara'"),
        ("customerId", "6f1c2e0a", "6f1c2e0a"),
        ("unitPrice", Decimal("1.50"), "1.5"),
        ("blocked", False, "false"),
    ],
)
def test_literals_stand_as_their_type_asks(name: str, value: Json, written: str) -> None:
    assert literal(name, value) == written
