"""The sandbox adapter's own ways: versions, conflicts, keys, what a caller is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from erp.business_central.adapter import BusinessCentral
from erp.business_central.repeats import ABSENT
from erp.sandbox.adapter import SandboxAdapter, build
from tests.erp.sandbox_bench import ROOT, Bench, client
from tidegate.adapter import Command, Repeat
from tidegate.canon import Json
from tidegate.clock import SystemClock
from tidegate.errors import ConfigError, FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied, NotApplied, Rejected

IDS = Ids(SystemClock())
DATE = "purchaseOrderLines.date"


@pytest.fixture
def adapter(bench: Bench) -> Iterator[BusinessCentral]:
    adapter = build(bench.serving.url, "CRONUS", 2.0)
    yield adapter
    adapter.close()


def item(**values: Json) -> Command:
    return Command("items.upsert", "HD-1", {"number": "HD-1", **values})


def date(day: str, key: str = "106001/10000") -> Command:
    return Command(DATE, key, {"expectedReceiptDate": day, "reason": "late"})


def test_a_date_answers_with_the_new_line(bench: Bench, adapter: BusinessCentral) -> None:
    applied = adapter.apply(date("2026-12-24"), IDS.uuid())
    assert isinstance(applied, Applied)
    assert applied.old == {"expectedReceiptDate": "0001-01-01"}
    assert applied.new == {"expectedReceiptDate": "2026-12-24"}
    assert applied.answer is not None
    assert (applied.answer["number"], applied.answer["lineNo"]) == ("106001", 10000)
    assert applied.answer["expectedReceiptDate"] == "2026-12-24"


def test_a_reason_is_not_sent(bench: Bench, adapter: BusinessCentral) -> None:
    adapter.apply(date("2026-12-24"), IDS.uuid())
    assert bench.ledger()[0]["values"] == {"expectedReceiptDate": "2026-12-24"}


@pytest.mark.parametrize("key", ["106001/30000", "999999/10000", "106001", "106001/x", "/10000"])
def test_a_line_that_is_not_there_is_rejected(adapter: BusinessCentral, key: str) -> None:
    rejected = adapter.apply(date("2026-12-24", key), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.error_class) == (404, "not_found")


def test_a_date_before_the_order_date_is_rejected_in_clean_words(adapter: BusinessCentral) -> None:
    rejected = adapter.apply(date("2026-10-31"), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.error_class) == (422, "Application_DialogException")
    assert rejected.message.endswith("of order 106001, line 10000.")


def test_a_line_of_an_order_with_a_slash_is_found(bench: Bench, adapter: BusinessCentral) -> None:
    order = bench.post("purchaseOrders", {"number": "PO/7", "orderDate": "2026-11-02"}).json()
    bench.post("purchaseOrderLines", {"documentId": order["id"], "quantity": 1})
    applied = adapter.apply(date("2026-12-24", "PO/7/10000"), IDS.uuid())
    assert isinstance(applied, Applied)
    assert bench.line(number="PO/7")["expectedReceiptDate"] == "2026-12-24"


def test_a_create_says_that_nothing_was_there_and_a_change_names_the_etag(
    bench: Bench, adapter: BusinessCentral
) -> None:
    sent: list[tuple[bytes, str | None]] = []
    sending = lambda request, version: sent.append((request, version))  # noqa: E731
    adapter.apply(replace(item(displayName="A"), sending=sending), IDS.uuid())
    etag = bench.http.get("/sandbox/items/HD-1").json()["@odata.etag"]
    adapter.apply(replace(item(displayName="B"), sending=sending), IDS.uuid())
    assert [version for _, version in sent] == [ABSENT, etag]
    assert sent[0][0] == f'POST {ROOT}/items\n{{"number":"HD-1","displayName":"A"}}'.encode()
    assert sent[1][0].startswith(f"PATCH {ROOT}/items(".encode())


def overtaken(bench: Bench, command: Command, **fields: Json) -> Command:
    """The command, with somebody else's write between its read and its own, once."""
    left = [fields]

    def sending(request: bytes, version: str | None) -> None:
        if not left:
            return
        asked = left.pop()
        there = bench.http.get("/sandbox/items/HD-1")
        if there.is_success:
            bench.patch(f"items({there.json()['id']})", asked, "*")
        else:
            bench.post("items", {"number": "HD-1", **asked})

    return replace(command, sending=sending)


def test_a_first_change_that_is_overtaken_is_written_on_what_it_finds(
    bench: Bench, adapter: BusinessCentral
) -> None:
    bench.post("items", {"number": "HD-1"})
    effect = IDS.uuid()
    applied = adapter.apply(overtaken(bench, item(displayName="A"), unitPrice=7), effect)
    assert isinstance(applied, Applied)
    now = bench.http.get("/sandbox/items/HD-1").json()
    assert (now["displayName"], now["unitPrice"]) == ("A", 7)
    assert bench.count(effect) == 1


def test_a_first_create_that_is_overtaken_becomes_a_change(
    bench: Bench, adapter: BusinessCentral
) -> None:
    effect = IDS.uuid()
    applied = adapter.apply(overtaken(bench, item(displayName="A"), displayName="B"), effect)
    assert isinstance(applied, Applied)
    assert applied.old == {"number": "HD-1", "displayName": "B"}
    assert bench.ledger()[-1]["action"] == "change"


def test_a_repeated_create_that_is_overtaken_by_itself_is_found(
    bench: Bench, adapter: BusinessCentral
) -> None:
    repeat = replace(item(displayName="A"), repeated=True, earlier_version=ABSENT)
    effect = IDS.uuid()
    applied = adapter.apply(overtaken(bench, repeat, displayName="A"), effect)
    assert isinstance(applied, Applied)
    assert applied.found
    assert bench.count(effect) == 0


@pytest.mark.parametrize("earlier", [None, ABSENT])
def test_a_repeated_create_that_is_overtaken_by_others_cannot_tell(
    bench: Bench, adapter: BusinessCentral, earlier: str | None
) -> None:
    repeat = replace(item(displayName="A"), repeated=True, earlier_version=earlier)
    with pytest.raises(FarError) as caught:
        adapter.apply(overtaken(bench, repeat, displayName="B"), IDS.uuid())
    assert caught.value.code == "cannot_tell"


def test_a_repeat_after_a_crash_is_sent_on_the_version_just_read(
    bench: Bench, adapter: BusinessCentral
) -> None:
    bench.post("items", {"number": "HD-1", "displayName": "B"})
    repeat = replace(item(displayName="A"), repeated=True, earlier_version=None)
    assert isinstance(adapter.probe(repeat, IDS.uuid()), NotApplied)
    applied = adapter.apply(repeat, IDS.uuid())
    assert isinstance(applied, Applied)
    assert not applied.found


def test_a_repeat_compares_as_the_erp_stores(bench: Bench, adapter: BusinessCentral) -> None:
    bench.post("items", {"number": "HD-1", "itemCategoryCode": "DISKS", "unitPrice": 5})
    asked = Command("items.upsert", "hd-1", {"itemCategoryCode": "disks", "gtin": None})
    applied = adapter.apply(replace(asked, repeated=True), IDS.uuid())
    assert isinstance(applied, Applied)
    assert applied.found


def test_who_is_overtaken_three_times_gives_up_in_the_erps_words(
    bench: Bench, adapter: BusinessCentral
) -> None:
    bench.fault(status=409, times=3)
    with pytest.raises(FarError) as caught:
        adapter.apply(item(displayName="A"), IDS.uuid())
    assert (caught.value.status, caught.value.code) == (409, "Request_EntityChanged")
    assert bench.http.get("/sandbox/faults").json() == []


def test_three_refusals_before_work_leave_one_effect(
    bench: Bench, adapter: BusinessCentral
) -> None:
    bench.fault(status=503, times=3)
    effect = IDS.uuid()
    command = date("2026-12-24")
    for _ in range(3):
        with pytest.raises(FarError) as caught:
            adapter.apply(command, effect)
        assert (caught.value.status, caught.value.code) == (503, "Internal_ServerError")
        assert "CorrelationId" not in str(caught.value)
        command = replace(command, repeated=True)
    assert isinstance(adapter.apply(command, effect), Applied)
    assert bench.count(effect) == 1


def test_a_write_is_never_tried_again_by_itself(bench: Bench, adapter: BusinessCentral) -> None:
    bench.fault(drop="before", times=2)
    with pytest.raises(FarError) as caught:
        adapter.apply(item(displayName="A"), IDS.uuid())
    assert (caught.value.phase, caught.value.sent) == ("dropped", True)
    assert bench.http.get("/sandbox/faults").json()[0]["left"] == 1


def test_a_read_that_breaks_is_tried_again(bench: Bench, adapter: BusinessCentral) -> None:
    bench.fault(drop="before", times=2, match="GET")
    assert isinstance(adapter.apply(item(displayName="A"), IDS.uuid()), Applied)


def test_a_read_that_stays_broken_sent_nothing(bench: Bench, adapter: BusinessCentral) -> None:
    bench.fault(status=503, match="GET")
    with pytest.raises(FarError) as caught:
        adapter.apply(item(displayName="A"), IDS.uuid())
    assert (caught.value.status, caught.value.sent) == (503, False)
    assert bench.ledger() == []


def test_a_company_that_is_not_there_is_named(bench: Bench) -> None:
    adapter = build(bench.serving.url, "FABRIKAM", 2.0)
    with pytest.raises(FarError, match="FABRIKAM"):
        adapter.apply(item(), IDS.uuid())
    adapter.close()


def test_the_effect_key_travels_with_writes_alone(bench: Bench, adapter: BusinessCentral) -> None:
    effect = IDS.uuid()
    adapter.apply(item(), effect)
    assert bench.effects()[0]["effect_key"] == str(effect)


def test_a_call_must_end_before_its_doubt_does(bench: Bench) -> None:
    with pytest.raises(ConfigError):
        build(bench.serving.url, "CRONUS", 3.0, repeat=Repeat.PROBE, in_doubt=3.0)


def test_under_probe_the_record_alone_decides(bench: Bench) -> None:
    adapter = SandboxAdapter(client(bench.serving.url), repeat=Repeat.PROBE, in_doubt=3.0)
    bench.post("items", {"number": "HD-1", "displayName": "B"})
    repeat = replace(item(displayName="A"), repeated=True, earlier_version='W/"older"')
    assert adapter.commands["items.upsert"].in_doubt == 3.0
    assert isinstance(adapter.probe(repeat, IDS.uuid()), NotApplied)
    assert isinstance(adapter.apply(repeat, IDS.uuid()), Applied)
    adapter.close()
