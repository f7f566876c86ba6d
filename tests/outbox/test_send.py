"""One attempt: what its end means, and that it always ends."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outbox.send import (
    Again,
    Answer,
    Delivered,
    Gone,
    HttpPost,
    Off,
    Sender,
    Withheld,
    judge,
    retry_after,
)
from outbox.subscriptions import Subscriber
from tests.outbox.bench import SECRET, Bench
from tests.outbox.receiver import Reply
from tests.outbox.test_envelope import DISPATCH
from tidegate.clock import ManualClock, SystemClock

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SUBSCRIBER = Subscriber("default", "https://example.org/hook", (SECRET,))


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_a_2xx_is_delivered(status: int) -> None:
    assert judge(Answer(status), NOW) == Delivered(status)


def test_a_410_is_gone() -> None:
    assert judge(Answer(410, excerpt=b"moved out"), NOW) == Gone("HTTP 410 moved out")


@pytest.mark.parametrize("status", [199, 301, 307, 400, 404, 500, 503])
def test_any_other_status_is_a_failure(status: int) -> None:
    assert judge(Answer(status), NOW) == Again(f"HTTP {status}", status)


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_receiver_under_load_is_told_apart(status: int) -> None:
    assert judge(Answer(status, "60"), NOW) == Again(f"HTTP {status}", status, 60.0, True)


def test_an_exception_is_a_failure_without_status() -> None:
    assert judge(TimeoutError("timed out"), NOW) == Again("TimeoutError: timed out")


def test_messages_hold_no_secret_and_no_control_character() -> None:
    sent = judge(Answer(500, excerpt=b"bad\x00\x1b[31m whsec_QUJDQUJD \xff"), NOW)
    assert isinstance(sent, Again)
    assert sent.message == "HTTP 500 bad  [31m whsec_*** \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 1.5 ", 1.5),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0.0),
        ("Sat, 21 Nov 2026 08:01:00 -0000", 60.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@given(st.integers(100, 599), st.text(), st.binary())
@example(429, "Mon, 99 Nov 99999999999 99:99:99 +9999", b"\xff")
def test_judging_is_total(status: int, header: str, excerpt: bytes) -> None:
    judge(Answer(status, header, excerpt), NOW)


class _Recording:
    """Posts nothing; counts, and raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = 0
        self.error = error

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return Answer(204)


def test_nothing_is_sent_without_leave() -> None:
    post = _Recording()
    sent = Sender(post, ManualClock(), "x").send(DISPATCH, SUBSCRIBER, lambda: False)
    assert isinstance(sent, Withheld)
    assert post.calls == 0


@pytest.mark.parametrize("subscriber", [None, replace(SUBSCRIBER, enabled=False)])
def test_nothing_is_sent_to_who_is_not_subscribed(subscriber: Subscriber | None) -> None:
    post = _Recording()
    sent = Sender(post, ManualClock(), "x").send(DISPATCH, subscriber, lambda: True)
    assert isinstance(sent, Off)
    assert post.calls == 0


@pytest.mark.parametrize("error", [OSError("down"), ValueError("odd"), RuntimeError()])
def test_sending_never_raises(error: Exception) -> None:
    sent = Sender(_Recording(error), ManualClock(), "x").send(DISPATCH, SUBSCRIBER, lambda: True)
    assert isinstance(sent, Again)


def test_a_message_that_cannot_be_written_is_a_failure_too() -> None:
    unwritable = replace(DISPATCH, data="\x00")
    sent = Sender(_Recording(), ManualClock(), "x").send(unwritable, SUBSCRIBER, lambda: True)
    assert isinstance(sent, Again)


def test_a_receiver_that_does_not_answer_is_given_up(bench: Bench) -> None:
    held = threading.Event()
    bench.receiver.replies.append(Reply(until=held))
    post = HttpPost(bench.clock, connections=1, timeout=0.2)
    sent = Sender(post, bench.clock, "x").send(DISPATCH, bench.subscriber(), lambda: True)
    held.set()
    post.close()
    assert isinstance(sent, Again)
    assert sent.message.startswith("ReadTimeout")


def test_of_a_long_answer_only_the_beginning_is_read(bench: Bench) -> None:
    tail, clock = threading.Event(), SystemClock()
    bench.receiver.replies.append(Reply(500, body=b"x" * 5000, tail=tail))
    began = clock.monotonic()
    answer = bench.post(bench.receiver.url, {}, b"{}")
    assert clock.monotonic() - began < 5
    tail.set()
    assert (answer.status, answer.excerpt) == (500, b"x" * 500)


def test_the_status_counts_where_the_body_breaks_off(bench: Bench) -> None:
    tail = threading.Event()
    bench.receiver.replies.append(Reply(200, body=b"ok", tail=tail))
    post = HttpPost(bench.clock, connections=1, timeout=0.2)
    sent = Sender(post, bench.clock, "x").send(DISPATCH, bench.subscriber(), lambda: True)
    tail.set()
    post.close()
    assert sent == Delivered(200)
