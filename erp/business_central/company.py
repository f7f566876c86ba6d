"""The company that is written to: looked up once by its name or id, then addressed by its id."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from erp.business_central.odata import API, ODATA_V4, Record
from tidegate.errors import FarError

SERVICE = "CommandInbox"
"""The name under which the codeunit is published as a web service."""


class Company:
    """Addresses of one company. Several threads may use it at once.

    Args:
        wanted: its name, whatever characters it has, or its id.
        listed: asks the ERP for its companies; raises `FarError`.
    """

    def __init__(self, wanted: str, listed: Callable[[], Sequence[Record]]) -> None:
        self._wanted = wanted.strip()
        self._listed = listed
        self._id = ""

    @property
    def id(self) -> str:
        """Its id, which no character of a name can break; raises `FarError`."""
        # Two threads may both ask the first time; they are told the same.
        if not self._id:
            self._id = self._found()
        return self._id

    def entity(self, path: str) -> str:
        """Where a record or an entity set of the company is; raises `FarError`."""
        return f"{API}/companies({self.id})/{path}"

    def action(self, procedure: str) -> str:
        """Where the codeunit's procedure is called; raises `FarError`."""
        return f"{ODATA_V4}/{SERVICE}_{procedure}?company={self.id}"

    def _found(self) -> str:
        companies = self._listed()
        for company in companies:
            if company.get("name") == self._wanted or company["id"] == self._wanted.lower():
                return str(company["id"])
        names = ", ".join(repr(company.get("name")) for company in companies) or "none at all"
        raise FarError(
            f"the ERP has no company {self._wanted!r}; it has {names}: set ERP_COMPANY",
            sent=False,
            status=404,
        )
