"""The companies of a sandbox: the second one's name has everything that an address must encode."""

from __future__ import annotations

from dataclasses import dataclass

from erp.sandbox.errors import BcError
from tidegate.canon import Json


@dataclass(frozen=True, slots=True)
class Company:
    """One company, with the id that `companies({id})` asks for and the name of ODataV4."""

    id: str
    name: str

    def shown(self) -> dict[str, Json]:
        """The company as `companies` lists it."""
        return {
            "id": self.id,
            "systemVersion": "18.0",
            "name": self.name,
            "displayName": self.name,
            "businessProfileId": "",
        }


CRONUS = Company("6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b10", "CRONUS")
ODD = Company("8a4d7f52-0c3b-4e19-8f6d-51b7c9e2a034", "CRONUS Größe & Söhne's Ltd.")
COMPANIES = (CRONUS, ODD)


def company_of(text: str) -> Company:
    """The company with that id or that name; raises `BcError`."""
    for company in COMPANIES:
        if text in (company.id, company.name):
            return company
    raise BcError(404, "Internal_CompanyNotFound", f'The company "{text}" does not exist.')
