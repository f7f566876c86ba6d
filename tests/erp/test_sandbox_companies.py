"""Companies: apart from each other, and named in addresses by id or by a name that is encoded."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from erp.sandbox.companies import CRONUS, ODD, Company
from tests.erp.sandbox_bench import ROOT, Bench, error_of
from tidegate.canon import dumps

OTHER = f"/api/v2.0/companies({ODD.id})"


def test_the_second_company_has_an_odd_name(bench: Bench) -> None:
    rows = bench.http.get("/api/v2.0/companies").json()["value"]
    assert [row["name"] for row in rows] == ["CRONUS", "CRONUS Größe & Söhne's Ltd."]


@pytest.mark.parametrize("company", [CRONUS, ODD])
def test_a_company_is_found_by_name(bench: Bench, company: Company) -> None:
    name = company.name.replace("'", "''")
    answer = bench.http.get("/api/v2.0/companies", params={"$filter": f"name eq '{name}'"})
    assert [row["id"] for row in answer.json()["value"]] == [company.id]


def test_a_company_is_read_by_its_id(bench: Bench) -> None:
    assert bench.http.get(OTHER).json()["displayName"] == ODD.name


def test_odata_names_a_company_in_quotes(bench: Bench) -> None:
    name = quote(ODD.name.replace("'", "''"), safe="")
    answer = bench.http.get(f"/ODataV4/Company('{name}')")
    assert (answer.json()["Name"], answer.json()["Id"]) == (ODD.name, ODD.id)


@pytest.mark.parametrize("rest", ["Company('NO')", "Company(5)", "Company('A)", "Companies"])
def test_a_company_that_is_not_there_is_404(bench: Bench, rest: str) -> None:
    assert error_of(bench.http.get(f"/ODataV4/{rest}"))[0] == 404


def test_odata_lists_the_companies(bench: Bench) -> None:
    rows = bench.http.get("/ODataV4/Company").json()["value"]
    assert [row["Name"] for row in rows] == [CRONUS.name, ODD.name]


def test_what_is_written_in_one_company_is_not_in_the_other(bench: Bench) -> None:
    bench.http.post(f"{OTHER}/items", content=dumps({"number": "HD-1"})).raise_for_status()
    assert bench.find("items", "number eq 'HD-1'") == []
    assert bench.post("items", {"number": "HD-1"}).status_code == 201
    assert [row["company"] for row in bench.ledger()] == [ODD.name, CRONUS.name]


def test_a_record_of_one_company_is_not_found_in_the_other(bench: Bench) -> None:
    order = bench.one("purchaseOrders", "106001")["id"]
    answer = bench.http.get(f"{OTHER}/purchaseOrders({order})")
    assert error_of(answer) == (404, "Internal_RecordNotFound")


def test_every_address_is_served_below_the_instances_name_too(bench: Bench) -> None:
    here, below = (bench.http.get(f"{base}{ROOT}/items").json() for base in ("", "/BC180"))
    assert here["value"] == below["value"]
    assert bench.http.get("/BC180/ODataV4/Company").status_code == 200
