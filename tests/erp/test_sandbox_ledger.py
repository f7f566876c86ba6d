"""The sandbox's ledger: it counts what took place, and its file keeps it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from erp.sandbox.serve import serve
from tests.erp.sandbox_bench import Bench


def test_effects_are_one_entry_for_each_key_in_order_of_the_first(bench: Bench) -> None:
    item = bench.post("items", {"number": "HD-1"}, "one").json()
    bench.post("items", {"number": "HD-2"}, "two")
    bench.patch(f"items({item['id']})", {"unitPrice": 5}, item["@odata.etag"], "one")
    one, two = bench.effects()
    assert list(one) == ["count", "effect_key", "entity", "first_at", "key", "last_at"]
    assert (one["effect_key"], one["entity"], one["key"], one["count"]) == (
        "one",
        "items",
        "HD-1",
        2,
    )
    assert one["first_at"] < two["first_at"] < one["last_at"]
    assert (two["effect_key"], two["count"]) == ("two", 1)


def test_effects_without_a_key_stay_apart(bench: Bench) -> None:
    for number in ("A", "B"):
        bench.post("items", {"number": number})
    assert [(row["effect_key"], row["key"]) for row in bench.effects()] == [
        (None, "A"),
        (None, "B"),
    ]


def test_a_line_is_named_by_order_and_sequence(bench: Bench) -> None:
    line = bench.line(20000)
    fields = {"expectedReceiptDate": "2026-12-01"}
    bench.patch(f"purchaseOrderLines({line['id']})", dict(fields), line["@odata.etag"], "one")
    row = bench.ledger()[0]
    assert (row["entity"], row["key"], row["action"], row["values"]) == (
        "purchaseOrderLines",
        "106001/20000",
        "change",
        fields,
    )


def test_it_deduplicates_nothing(bench: Bench) -> None:
    etag = bench.line()["@odata.etag"]
    for _ in range(3):
        address = f"purchaseOrderLines({bench.line()['id']})"
        etag = bench.patch(address, {"quantity": 7}, etag, "one").json()["@odata.etag"]
    assert bench.effects()[0]["count"] == 3


def test_a_refused_write_is_not_in_it(bench: Bench) -> None:
    line = bench.line()
    bench.patch(f"purchaseOrderLines({line['id']})", {"quantity": 7}, 'W/"stale"', "one")
    assert bench.effects() == []


def test_a_reopened_file_keeps_records_and_ledger(bench: Bench) -> None:
    bench.post("items", {"number": "HD-1", "displayName": "Hard Drive"}, "one")
    item, ledger = bench.http.get("/sandbox/items/HD-1").json(), bench.ledger()
    bench.serving.stop()
    again = serve(bench.path)
    try:
        bench.http.base_url = again.url
        assert bench.http.get("/sandbox/items/HD-1").json() == item
        assert bench.ledger() == ledger
        assert len(bench.find("purchaseOrders", "number eq '106001'")) == 1
    finally:
        again.stop()


def test_an_item_that_is_not_there_is_404(bench: Bench) -> None:
    assert bench.http.get("/sandbox/items/NOTHING").status_code == 404


def test_writes_side_by_side_are_all_counted_once(bench: Bench) -> None:
    def post(n: int) -> int:
        return bench.post("items", {"number": f"N-{n}"}, f"key-{n}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(100))) == {201}
    assert sorted(row["count"] for row in bench.effects()) == [1] * 100


def test_of_two_creates_of_one_number_side_by_side_one_is_made(bench: Bench) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bench.post("items", {"number": "A"}), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(bench.ledger()) == 1
