"""The store contract, third part: full states of one entity, of which the last is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from processor.store import QueueStore
from processor.work import Claimed
from sql.database import Row
from sql.term import Term
from tests.conformance.store_contract import closing, lead, lists, move, states
from tests.processor.bench import House
from tests.sql.stores import every_row
from tidegate.testing import arrival


class SupersedeContract:
    """What a claim makes of the run of full states at the front of a key."""

    def test_the_last_of_a_run_is_claimed_in_the_place_of_all(self, house: House) -> None:
        term, store = lead(house)
        one, two, three, other = (full(house, sku) for sku in "AAAB")
        assert taken(store, term) == [three, other]
        assert store.superseded == [one, two]
        ends = {row["uuid"]: row for row in every_row(house.db.engine)["inbox"]}
        assert [ends[each]["state"] for each in (one, two, three)] == [
            "superseded",
            "superseded",
            "live",
        ]
        assert [ends[each]["ended_by"] for each in (one, two, three)] == [three, three, None]
        assert ends[one]["ended_at"] is not None
        assert states(house) == [2, 2]

    def test_what_has_no_follower_is_claimed_as_ever(self, house: House) -> None:
        term, store = lead(house)
        event = full(house, "A")
        assert taken(store, term) == [event]
        assert store.superseded == []

    def test_strict_events_are_never_superseded(self, house: House) -> None:
        term, store = lead(house)
        first, _ = house.post("A"), house.post("A")
        assert (taken(store, term), store.superseded) == ([first], [])

    def test_a_delete_ends_the_run(self, house: House) -> None:
        term, store = lead(house)
        one, two, gone, again = (
            full(house, "A", operation=verb) for verb in ("update", "update", "delete", "create")
        )
        for expected, superseded in (([two], [one]), ([gone], []), ([again], [])):
            (claimed,) = store.claim(term, "sandbox", 5)[0]
            assert ([str(claimed.uuid)], store.superseded) == (expected, superseded)
            applied(store, term, claimed)

    def test_another_entity_on_the_key_ends_the_run(self, house: House) -> None:
        term, store = lead(house)
        one = full(house, "A")
        two = full(house, "A")
        other = full(house, "B", key_of="A")
        three = full(house, "A")
        for expected, superseded in ((two, [one]), (other, []), (three, [])):
            (claimed,) = store.claim(term, "sandbox", 5)[0]
            assert (str(claimed.uuid), store.superseded) == (expected, superseded)
            applied(store, term, claimed)

    def test_a_thousand_are_superseded_at_a_time(self, house: House) -> None:
        term, store = lead(house)
        made = [as_full(house, "A") for _ in range(1002)]
        events = [str(each.event_id) for each in house.pipe.accept(made)]
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        assert str(claimed.uuid) == events[1000]
        assert store.superseded == events[:1000]
        applied(store, term, claimed)
        assert taken(store, term) == [events[1001]]

    def test_a_retried_first_one_is_superseded_when_it_is_due(self, house: House) -> None:
        term, store = lead(house)
        first = full(house, "A")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        second = full(house, "A")
        settle(store, term, claimed, moves=[move(claimed, due_in_s=30.0)])
        assert (taken(store, term), store.superseded) == ([], [])
        house.clock.advance(31.0)
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        assert (str(claimed.uuid), claimed.number, store.superseded) == (second, 1, [first])

    def test_what_is_unknown_is_never_superseded(self, house: House) -> None:
        term, store = lead(house)
        first = full(house, "A")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        for _ in range(2):
            full(house, "A")
        settle(store, term, claimed, moves=[move(claimed, state=4, due_in_s=0.0, unknown=1)])
        assert (taken(store, term), store.superseded) == ([], [])
        (probed,) = store.claim_unknown(term, "sandbox", 1, alone=False)
        assert str(probed.uuid) == first

    def test_what_is_held_ends_the_run(self, house: House) -> None:
        term, store = lead(house)
        first = full(house, "A")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        full(house, "A")
        settle(store, term, claimed, moves=[move(claimed, state=5, due_in_s=None)])
        assert (taken(store, term), store.superseded) == ([], [])
        assert every_row(house.db.engine)["inbox"][0]["uuid"] == first


def as_full(house: House, sku: str, **given: Any) -> Any:
    """One more full state of `sku` under latest_wins, stamped later than the last."""
    house.clock.advance(0.001)
    stamp = house.clock.now().isoformat()
    record = {"item_id": sku, "sku": sku, "name": str(house.pipe.ids.uuid())}
    made = arrival(
        house.pipe.ids, house.pipe.config, record | {"last_modified_time": stamp}, **given
    )
    return replace(made, order="latest_wins")


def full(house: House, sku: str, *, key_of: str | None = None, **given: Any) -> str:
    """Accept one; `key_of` is whose order key it shares."""
    made = as_full(house, sku, **given)
    if key_of is not None:
        shared = as_full(house, key_of)
        made = replace(made, key_hash=shared.key_hash, key_text=shared.key_text)
    return str(house.pipe.accept([made])[0].event_id)


def taken(store: QueueStore, term: Term) -> list[str]:
    return [str(each.uuid) for each in store.claim(term, "sandbox", 5)[0]]


def settle(store: QueueStore, term: Term, claimed: Claimed, **given: list[Row]) -> None:
    store.settle(term, lists(closes=[closing(claimed)], **given))


def applied(store: QueueStore, term: Term, claimed: Claimed) -> None:
    """It comes to its end, and the next of its key comes."""
    end = {"queue_id": claimed.queue_id, "event_id": claimed.event_id, "key_id": claimed.key_id}
    settle(store, term, claimed, ends=[end | {"state": "applied", "answer_status": None}])
