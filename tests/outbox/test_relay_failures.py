"""What the relay does when a receiver does not take a message."""

from __future__ import annotations

import pytest

from outbox.schedule import WAITS
from outbox.settle import Finished
from tests.outbox.bench import Bench, HeldLanes


def test_a_receiver_that_is_gone_gets_nothing_more(bench: Bench) -> None:
    bench.receiver.reply(410)
    for key in "AAB":
        bench.publish(key)
    lanes = HeldLanes[Finished](1)
    bench.new_relay(lanes)
    for _ in range(4):
        bench.run()
        lanes.run()
    bench.run()
    assert len(bench.receiver.received) == 1
    assert bench.outcomes() == ["gone", "disabled", "disabled"]
    (subscription,) = bench.rows("subscription")
    assert (subscription["enabled"], subscription["reason"]) == (0, "HTTP 410")


def test_nothing_more_is_prepared_for_a_receiver_that_is_gone(bench: Bench) -> None:
    bench.receiver.reply(410)
    bench.publish("A")
    bench.run()
    bench.publish("B")
    bench.run()
    assert [row["subject"] for row in bench.rows("dispatch")] == ["A"]
    assert bench.rows("outbox") == []


def test_nothing_is_prepared_for_a_subscription_that_is_switched_off(bench: Bench) -> None:
    bench.new_relay(subscribers=(bench.subscriber(enabled=False),))
    bench.publish()
    bench.run()
    assert bench.rows("dispatch") == bench.rows("outbox") == []


def test_a_disabled_subscription_stays_so_in_the_next_term(bench: Bench) -> None:
    bench.receiver.reply(410)
    bench.publish()
    bench.run()
    bench.new_relay()
    bench.publish()
    bench.run()
    assert len(bench.receiver.received) == 1
    assert bench.rows("outbox") == []


def test_retry_after_lengthens_the_wait(bench: Bench) -> None:
    bench.receiver.reply(429, Retry_After="120")
    bench.publish()
    bench.run()
    bench.later(119)
    assert len(bench.receiver.received) == 1
    bench.later(2)
    assert len(bench.receiver.received) == 2
    assert bench.outcomes() == ["throttled", "delivered"]


def test_a_spent_schedule_ends_dead_and_the_key_goes_on(bench: Bench) -> None:
    bench.receiver.always.status = 500
    bench.publish("A", '{"n":1}')
    bench.publish("A", '{"n":2}')
    bench.run()
    for seconds in WAITS[:-1]:
        bench.later(seconds * 1.2)
    bench.receiver.reply(500)
    bench.receiver.always.status = 204
    bench.later(WAITS[-1] * 1.2)
    assert [got.data["n"] for got in bench.receiver.received] == [1] * 10 + [2]
    (dead,) = bench.rows("dispatch")
    assert (dead["state"], dead["attempts"]) == (5, 10)


def test_a_redirect_is_a_failure_and_is_not_followed(bench: Bench) -> None:
    bench.receiver.reply(302, Location="/elsewhere")
    bench.publish()
    bench.run()
    assert [got.path for got in bench.receiver.received] == ["/hook"]
    assert bench.outcomes() == ["failed"]


def test_an_unreachable_receiver_is_tried_again(bench: Bench) -> None:
    url, bench.receiver.url = bench.receiver.url, "http://127.0.0.1:9/closed"
    bench.new_relay()
    bench.publish()
    bench.run()
    (attempt,) = bench.rows("dispatch_attempt")
    assert (attempt["outcome"], attempt["status"]) == ("failed", None)
    assert "ConnectError" in attempt["message"]
    bench.receiver.url = url
    bench.new_relay()
    bench.later(7)
    assert len(bench.receiver.received) == 1


def test_what_another_program_published_need_not_be_json(bench: Bench) -> None:
    bench.publish(data="not JSON")
    bench.run()
    assert bench.receiver.received[0].data["value"] == "not JSON"


@pytest.mark.parametrize("configured", [False, True], ids=["not configured", "switched off"])
def test_what_was_meant_for_a_former_subscription_ends_on_record(
    bench: Bench, configured: bool
) -> None:
    bench.new_relay(HeldLanes[Finished](0))
    bench.publish()
    bench.run()
    bench.new_relay(subscribers=(bench.subscriber(enabled=False),) if configured else ())
    bench.run()
    assert bench.receiver.received == []
    assert bench.outcomes() == ["disabled"]
    assert [row["state"] for row in bench.rows("dispatch")] == [5]


def test_a_receiver_that_takes_nothing_for_days_is_told_nothing_more(bench: Bench) -> None:
    bench.receiver.always.status = 500
    for _ in range(2):
        bench.publish("A")
        bench.run()
        for seconds in WAITS:
            bench.later(seconds * 1.2)
    (subscription,) = bench.rows("subscription")
    assert subscription["enabled"] == 0
    assert "nothing was taken for" in str(subscription["reason"])


def test_a_message_that_dies_beside_others_that_arrive_disables_nobody(bench: Bench) -> None:
    bench.receiver.always.status = 500
    for _ in range(2):
        bench.publish("A")
        bench.run()
        for seconds in WAITS:
            bench.later(seconds * 1.2)
            bench.receiver.reply(204)
            bench.publish("B")
            bench.run()
    assert bench.rows("subscription")[0]["enabled"] == 1


def test_what_was_sent_long_ago_is_forgotten(bench: Bench) -> None:
    bench.new_relay(keep_s=86_400)
    bench.publish("A")
    bench.run()
    assert len(bench.rows("dispatch_attempt")) == 1
    bench.later(86_400 + 3601)
    bench.publish("B")
    bench.run()
    assert [row["number"] for row in bench.rows("dispatch_attempt")] == [1]
