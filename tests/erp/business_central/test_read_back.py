"""What the ERP shows after a write must be what it was sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from erp.business_central.adapter import BusinessCentral
from tests.erp.business_central.replies import answer, play
from tests.erp.sandbox_bench import client
from tidegate.adapter import Command
from tidegate.canon import Json, dumps
from tidegate.clock import SystemClock
from tidegate.errors import FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied, Rejected

IDS = Ids(SystemClock())
COMMAND = Command("purchaseOrderLines.quantity", "1/10000", {"quantity": 9})
COMPANIES: Json = [{"id": "c", "name": "CRONUS"}]
ORDERS: Json = [{"id": "o", "number": "1", "status": "Draft"}]
BEFORE = (5, 7)
AS_ASKED, REPRICED, UNCHANGED = (9, 7), (9, 780), BEFORE
Played = tuple[BusinessCentral, list[bytes]]
Script = Callable[..., Played]


def line(quantity: int, cost: int) -> dict[str, Json]:
    etag = f'W/"{quantity}-{cost}"'
    return {
        "@odata.etag": etag,
        "id": "l",
        "sequence": 10000,
        "quantity": quantity,
        "directUnitCost": cost,
    }


def patched(shown: tuple[int, int]) -> bytes:
    return answer("200 OK", dumps(line(*shown)))


def listed(rows: Json) -> bytes:
    return answer("200 OK", dumps({"value": rows}))


def read(shown: tuple[int, int]) -> list[bytes]:
    return [listed(ORDERS), listed([line(*shown)])]


@pytest.fixture
def script() -> Iterator[Script]:
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[BusinessCentral] = []

    def begin(*answers: bytes) -> Played:
        asked: list[bytes] = []
        every = [listed(COMPANIES), *read(BEFORE), *answers]
        threading.Thread(target=play, args=(listener, every, asked), daemon=True).start()
        http = client(f"http://127.0.0.1:{listener.getsockname()[1]}")
        opened.append(BusinessCentral(http, company="CRONUS"))
        return opened[-1], asked

    yield begin
    for adapter in opened:
        adapter.close()
    listener.close()


def test_an_answer_that_shows_it_is_enough(script: Script) -> None:
    adapter, asked = script(patched(AS_ASKED))
    assert isinstance(adapter.apply(COMMAND, IDS.uuid()), Applied)
    assert len(asked) == 4


def test_an_answer_that_is_older_than_the_write_is_read_again(script: Script) -> None:
    adapter, _ = script(patched(UNCHANGED), *read(AS_ASKED))
    outcome = adapter.apply(COMMAND, IDS.uuid())
    assert isinstance(outcome, Applied)
    assert outcome.new == {"quantity": 9}


def test_a_price_that_the_quantity_overwrote_is_written_once_more_alone(script: Script) -> None:
    adapter, asked = script(patched(REPRICED), *read(REPRICED), patched(AS_ASKED))
    assert isinstance(adapter.apply(COMMAND, IDS.uuid()), Applied)
    first, second = asked[3], asked[-1]
    assert first.endswith(b'{"quantity":9,"directUnitCost":7}')
    assert second.endswith(b'{"directUnitCost":7}')
    assert b'If-Match: W/"9-780"' in second
    assert (b"X-Tidegate-Effect-Key" in first, b"X-Tidegate-Effect-Key" in second) == (True, False)


def test_a_price_that_stays_overwritten_is_told(script: Script) -> None:
    adapter, _ = script(patched(REPRICED), *read(REPRICED), patched(REPRICED))
    rejected = adapter.apply(COMMAND, IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "not_as_written"
    assert rejected.message.endswith("directUnitCost = 780, not 7")


def test_a_write_that_nobody_could_look_at_is_unknown(script: Script) -> None:
    adapter, _ = script(patched(UNCHANGED), answer("503 Busy", b""))
    with pytest.raises(FarError) as caught:
        adapter.apply(COMMAND, IDS.uuid())
    assert (caught.value.status, caught.value.sent) == (503, True)
