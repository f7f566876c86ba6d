"""What a subscriber gets, and in which order."""

from __future__ import annotations

from outbox.settle import Finished
from tests.outbox.bench import Bench, HeldLanes


def test_a_signed_event_verifies_and_says_what_happened(bench: Bench) -> None:
    bench.publish("HD-1", '{"entity":"products","new":{"price":120.50,"id":460000000026049001}}')
    bench.run()
    (got,) = bench.receiver.received
    assert got.verified
    assert got.event["type"] == got.headers["ce-type"] == "products.applied"
    assert got.data["entity"] == "products"
    assert got.data["key"] == got.headers["ce-subject"] == "HD-1"
    assert got.data["event_id"] == got.headers["ce-id"]
    assert b'"id":460000000026049001' in got.body
    assert bench.outcomes() == ["delivered"]
    assert bench.rows("dispatch") == bench.rows("outbox") == []


def test_every_try_has_the_same_id_and_body_and_a_time_of_its_own(bench: Bench) -> None:
    bench.receiver.reply(500)
    bench.publish()
    bench.run()
    bench.later(7)
    first, second = bench.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) == int(first.headers["webhook-timestamp"]) + 7
    assert second.verified
    assert bench.outcomes() == ["failed", "delivered"]


def test_numbers_rise_for_each_key(bench: Bench) -> None:
    for key in "ABAAB":
        bench.publish(key)
    bench.run()
    bench.publish("A")
    bench.run()
    told = [(got.data["key"], got.data["sequence"]) for got in bench.receiver.received]
    assert [no for key, no in told if key == "A"] == [1, 2, 3, 4]
    assert [no for key, no in told if key == "B"] == [1, 2]
    assert [got.headers["ce-sequence"] for got in bench.receiver.received][-1] == "4"


def test_two_keys_run_side_by_side_and_one_key_does_not(bench: Bench) -> None:
    lanes = HeldLanes[Finished](8)
    bench.new_relay(lanes)
    for key in "AAB":
        bench.publish(key)
    bench.run()
    assert len(lanes.jobs) == 2
    lanes.run()
    assert [got.data["key"] for got in bench.receiver.received] == ["A", "B"]


def test_the_second_message_of_a_key_waits_for_the_first(bench: Bench) -> None:
    bench.receiver.reply(503)
    bench.publish("A", '{"n":1}')
    bench.publish("A", '{"n":2}')
    bench.run()
    bench.later(1)
    assert [got.data["n"] for got in bench.receiver.received] == [1]
    bench.later(6)
    assert [got.data["n"] for got in bench.receiver.received] == [1, 1, 2]


def test_a_claim_takes_no_more_than_the_free_lanes(bench: Bench) -> None:
    lanes = HeldLanes[Finished](2)
    bench.new_relay(lanes)
    for key in "ABCD":
        bench.publish(key)
    bench.run()
    assert len(lanes.jobs) == bench.relay.running == 2
    assert len(bench.outcomes()) == 2


def test_messages_that_must_wait_leave_their_lanes_to_others_at_once(bench: Bench) -> None:
    lanes = HeldLanes[Finished](3)
    bench.new_relay(lanes)
    for key in "AAAB":
        bench.publish(key)
    bench.run(1)
    assert len(lanes.jobs) == 2


def test_a_hundred_messages_of_one_key_do_not_hold_up_another(bench: Bench) -> None:
    for _ in range(100):
        bench.publish("A")
    bench.publish("B")
    bench.run(20)
    assert "B" in {got.data["key"] for got in bench.receiver.received}


def test_each_subscription_has_its_own_messages_and_numbers(bench: Bench) -> None:
    other = bench.subscriber(name="other", url=f"{bench.receiver.url}/other")
    bench.new_relay(subscribers=(bench.subscriber(), other))
    bench.publish()
    bench.run()
    first, second = bench.receiver.received
    assert {first.path, second.path} == {"/hook", "/hook/other"}
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert first.headers["ce-id"] == second.headers["ce-id"]
    assert first.data["sequence"] == second.data["sequence"] == 1


def test_the_trace_goes_on_at_the_receiver(bench: Bench) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    bench.publish(trace=trace)
    bench.publish("B")
    bench.run()
    assert [got.headers.get("traceparent") for got in bench.receiver.received] == [trace, None]


def test_more_rows_than_one_batch_holds_are_all_sent_in_order(bench: Bench) -> None:
    for n in range(203):
        bench.publish(str(n % 7), f'{{"n":{n}}}')
    bench.run(60)
    told = [(got.data["key"], got.data["n"]) for got in bench.receiver.received]
    assert len(told) == 203
    assert [n for key, n in told if key == "3"] == list(range(3, 203, 7))
