"""The codeunit's inbox: each command at most once, in one transaction with its effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from erp.sandbox.companies import ODD
from tests.erp.sandbox_bench import Bench, client, error_of, message_of, result_of, until
from tidegate.canon import Json, dumps

DIALOG = (400, "Application_DialogException")
STOCK: dict[str, Json] = {"lines": [{"itemNumber": "1896-s", "quantity": 5}]}


def inventory(bench: Bench, number: str = "1896-S", company: str = "CRONUS") -> Any:
    answer = bench.http.get(f"/sandbox/items/{number}", params={"company": company})
    return answer.json()["inventory"]


def test_a_command_that_is_known_answers_as_before_and_does_nothing(bench: Bench) -> None:
    first = bench.call("AdjustStock", "c-1", STOCK, "one")
    again = bench.call("AdjustStock", "c-1", {"lines": "other"}, "one")
    assert first.json()["value"] == again.json()["value"]
    assert (bench.count("one"), inventory(bench)) == (1, 5)


def test_a_command_that_was_refused_is_judged_anew(bench: Bench) -> None:
    given: dict[str, Json] = {"lines": [{"itemNumber": "HD-1", "quantity": 5}]}
    refused = bench.call("AdjustStock", "c-1", given)
    bench.post("items", {"number": "HD-1"})
    assert error_of(refused) == (400, "Internal_InvalidTableRelation")
    assert result_of(bench.call("AdjustStock", "c-1", given))["lines"][0]["inventory"] == 5


def test_a_refusal_halfway_undoes_all(bench: Bench) -> None:
    rows: list[Json] = [
        {"itemNumber": "1896-S", "quantity": 5},
        {"itemNumber": "NO", "quantity": 1},
    ]
    bench.call("AdjustStock", "c-1", {"lines": rows}, "one")
    assert (inventory(bench), bench.count("one")) == (0, 0)


def test_one_command_id_stands_for_one_procedure(bench: Bench) -> None:
    bench.call("AdjustStock", "c-1", STOCK)
    assert error_of(bench.call("SetPrices", "c-1", STOCK)) == DIALOG


def test_a_command_id_belongs_to_its_company(bench: Bench) -> None:
    bench.call("AdjustStock", "c-1", STOCK, "one")
    bench.call("AdjustStock", "c-1", STOCK, "one", company=ODD.id)
    assert (inventory(bench), inventory(bench, company=ODD.id)) == (5, 5)
    assert [row["company"] for row in bench.ledger()] == ["CRONUS", ODD.name]


def test_of_the_same_command_side_by_side_one_takes_effect(bench: Bench) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bench.call("AdjustStock", "c", STOCK, "one"), range(8)))
    assert len({answer.json()["value"] for answer in answers}) == 1
    assert (bench.count("one"), inventory(bench)) == (1, 5)


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"proxy_502_after": True}, {"late_ms": 200}])
def test_a_command_that_is_repeated_after_a_fault_is_one_effect(
    bench: Bench, fault: dict[str, Json]
) -> None:
    bench.fault(**fault, match="CommandInbox_*")
    with client(bench.serving.url, 0.1) as hasty:
        bench.http, kept = hasty, bench.http
        try:
            bench.call("AdjustStock", "c-1", STOCK, "one")
        except httpx.TransportError:
            pass
        finally:
            bench.http = kept
    until(lambda: bench.count("one") == 1)
    assert result_of(bench.call("AdjustStock", "c-1", STOCK, "one"))["commandId"] == "c-1"
    assert (bench.count("one"), inventory(bench)) == (1, 5)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"commandId": "c-1"},
        {"commandId": 1, "json": "{}"},
        {"commandId": "c-1", "json": {}},
        {"commandId": "c-1", "json": "{}", "colour": "red"},
    ],
)
def test_a_call_without_its_parameters_is_refused(bench: Bench, body: Json) -> None:
    url = f"/ODataV4/CommandInbox_AdjustStock?company={ODD.id}"
    assert error_of(bench.http.post(url, content=dumps(body))) == (400, "BadRequest")


@pytest.mark.parametrize("json", ["", "[]", "{", '{"lines": 5}', '{"lines": []}', '{"lines": [1]}'])
def test_a_command_that_is_no_object_is_refused(bench: Bench, json: str) -> None:
    body = dumps({"commandId": "c-1", "json": json})
    url = f"/ODataV4/CommandInbox_AdjustStock?company={ODD.id}"
    assert error_of(bench.http.post(url, content=body)) == DIALOG


@pytest.mark.parametrize("command_id", ["", " ", "c" * 51])
def test_a_command_id_that_cannot_be_kept_is_refused(bench: Bench, command_id: str) -> None:
    assert error_of(bench.call("AdjustStock", command_id, STOCK)) == DIALOG


@pytest.mark.parametrize("procedure", ["PostNothing", "postreceipt", ""])
def test_a_procedure_that_is_not_there_is_404(bench: Bench, procedure: str) -> None:
    assert error_of(bench.call(procedure, "c", {})) == (404, "BadRequest_ResourceNotFound")


def test_a_codeunit_that_is_not_published_is_404(bench: Bench) -> None:
    bench.settings(codeunit=False)
    answer = bench.call("AdjustStock", "c-1", STOCK, "one")
    assert error_of(answer) == (404, "BadRequest_ResourceNotFound")
    assert "CommandInbox_AdjustStock" in message_of(answer)
    assert bench.count("one") == 0


def test_a_call_names_its_company(bench: Bench) -> None:
    assert error_of(bench.call("AdjustStock", "c", STOCK, company="")) == (400, "BadRequest")
    assert error_of(bench.call("AdjustStock", "c", STOCK, company="NO"))[0] == 404
    assert bench.call("AdjustStock", "c", STOCK, company=ODD.name).status_code == 200


def test_a_procedure_is_called_with_post(bench: Bench) -> None:
    answer = bench.http.get("/ODataV4/CommandInbox_PostReceipt")
    assert error_of(answer) == (405, "BadRequest_MethodNotAllowed")


def test_prices_go_into_the_item(bench: Bench) -> None:
    given: dict[str, Json] = {"prices": [{"itemNumber": "1896-s", "unitPrice": 9}]}
    result = result_of(bench.call("SetPrices", "c-1", given, "one"))
    assert result["prices"] == [{"itemNumber": "1896-S", "unitPrice": 9}]
    assert bench.one("items", "1896-S")["unitPrice"] == 9
    assert (bench.ledger()[0]["entity"], bench.ledger()[0]["key"]) == ("itemPrices", "1896-S")


def test_a_price_of_a_list_leaves_the_item_alone(bench: Bench) -> None:
    for command, price in (("c-1", 9), ("c-2", 8)):
        prices: list[Json] = [{"itemNumber": "1896-S", "unitPrice": price}]
        bench.call("SetPrices", command, {"priceList": "retail", "prices": prices})
    rows = bench.http.get("/sandbox/prices").json()
    assert [(row["priceList"], row["unitPrice"]) for row in rows] == [("RETAIL", 8)]
    assert bench.one("items", "1896-S")["unitPrice"] == 1000


def test_a_price_below_zero_is_refused(bench: Bench) -> None:
    given: dict[str, Json] = {"prices": [{"itemNumber": "1896-s", "unitPrice": -1}]}
    assert error_of(bench.call("SetPrices", "c-1", given)) == DIALOG


def test_an_adjustment_may_take_out_more_than_is_there(bench: Bench) -> None:
    given: dict[str, Json] = {
        "documentNumber": "adj-7",
        "lines": [
            {"itemNumber": "1896-S", "quantity": -2},
            {"itemNumber": "1900-S", "quantity": 1},
        ],
    }
    result = result_of(bench.call("AdjustStock", "c-1", given))
    assert [row["inventory"] for row in result["lines"]] == [-2, 1]
    assert (result["documentNumber"], bench.ledger()[0]["key"]) == ("ADJ-7", "1896-S,1900-S")
