"""The commands' fields are those of the sandbox, which has them from Microsoft's pages."""

from __future__ import annotations

import pytest

from erp.mapping.far_fields import Fields
from erp.mapping.schema import COMMANDS
from erp.sandbox.catalogue import CATALOGUE

OF = {
    "items.upsert": "items",
    "customers.upsert": "customers",
    "vendors.upsert": "vendors",
    "salesInvoices.create": "salesInvoices",
    "salesCreditMemos.create": "salesCreditMemos",
    "purchaseInvoices.create": "purchaseInvoices",
    "purchaseOrderLines.date": "purchaseOrderLines",
    "purchaseOrderLines.price": "purchaseOrderLines",
    "purchaseOrderLines.quantity": "purchaseOrderLines",
}
KINDS = {
    "TEXT": "text",
    "CODE": "code",
    "DECIMAL": "decimal",
    "INTEGER": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "GUID": "id",
}


def differing(fields: Fields, entity: str) -> list[str]:
    far = CATALOGUE[entity].fields
    found = []
    for name, field in fields.items():
        there = far.get(name)
        if there is None or there.read_only or KINDS[there.kind.name] != field.kind.value:
            found.append(f"{entity}.{name}")
        elif field.length is not None and field.length != there.length:
            found.append(f"{entity}.{name}: {field.length}, there {there.length}")
    return found


@pytest.mark.parametrize("command", sorted(OF))
def test_every_field_of_a_command_can_be_written_over_there(command: str) -> None:
    far = COMMANDS[command]
    assert differing(far.fields, OF[command]) == []
    if far.lines is not None:
        assert differing(far.lines[1], OF[command].removesuffix("s") + "Lines") == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_what_a_command_needs_is_among_its_fields(command: str) -> None:
    far = COMMANDS[command]
    assert all(set(group) <= set(far.fields) for group in far.needs)
    if far.lines is not None:
        assert all(set(group) <= set(far.lines[1]) for group in far.lines[2])
