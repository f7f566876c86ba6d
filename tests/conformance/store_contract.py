"""What every database must do under the stores, as a suite: subclass it and give it a `house`.

`house` is a house on an empty database, whose time moves when told. Each test ends with the seal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from ingest.batch import Batch
from ingest.heads import picture
from outbox.fanout import fan_out
from outbox.send import Delivered
from outbox.settle import Finished, Verdict, settlement
from outbox.store import Dispatch, RelayStore, Settlement, SubscriptionRow
from processor import letters
from processor.outcome import Letter
from processor.store import LISTS, QueueStore
from processor.work import Claimed
from sql.database import Row
from sql.leadership import TRUST, Leadership
from sql.seal import verify
from sql.sqlite import stamp
from sql.term import Term
from tests.processor.bench import BEFORE_WORK, DROPPED, House
from tests.sql.stores import every_row
from tidegate.errors import Conflict, Deposed
from tidegate.fingerprint import digest
from tidegate.outcome import Rejected
from tidegate.testing import arrival


class NoLock:
    """Whoever asks gets it."""

    def try_acquire(self) -> bool:
        return True

    def held(self) -> bool:
        return True

    def close(self) -> None: ...


class StoreContract:
    """Accept, claim, settle, reopen, adopt, fence, dispatch, seal."""

    # Accept

    def test_an_accepted_event_is_there_with_body_queue_row_and_delivery(
        self, house: House
    ) -> None:
        event = house.post("A")
        found = every_row(house.db.engine)
        assert [row["uuid"] for row in found["inbox"]] == [event]
        assert found["payload"][0]["body"].startswith(b'{"item":')
        assert (found["sync_queue"][0]["state"], found["sync_queue"][0]["seq"]) == (0, 1)
        assert found["delivery"][0]["event_uuid"] == event

    def test_verdicts_hold_across_batches(self, house: House) -> None:
        record = {"item_id": "1", "name": "Ä ", "last_modified_time": "2026-11-20T10:05:00.123Z"}
        older = record | {"name": "B", "last_modified_time": "2026-11-20T10:04:59.999Z"}
        verdicts = [house.pipe.post(each).verdict for each in (record, record, older)]
        assert verdicts == ["new", "duplicate", "stale"]

    def test_ids_that_differ_only_in_case_or_trailing_spaces_are_several(
        self, house: House
    ) -> None:
        for item_id in ("a", "A", "a ", "á"):
            assert house.pipe.post({"item_id": item_id, "name": "x"}).verdict == "new"
        assert len(every_row(house.db.engine)["entity_head"]) == 4

    def test_a_message_id_is_known_for_as_long_as_its_event(self, house: House) -> None:
        first = {"item_id": "1", "name": "x"}
        posted = [
            house.pipe.post(record, message_id="m").verdict
            for record in (first, first, first | {"name": "y"})
        ]
        assert posted == ["new", "duplicate", "conflict"]

    def test_a_lost_compare_and_set_writes_nothing(self, house: House) -> None:
        house.post("A")
        before = every_row(house.db.engine)
        document = accept_of(house, "A")
        document["key_moves"][0]["seen_seq"] = 77
        with pytest.raises(Conflict):
            house.db.run("ingest/accept", document)
        assert every_row(house.db.engine) == before

    def test_a_second_birth_of_a_head_writes_nothing(self, house: House) -> None:
        document = accept_of(house, "A")
        house.post("A")
        before = every_row(house.db.engine)
        with pytest.raises(Conflict):
            house.db.run("ingest/accept", document)
        assert every_row(house.db.engine) == before

    def test_bytes_and_texts_come_back_as_they_went_in(self, house: House) -> None:
        body = bytes(range(256)) * 50
        made = arrival(house.pipe.ids, house.pipe.config, {"item_id": "1", "name": "x"}, body=body)
        house.pipe.accept([replace(made, entity_text="Ünïcode ☃ 😀 '\"\\ ", pointer="/a~1b")])
        found = every_row(house.db.engine)
        assert found["payload"][0]["body"] == body
        assert found["inbox"][0]["entity_text"] == "Ünïcode ☃ 😀 '\"\\ "

    # Claim

    def test_a_claim_takes_the_front_of_each_key_and_demotes_the_rest(self, house: House) -> None:
        term, store = lead(house)
        events = [house.post(key) for key in "AABA"]
        claimed, demoted = store.claim(term, "sandbox", 10)
        assert [str(each.uuid) for each in claimed] == [events[0], events[2]]
        assert (demoted, states(house)) == (2, [2, 1, 2, 1])
        assert [row["closed_at"] for row in every_row(house.db.engine)["sync_attempt"]] == [
            None,
            None,
        ]

    def test_a_claim_takes_no_more_than_it_is_asked_for(self, house: House) -> None:
        term, store = lead(house)
        for number in range(5):
            house.post(str(number))
        assert [len(store.claim(term, "sandbox", 2)[0]) for _ in range(4)] == [2, 2, 1, 0]

    def test_a_claim_takes_nothing_of_another_target(self, house: House) -> None:
        term, store = lead(house)
        house.post("A")
        assert store.claim(term, "legacy", 5)[0] == []
        assert not store.poll("legacy").ready
        assert store.poll("sandbox").ready

    def test_a_claimed_event_carries_its_body_and_its_first_attempt(self, house: House) -> None:
        term, store = lead(house)
        event = house.post("A", "Disk")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        assert (str(claimed.uuid), claimed.number, claimed.tries) == (event, 1, 1)
        assert b'"name":"Disk"' in claimed.body
        assert (claimed.pointer, claimed.kind, claimed.repeated) == ("/item", "state", False)

    # Settle

    def test_an_end_frees_the_next_of_its_key(self, house: House) -> None:
        events = [house.post("A", name) for name in ("one", "two", "three")]
        house.run()
        assert [house.state(each) for each in events] == ["applied"] * 3
        assert [name for _, name in house.far.effects] == ["one", "two", "three"]
        found = every_row(house.db.engine)
        assert (found["sync_queue"], len(found["outbox"])) == ([], 3)
        assert (found["order_key"][0]["applied_seq"], found["entity_head"][0]["applied_seq"]) == (
            3,
            3,
        )

    def test_a_settlement_that_does_not_fit_writes_nothing(self, house: House) -> None:
        term, store = lead(house)
        house.post("A")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        before = every_row(house.db.engine)
        with pytest.raises(Conflict):
            store.settle(term, {"moves": [move(claimed, queue_id=claimed.queue_id + 1)]})
        assert every_row(house.db.engine) == before

    def test_a_retry_is_claimed_when_it_is_due_and_not_before(self, house: House) -> None:
        term, store = lead(house)
        house.post("A")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        store.settle(term, lists(closes=[closing(claimed)], moves=[move(claimed, due_in_s=30.5)]))
        house.clock.advance(30.25)
        assert store.claim(term, "sandbox", 1)[0] == []
        assert store.poll("sandbox").due_in_s == pytest.approx(0.25, abs=0.01)
        house.clock.advance(0.5)
        (again,) = store.claim(term, "sandbox", 1)[0]
        assert (again.number, again.tries) == (2, 2)
        assert again.age_s == pytest.approx(30.5, abs=0.01)

    def test_a_dead_state_leaves_a_letter_and_frees_its_key(self, house: House) -> None:
        house.far.answers["A"].append(Rejected("no", "e"))
        dead, behind = house.post("A", "one"), house.post("A", "two")
        house.run()
        assert [house.state(dead), house.state(behind)] == ["dead", "applied"]
        assert [row["reason"] for row in every_row(house.db.engine)["dead_letter"]] == ["rejected"]

    def test_a_dead_one_that_holds_keeps_its_key(self, house: House) -> None:
        term, store = lead(house)
        house.post("A", "one")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        house.post("A", "two")
        letter = letters.birth(claimed, Letter("rejected", "e", "m", holds=True))
        held = [{"event_id": claimed.event_id}]
        moves = [move(claimed, state=5, due_in_s=None)]
        store.settle(
            term, lists(closes=[closing(claimed)], letters=[letter], helds=held, moves=moves)
        )
        assert store.claim(term, "sandbox", 5) == ([], 1)
        found = every_row(house.db.engine)
        assert ([row["state"] for row in found["inbox"]], states(house)) == (
            ["dead", "live"],
            [5, 1],
        )

    # Reopen

    def test_a_probe_that_finds_nothing_is_followed_by_its_repeat(self, house: House) -> None:
        house.far.lands = False
        house.far.answers["A"].append(DROPPED)
        event = house.post("A")
        house.run()
        kinds = [
            (row["kind"], row["outcome"]) for row in every_row(house.db.engine)["sync_attempt"]
        ]
        assert house.state(event) == "applied"
        assert kinds == [("write", "unknown"), ("probe", "not_applied"), ("write", "applied")]
        assert house.far.seen[1].earlier_version == "v0"
        assert house.far.seen[1].values == house.far.seen[0].values

    # Adopt

    def test_what_a_former_term_left_open_is_unknown_and_alone(self, house: House) -> None:
        term, store = lead(house)
        for key in "AB":
            house.post(key)
        store.claim(term, "sandbox", 5)
        beat = every_row(house.db.engine)["leader"][1]["beat_at"]
        house.clock.advance(60.0)
        after, _ = lead(house)
        assert store.adopt(after, beat, TRUST, "") == 2
        found = every_row(house.db.engine)
        assert {(a["outcome"], a["decision"]) for a in found["sync_attempt"]} == {
            ("unknown", "crashed")
        }
        assert [(q["state"], q["alone"], q["crashes"]) for q in found["sync_queue"]] == [
            (4, 1, 0),
            (4, 1, 0),
        ]
        assert seconds(found["sync_attempt"][0]["sent_at"], beat) == pytest.approx(TRUST, abs=0.01)

    def test_a_crash_alone_counts_and_one_that_the_process_survived_does_not(
        self, house: House
    ) -> None:
        term, store = lead(house)
        house.post("A")
        store.claim(term, "sandbox", 1)
        for survived, crashes in ((False, 0), (False, 1), (True, 1), (False, 2)):
            former, (term, _) = term, lead(house)
            store.adopt(term, now(house), TRUST, former.token if survived else "")
            assert every_row(house.db.engine)["sync_queue"][0]["crashes"] == crashes
            assert len(store.claim_unknown(term, "sandbox", 1, alone=True)) == 1

    def test_what_runs_alone_is_claimed_by_no_ordinary_look(self, house: House) -> None:
        term, store = lead(house)
        house.post("A")
        store.claim(term, "sandbox", 1)
        after, _ = lead(house)
        store.adopt(after, now(house), TRUST, "")
        assert store.claim_unknown(after, "sandbox", 5, alone=False) == []
        (claimed,) = store.claim_unknown(after, "sandbox", 5, alone=True)
        assert (claimed.alone, claimed.repeated, claimed.number) == (True, True, 2)

    # Fence

    @pytest.mark.parametrize("script", ["claim", "claim_unknown", "adopt", "settle", "reopen"])
    def test_a_term_that_is_over_writes_nothing(self, house: House, script: str) -> None:
        term, store = lead(house)
        house.post("A")
        (claimed,) = store.claim(term, "sandbox", 1)[0]
        lead(house)
        before = every_row(house.db.engine)
        calls: dict[str, Any] = {
            "claim": lambda: store.claim(term, "sandbox", 1),
            "claim_unknown": lambda: store.claim_unknown(term, "sandbox", 1, alone=True),
            "adopt": lambda: store.adopt(term, now(house), TRUST, ""),
            "settle": lambda: store.settle(term, lists(closes=[closing(claimed)])),
            "reopen": lambda: store.reopen(term, [closing(claimed)], []),
        }
        with pytest.raises(Deposed):
            calls[script]()
        assert every_row(house.db.engine) == before

    def test_the_same_epoch_with_another_token_is_another_term(self, house: House) -> None:
        term, store = lead(house)
        with pytest.raises(Deposed):
            store.claim(replace(term, token="0" * 32), "sandbox", 1)

    def test_a_leader_of_another_schema_is_refused(self, house: House) -> None:
        term, _ = lead(house)
        with pytest.raises(Deposed):
            house.db.run("leader/beat", term.fence() | {"schema_no": 99})

    def test_of_two_that_saw_the_same_beat_one_raises_the_epoch(self, house: House) -> None:
        row = house.db.read("leader/observe", {"name": "sync"})["leader"][0]
        seen = {"name": "sync", "holder": "h", "seen_epoch": row["epoch"], "seen_beat": row["beat"]}
        doc = seen | {"token": "1" * 32, "schema_no": row["schema_no"]}
        assert house.db.run("leader/raise", doc)["term"][0]["epoch"] == row["epoch"] + 1
        with pytest.raises(Deposed):
            house.db.run("leader/raise", doc | {"token": "2" * 32})

    # Dispatch

    def test_a_message_goes_from_the_outbox_to_a_dispatch_and_is_done_with(
        self, house: House
    ) -> None:
        relay, term, shop = subscribed(house)
        house.post("A")
        house.run()
        distribute(house, relay, term, shop)
        found = every_row(house.db.engine)
        assert (found["outbox"], len(found["dispatch"])) == ([], 1)
        (dispatch,) = relay.claim(term, 5).dispatches
        relay.settle(term, delivered(term, dispatch))
        found = every_row(house.db.engine)
        assert found["dispatch"] == []
        assert [row["outcome"] for row in found["dispatch_attempt"]] == ["delivered"]

    def test_one_message_of_a_key_is_under_way(self, house: House) -> None:
        relay, term, shop = subscribed(house)
        for name in ("one", "two"):
            house.post("A", name)
            house.run(3)
            distribute(house, relay, term, shop)
        claim = relay.claim(term, 5)
        assert ([each.no for each in claim.dispatches], claim.demoted) == ([1], 1)
        first = claim.dispatches[0]
        relay.settle(term, delivered(term, first))
        assert [each.no for each in relay.claim(term, 5).dispatches] == [2]

    def test_a_relay_whose_term_is_over_writes_nothing(self, house: House) -> None:
        relay, term, _ = subscribed(house)
        lead(house, "relay")
        before = every_row(house.db.engine)
        with pytest.raises(Deposed):
            relay.claim(term, 5)
        assert every_row(house.db.engine) == before

    # Seal

    def test_the_record_of_a_life_proves_itself(self, house: House) -> None:
        house.far.answers["A"].extend([BEFORE_WORK, DROPPED])
        house.far.answers["B"].append(Rejected("Größe & <Maß>", "e"))
        for number in range(12):
            house.post("ABC"[number % 3], str(number))
        house.run(60, 1.0)
        found = every_row(house.db.engine)
        assert verify(house.db) == []
        assert {row["kind"] for row in found["seal"]} == {"genesis", "open", "close"}
        assert sum(len(row["ids"].split(",")) for row in found["seal"][1:]) == 2 * len(
            found["sync_attempt"]
        )


def lead(house: House, name: str = "sync") -> tuple[Term, QueueStore]:
    """A new term, and the queue as its leader sees it."""
    leadership = Leadership(house.db, name, NoLock(), house.clock, house.pipe.ids, "contract")
    term = leadership.step(house.clock.monotonic())
    assert term is not None
    return term, QueueStore(house.db, house.clock, house.pipe.config.version)


def accept_of(house: House, sku: str, name: str = "Z") -> dict[str, list[Row]]:
    """The document that would accept one more event of `sku` now."""
    made = arrival(house.pipe.ids, house.pipe.config, {"item_id": sku, "sku": sku, "name": name})
    asked = {"heads": [made.head_hash], "keys": [made.key_hash], "messages": []}
    batch = Batch(picture(house.db.read("ingest/look", asked)), "sandbox")
    batch.add(made)
    return batch.document()


def lists(**given: list[Row]) -> dict[str, list[Row]]:
    return {name: given.get(name, []) for name in LISTS}


def closing(claimed: Claimed) -> Row:
    """A closed attempt's columns."""
    detail = digest("r", "1", "None", "e", "m", "1", None, None, None).hex()
    nothing = ("status", "sent_ago_s", "request_hash", "answer_hash", "version")
    return {
        "event_id": claimed.event_id, "number": claimed.number, "outcome": "retry",
        "decision": "later", "rule": "r", "rule_version": 1, "error_class": "e", "message": "m",
        "duration_ms": 1, "detail_hash": detail, **dict.fromkeys(nothing),
    }  # fmt: skip


def move(claimed: Claimed, **fields: Any) -> Row:
    given = {"queue_id": claimed.queue_id, "state": 3, "due_in_s": 1.0, "tries": 0}
    return given | {"unknown": 0, "alone": 0, "still_s": 0.0} | fields


def states(house: House) -> list[int]:
    return [row["state"] for row in every_row(house.db.engine)["sync_queue"]]


def now(house: House) -> str:
    return stamp(house.clock.now())


def seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def subscribed(house: House) -> tuple[RelayStore, Term, SubscriptionRow]:
    """A relay that leads, and its one subscription."""
    relay, (term, _) = RelayStore(house.db), lead(house, "relay")
    wanted = {"name": "shop", "url": "https://shop.example", "types": None, "enabled": 1}
    return relay, term, relay.subscribe(term, [wanted])[0]


def distribute(house: House, relay: RelayStore, term: Term, shop: SubscriptionRow) -> None:
    """What waits in the outbox becomes dispatches, as the relay does it."""
    waiting = relay.take(10)
    relay.distribute(term, fan_out(waiting.outbox, [shop], lambda: str(house.pipe.ids.uuid())))


def delivered(term: Term, dispatch: Dispatch) -> Settlement:
    sent = Finished(term, dispatch, Delivered(204), 1)
    return settlement([(sent, Verdict("delivered", None, 204))])
