"""One relay sends, and what it may do when its term is over, or nearly so."""

from __future__ import annotations

import pytest

from outbox.settle import Finished
from sql.leadership import AFTER_DEPOSED
from tests.outbox.bench import Bench, HeldLanes
from tidegate.errors import CommitUnknown, StoreBusy, StoreUnavailable


def test_a_deposed_term_writes_nothing_and_sends_nothing(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    old = bench.new_relay(lanes)
    bench.publish()
    bench.run()
    bench.new_relay(HeldLanes[Finished](8))
    bench.run(1)
    before = [bench.rows(name) for name in ("dispatch", "dispatch_attempt", "leader")]
    lanes.run()
    bench.publish("B")
    bench.clock.advance(0.5)
    bench.run(1, old)
    after = [bench.rows(name) for name in ("dispatch", "dispatch_attempt", "leader")]
    assert before == after
    assert len(bench.rows("outbox")) == 1


def test_a_deposed_relay_sends_nothing_once_it_knows(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    old, leadership = bench.new_relay(lanes), bench.leadership
    bench.publish()
    bench.run()
    bench.new_relay(HeldLanes[Finished](8))
    bench.run(1)
    bench.publish("B")
    bench.run(1, old)
    assert leadership.term is None
    lanes.run()
    assert bench.receiver.received == []


def test_a_job_of_an_old_term_does_not_send_in_a_new_one_of_the_same_process(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    bench.new_relay(lanes)
    bench.publish()
    bench.run()
    (stale,) = lanes.jobs
    bench.leadership.step_down("a test")
    bench.later(2)
    assert len(lanes.jobs) == 2
    stale()
    assert bench.receiver.received == []


def test_a_result_of_an_old_term_of_the_same_process_changes_nothing(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    bench.new_relay(lanes)
    bench.publish()
    bench.run()
    bench.leadership.step_down("a test")
    lanes.run()
    bench.later(2)
    lanes.run()
    bench.run()
    assert bench.outcomes() == ["unknown", "delivered"]
    assert bench.terms() == 2


def test_who_was_deposed_stands_back(bench: Bench) -> None:
    old = bench.new_relay(HeldLanes[Finished](8))
    bench.run()
    bench.new_relay()
    bench.run(1)
    bench.publish()
    now = bench.clock.monotonic()
    assert old.step(now) == now + AFTER_DEPOSED


def test_every_transaction_counts_as_a_beat(bench: Bench) -> None:
    bench.run()
    bench.clock.advance(1.5)
    bench.publish()
    bench.run()
    before = bench.beat()
    bench.clock.advance(1.5)
    bench.run()
    assert bench.beat() == before


def test_nothing_is_sent_on_a_stale_beat_and_the_term_sends_it_later(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    bench.new_relay(lanes)
    bench.publish()
    bench.run()
    bench.clock.advance(10.0)
    lanes.run()
    assert bench.receiver.received == []
    bench.run()
    lanes.run()
    bench.run()
    assert len(bench.receiver.received) == 1
    assert bench.outcomes() == ["not_sent", "delivered"]


def test_a_new_term_sends_again_what_the_old_one_left_in_flight(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    bench.new_relay(lanes)
    bench.publish()
    bench.run()
    lanes.run()
    bench.new_relay()
    bench.run()
    first, second = bench.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert bench.outcomes() == ["unknown", "delivered"]


def test_a_settlement_that_may_have_failed_is_made_good_by_the_next_term(bench: Bench) -> None:
    bench.failing.before["outbox/settle"] = [CommitUnknown("the connection broke")]
    bench.publish()
    bench.run()
    assert bench.leadership.term is None
    bench.later(2)
    first, second = bench.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert bench.rows("dispatch") == []


def test_a_settlement_that_did_commit_is_not_made_twice(bench: Bench) -> None:
    bench.failing.after["outbox/settle"] = [CommitUnknown("the connection broke")]
    bench.publish()
    bench.run()
    bench.later(2)
    assert len(bench.receiver.received) == 1
    assert bench.outcomes() == ["delivered"]


@pytest.mark.parametrize("script", ["adopt", "subscribe", "distribute", "claim", "settle"])
def test_a_busy_database_is_asked_again_in_the_same_term(bench: Bench, script: str) -> None:
    bench.failing.before[f"outbox/{script}"] = [StoreBusy("deadlock victim")] * 4
    bench.publish()
    bench.run()
    assert bench.outcomes() == ["delivered"]
    assert bench.terms() == 1


@pytest.mark.parametrize("script", ["adopt", "subscribe", "distribute", "claim", "settle"])
@pytest.mark.parametrize("error", [StoreUnavailable("gone"), StoreBusy("still")], ids=type)
def test_a_database_that_fails_costs_the_term_and_no_message(
    bench: Bench, script: str, error: Exception
) -> None:
    bench.failing.before[f"outbox/{script}"] = [error] * 5
    bench.publish()
    for _ in range(6):
        bench.later(2)
    assert bench.receiver.received
    assert bench.terms() > 1
    assert bench.rows("dispatch") == bench.rows("outbox") == []


def test_an_idle_relay_only_reads(bench: Bench) -> None:
    bench.publish()
    bench.run()
    before = bench.beat()
    bench.clock.advance(1.0)
    bench.run(5)
    assert bench.beat() == before


def test_it_wakes_for_what_is_due_and_for_its_beat(bench: Bench) -> None:
    bench.run()
    now = bench.clock.monotonic()
    assert now < bench.relay.step(now) <= now + 0.1
    bench.clock.advance(1.95)
    assert bench.relay.step(now + 1.95) == pytest.approx(now + 2.0)


def test_full_lanes_do_not_make_it_spin(bench: Bench) -> None:
    bench.new_relay(HeldLanes[Finished](1))
    bench.publish("A")
    bench.publish("B")
    bench.run()
    now = bench.clock.monotonic()
    assert bench.relay.step(now) > now


def test_full_lanes_do_not_make_it_spin_over_what_is_due(bench: Bench) -> None:
    lanes = HeldLanes[Finished](1)
    bench.new_relay(lanes)
    bench.receiver.reply(500)
    bench.publish("A")
    bench.run()
    lanes.run()
    bench.publish("B")
    bench.run()
    bench.later(7)
    now = bench.clock.monotonic()
    assert now < bench.relay.step(now) <= now + 0.1


def test_while_there_is_more_to_distribute_it_does_not_sleep(bench: Bench) -> None:
    bench.new_relay(HeldLanes[Finished](0))
    for _ in range(201):
        bench.publish()
    now = bench.clock.monotonic()
    assert bench.relay.step(now) == now
    assert bench.relay.step(now) > now
    assert len(bench.rows("dispatch")) == 201


def test_after_stop_claiming_what_runs_is_settled_and_nothing_starts(bench: Bench) -> None:
    lanes = HeldLanes[Finished](1)
    bench.new_relay(lanes)
    bench.publish("A")
    bench.publish("B")
    bench.run()
    bench.relay.stop_claiming()
    lanes.run()
    bench.run()
    assert (bench.relay.running, lanes.jobs) == (0, [])
    assert bench.outcomes() == ["delivered"]
