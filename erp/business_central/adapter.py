"""The adapter for Business Central on-premises, version 18."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from erp.business_central.auth import Login
from erp.business_central.client import Client
from erp.business_central.codeunit import Procedure
from erp.business_central.conditional import Conditional
from erp.business_central.connections import Connections, Http
from erp.business_central.documents import DocumentCreate
from erp.business_central.order_lines import LineChange, LineQuantity
from erp.business_central.reads import READS, read
from erp.business_central.upserts import Delete, Upsert
from erp.business_central.writing import Writing
from tidegate import egress
from tidegate.adapter import Capability, Command, Repeat
from tidegate.canon import Json
from tidegate.errors import ConfigError
from tidegate.outcome import Applied, Finding, Rejected

TIMEOUT = 60.0
"""Seconds for one answer; a posting of many lines takes a while."""

IN_DOUBT = 540.0
"""Seconds: the server's operation timeout of 8 minutes, and one for the way."""

LANES = 2
"""Calls at a time; the server works on five, and people want the rest."""

_WRITINGS: Mapping[str, Writing] = {
    **{f"{name}.upsert": Upsert(name) for name in ("items", "customers", "vendors")},
    **{f"{name}.delete": Delete(name) for name in ("items", "customers", "vendors")},
    "purchaseOrderLines.date": LineChange("expectedReceiptDate", firm=False),
    "purchaseOrderLines.price": LineChange("directUnitCost", firm=True),
    "purchaseOrderLines.quantity": LineQuantity(),
}
_CREATES: Mapping[str, Writing] = {
    "salesInvoices.create": DocumentCreate(
        "salesInvoices", "salesInvoiceLines", "externalDocumentNumber", "customer"
    ),
    "salesCreditMemos.create": DocumentCreate(
        "salesCreditMemos", "salesCreditMemoLines", "externalDocumentNumber", "customer"
    ),
    "purchaseInvoices.create": DocumentCreate(
        "purchaseInvoices", "purchaseInvoiceLines", "vendorInvoiceNumber", "vendor"
    ),
}
_PROCEDURES: Mapping[str, Procedure] = {
    "purchaseReceipts.post": Procedure("PostReceipt", keyed_by="orderNumber"),
    "purchaseReturns.post": Procedure("PostReturn", keyed_by="orderNumber"),
    "stock.adjust": Procedure("AdjustStock"),
    "prices.set": Procedure("SetPrices"),
}


class _Way(Protocol):
    """How one command is run."""

    @property
    def repeat(self) -> Repeat: ...

    def apply(self, client: Client, command: Command, effect_key: UUID) -> Applied | Rejected: ...

    def probe(self, client: Client, command: Command) -> Finding: ...


def build(
    base_url: str,
    company: str,
    login: Login,
    *,
    timeout: float = TIMEOUT,
    repeat: Repeat = Repeat.CONDITIONAL,
    in_doubt: float = IN_DOUBT,
    lanes: int = LANES,
) -> BusinessCentral:
    """The adapter for a server at `base_url`, such as `https://host:7048/BC180`.

    Args:
        timeout: seconds that one call may take.
        repeat: `CONDITIONAL`, or `PROBE` to wait for `in_doubt` before every repeat.
        in_doubt: seconds after which an abandoned request can no longer take effect.
        lanes: calls at a time.

    Raises `ConfigError` where a call could outlive its doubt, or the login cannot be sent.
    """
    if timeout >= in_doubt:
        raise ConfigError(
            f"a call's timeout ({timeout} s) must be shorter than in_doubt ({in_doubt} s)",
            next_step="raise in_doubt, or shorten the adapter's timeout",
        )
    http = _http(base_url, login, timeout, lanes)
    return BusinessCentral(http, company=company, repeat=repeat, in_doubt=in_doubt)


class BusinessCentral:
    """Implements `tidegate.adapter.Adapter` and `Reads`.

    Args:
        http: with base address, credentials and timeouts; closed by `close`.
        company: name or id.
        repeat: of what can be repeated conditionally.
        in_doubt: seconds after which an abandoned request can no longer take effect.
    """

    def __init__(
        self,
        http: Http,
        *,
        company: str,
        repeat: Repeat = Repeat.CONDITIONAL,
        in_doubt: float = IN_DOUBT,
    ) -> None:
        self._client = Client(http, company)
        self._ways: Mapping[str, _Way] = {
            **{name: Conditional(each, repeat) for name, each in _WRITINGS.items()},
            **{name: Conditional(each, Repeat.PROBE) for name, each in _CREATES.items()},
            **_PROCEDURES,
        }
        self._commands = {
            name: Capability(way.repeat, in_doubt, isinstance(_WRITINGS.get(name), Delete))
            for name, way in self._ways.items()
        }

    @property
    def commands(self) -> Mapping[str, Capability]:
        """The commands it can do."""
        return self._commands

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        """Write. Raises `FarError` or `SendRefused`."""
        return self._ways[command.name].apply(self._client, command, effect_key)

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        """Look whether an earlier attempt took effect; raises `FarError`."""
        return self._ways[command.name].probe(self._client, command)

    @property
    def reads(self) -> Mapping[str, str | None]:
        """What can be read, or why not."""
        return READS

    def read(
        self, name: str, key: str, *, limit: int, after: str
    ) -> Sequence[Mapping[str, Json]] | None:
        """Records as they are now; raises `FarError`."""
        return read(self._client, name, key, limit=limit, after=after)

    def health(self) -> None:
        """Ask for the companies; raises `FarError`."""
        self._client.health()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _http(base_url: str, login: Login, timeout: float, lanes: int) -> Http:
    auth = login.auth()
    if auth is None or not login.by_connection:
        return egress.client(timeout=timeout, base_url=base_url, auth=auth)
    return Connections(
        lambda: egress.client(timeout=timeout, base_url=base_url, auth=auth, connections=1),
        most=lanes,
        patience=timeout,
    )
