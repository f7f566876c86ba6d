"""Every document that the API serves, by its entity set."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.customers import Customers
from erp.sandbox.documents import Document
from erp.sandbox.items import ITEMS
from erp.sandbox.orders import PurchaseOrders
from erp.sandbox.purchase_invoices import PurchaseInvoices
from erp.sandbox.receipts import PurchaseReceipts
from erp.sandbox.sales_credit_memos import SalesCreditMemos
from erp.sandbox.sales_invoices import SalesInvoices
from erp.sandbox.vendors import Vendors

CUSTOMERS, VENDORS = Customers(), Vendors()
ORDERS, RECEIPTS = PurchaseOrders(), PurchaseReceipts()
ORDER_LINES, RECEIPT_LINES = ORDERS.lines, RECEIPTS.lines
_HEADS: tuple[Document, ...] = (
    ITEMS,
    CUSTOMERS,
    VENDORS,
    SalesInvoices(),
    SalesCreditMemos(),
    PurchaseInvoices(),
    ORDERS,
    RECEIPTS,
)
CATALOGUE: Mapping[str, Document] = {
    document.entity: document
    for head in _HEADS
    for document in (head, head.lines)
    if document is not None
}
