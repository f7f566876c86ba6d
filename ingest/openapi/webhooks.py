"""The webhooks' pages: Zoho's seven entities at short addresses, and those of every source."""

from __future__ import annotations

from typing import Any

from ingest.openapi.parts import Part, answer, body, parameter, problems, ref

_NAME: Part = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
_WORDS = (
    "An object with event_type or data is an envelope and is held to that form; anything else, a "
    "form with JSONString= too, is read by the source's rules, and kept for a person where none "
    "fits. A source that is strict refuses it instead."
)
_TAKEN: Part = {"description": "See Envelope; a lenient source takes any body"}
_RECORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "products": (
        "item",
        {
            "item_id": "460000000026049",
            "name": "Hard Drive",
            "sku": "HD-1",
            "rate": 120.5,
            "last_modified_time": "2026-11-20T10:00:00+0100",
        },
    ),
    "customers": (
        "contact",
        {
            "contact_id": "460000000026051",
            "contact_name": "Fabrikam",
            "contact_type": "customer",
            "last_modified_time": "2026-11-20T10:00:00+0100",
        },
    ),
    "invoices": (
        "invoice",
        {
            "invoice_id": "460000000039129",
            "invoice_number": "INV-00003",
            "customer_id": "460000000026051",
            "date": "2026-11-20",
            "total": 241,
            "line_items": [{"item_id": "460000000026049", "quantity": 2, "rate": 120.5}],
            "last_modified_time": "2026-11-20T10:00:00+0100",
        },
    ),
    "bills": (
        "bill",
        {
            "bill_id": "460000000053199",
            "bill_number": "LS-4711",
            "vendor_id": "460000000026049",
            "date": "2026-11-20",
            "total": 802.5,
            "last_modified_time": "2026-11-20T10:00:00+0100",
        },
    ),
    "credit-notes": (
        "creditnote",
        {
            "creditnote_id": "460000000072241",
            "creditnote_number": "CN-00001",
            "customer_id": "460000000026051",
            "date": "2026-11-20",
            "total": 120.5,
            "updated_time": "2026-11-20T10:00:00+0100",
        },
    ),
    "stock": (
        "inventory_adjustment",
        {
            "inventory_adjustment_id": "460000000079001",
            "date": "2026-11-20",
            "reason": "Damaged goods",
            "line_items": [{"item_id": "460000000026049", "quantity_adjusted": -2}],
        },
    ),
    "prices": (
        "pricebook",
        {
            "pricebook_id": "460000000085001",
            "name": "Resellers",
            "pricebook_items": [{"item_id": "460000000026049", "pricebook_rate": 99.9}],
        },
    ),
}
_ACCEPTED = {
    "event_id": "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f",
    "delivery_id": "0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e60",
    "verdict": "new",
    "status_url": "/events/0199e1a2-7c1e-7d3a-9f00-5b1a2c3d4e5f",
}
_SOURCE = parameter("path", "source", _NAME, "As in [sources.NAME]", "zoho")
_ENTITY = parameter("path", "entity", _NAME, 'As in [entities."source.NAME"]', "products")


def paths() -> Part:
    """By address."""
    found: Part = {}
    for name, (wrapper, record) in _RECORDS.items():
        envelope = {"event_type": f"{wrapper}.updated", "id": "evt-1", "data": record}
        examples = {"own": {wrapper: record}, "envelope": envelope}
        summary = f"Zoho's {name}, in its own form or in an envelope"
        found[f"/webhooks/{name}"] = {"post": _webhook(summary, [], examples)}
    some = {"own": {"id": "evt-1", "type": "thing.updated"}}
    both = [_SOURCE, _ENTITY]
    summary = "A delivery of any source"
    found["/webhooks/{source}/{entity}"] = {"post": _webhook(summary, both, some)}
    summary = "A delivery that says itself of which entity it is"
    found["/webhooks/{source}"] = {"post": _webhook(summary, [_SOURCE], some)}
    return found


def _webhook(summary: str, parameters: list[Part], examples: dict[str, Any]) -> Part:
    return {
        "tags": ["webhooks"],
        "summary": summary,
        "description": "Signed as the source's scheme has it; a static key is in X-Webhook-Key.",
        "security": [{"webhook": []}],
        "parameters": parameters,
        # A lenient source takes in whatever comes, nothing at all included.
        "requestBody": body(_TAKEN, examples) | {"required": False, "description": _WORDS},
        "responses": {
            "202": answer("Durable: the verdict and the event", ref("Delivery"), _ACCEPTED),
            **problems(401, 404, 405, 413, 415, 422, 429, 500, 503),
        },
    }
