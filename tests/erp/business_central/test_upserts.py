"""Items, customers and vendors: by link, by match, by number; changed, made and deleted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from erp.business_central.adapter import BusinessCentral
from erp.business_central.repeats import ABSENT
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.clock import SystemClock
from tidegate.errors import FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied, CannotTell, Rejected

IDS = Ids(SystemClock())


def customer(number: str = "C-9", **values: Json) -> Command:
    return Command("customers.upsert", number, {"number": number, **values})


def applied(central: BusinessCentral, command: Command) -> Applied:
    outcome = central.apply(command, IDS.uuid())
    assert isinstance(outcome, Applied), outcome
    return outcome


@pytest.mark.parametrize("entity", ["items", "customers", "vendors"])
def test_a_create_tells_the_records_link(
    bench: Bench, central: BusinessCentral, entity: str
) -> None:
    values: dict[str, Json] = {"number": "N/ö'1", "displayName": "Größe & Söhne"}
    made = applied(central, Command(f"{entity}.upsert", "N/ö'1", values))
    record = bench.one(entity, "N/Ö'1")
    assert made.link == (entity, record["id"], "N/Ö'1")
    assert record["displayName"] == "Größe & Söhne"


def test_a_match_finds_what_has_another_number(bench: Bench, central: BusinessCentral) -> None:
    bench.post("customers", {"number": "C-7", "email": "a@b.example"})
    asked = Command("customers.upsert", "a@b.example", {"displayName": "B"}, match="email")
    assert (applied(central, asked).link or ("", "", ""))[2] == "C-7"


def test_a_link_goes_before_match_and_number(bench: Bench, central: BusinessCentral) -> None:
    linked = bench.post("customers", {"number": "C-7"}).json()["id"]
    bench.post("customers", {"number": "C-9", "displayName": "other"})
    applied(central, replace(customer(displayName="B"), link=linked))
    assert bench.one("customers", "C-7")["displayName"] == "B"
    assert bench.one("customers", "C-9")["displayName"] == "other"


def test_a_link_to_what_is_gone_falls_back_to_the_number(
    bench: Bench, central: BusinessCentral
) -> None:
    gone = bench.post("customers", {"number": "C-7"}).json()
    bench.delete(f"customers({gone['id']})", "*")
    assert applied(central, replace(customer(displayName="B"), link=gone["id"])).old is None


def test_two_matches_are_ambiguous(bench: Bench, central: BusinessCentral) -> None:
    for number in ("C-7", "C-8"):
        bench.post("customers", {"number": number, "email": "a@b.example"})
    asked = replace(customer(), key="a@b.example", match="email")
    rejected = central.apply(asked, IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "ambiguous_match"
    assert isinstance(central.probe(asked, IDS.uuid()), CannotTell)
    with pytest.raises(FarError) as caught:
        central.apply(replace(asked, repeated=True), IDS.uuid())
    assert (caught.value.code, caught.value.sent) == ("cannot_tell", True)


def test_what_is_new_needs_a_number(bench: Bench, central: BusinessCentral) -> None:
    asked = Command("vendors.upsert", "a@b.example", {"email": "a@b.example"}, match="email")
    rejected = central.apply(asked, IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "no_number"
    assert bench.ledger() == []


def test_decimals_are_compared_as_they_are_stored(bench: Bench, central: BusinessCentral) -> None:
    asked = Command("items.upsert", "N-1", {"number": "N-1", "unitPrice": Decimal("1.2345678")})
    assert applied(central, asked).new["unitPrice"] == Decimal("1.23457")
    assert applied(central, replace(asked, repeated=True)).found


def test_a_stale_etag_is_read_anew(bench: Bench, central: BusinessCentral) -> None:
    bench.fault(status=409, times=2)
    assert not applied(central, customer(displayName="B")).found


def test_a_delete_reads_first_and_happens_once(bench: Bench, central: BusinessCentral) -> None:
    bench.post("customers", {"number": "C-9", "displayName": "B"})
    effect = IDS.uuid()
    delete = Command("customers.delete", "C-9", {})
    outcome = central.apply(delete, effect)
    assert isinstance(outcome, Applied)
    assert outcome.old == {"number": "C-9", "displayName": "B"}
    assert bench.count(effect) == 1
    assert applied(central, replace(delete, repeated=True)).found
    assert applied(central, delete).found


def test_a_delete_finds_what_has_another_number(bench: Bench, central: BusinessCentral) -> None:
    bench.post("customers", {"number": "C-7", "email": "a@b.example"})
    delete = Command("customers.delete", "a@b.example", {}, match="email")
    assert not applied(central, delete).found
    assert bench.find("customers", "number eq 'C-7'") == []


def test_a_delete_of_what_was_changed_since_cannot_tell(
    bench: Bench, central: BusinessCentral
) -> None:
    bench.post("customers", {"number": "C-9"})
    delete = Command("customers.delete", "C-9", {}, repeated=True, earlier_version=ABSENT)
    assert isinstance(central.probe(delete, IDS.uuid()), CannotTell)
