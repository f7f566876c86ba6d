"""What is wrong is raised once, kept while it lasts, cleared when it has gone, and told."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from ops.alerts import CODES, Alarm, acknowledge, alerts, judge
from ops.notify import Notifier, apprise, heartbeat
from ops.who import Who
from sql.database import Row, Rows
from tests.ops.test_retention import term
from tests.processor.bench import House
from tests.processor.desk import NO
from tidegate.config_alerts import Alerts as Thresholds
from tidegate.errors import ConfigError

ANN = Who("cli:ann", "cli", "desk")
CALM: Rows = {
    "oldest": [],
    "leaders": [],
    "letters": [],
    "unknown": [{"n": 0, "age_s": None}],
    "pauses": [],
    "outbox": [],
    "disabled": [],
    "processes": [],
}


def codes(**numbers: Any) -> list[str]:
    return [each.code for each in judge(CALM | numbers, Thresholds())]


def paused(kind: str, age_s: float) -> Row:
    return {"target": "bc", "entity": None, "kind": kind, "reason": "r", "age_s": age_s}


def test_a_house_in_order_raises_nothing() -> None:
    assert judge(CALM, Thresholds(), (10**12, 10**8)) == []


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ({"oldest": [{"age_s": 301.0}]}, "queue-late"),
        ({"letters": [{"error_class": "e", "n": 1}]}, "dead-letters"),
        ({"unknown": [{"n": 2, "age_s": 1801.0}]}, "outcome-unknown"),
        ({"pauses": [paused("auth", 1.0)]}, "login-refused"),
        ({"pauses": [paused("breaker", 301.0)]}, "breaker-open"),
        ({"pauses": [paused("operator", 86_401.0)]}, "paused-long"),
        ({"outbox": [{"age_s": 301.0}]}, "outbox-late"),
        ({"disabled": [{"name": "s", "reason": "gone"}]}, "subscription-disabled"),
        (
            {"processes": [{"version": v, "config_version": "c" * 64} for v in ("1", "2")]},
            "versions-differ",
        ),
    ],
)
def test_each_trouble_has_its_alert(numbers: Any, code: str) -> None:
    assert codes(**numbers) == [code]


def test_little_room_on_the_disk_is_said_before_nothing_is_accepted() -> None:
    found = judge(CALM, Thresholds(), (150, 100))
    assert [each.code for each in found] == ["disk-low"]


def test_a_duty_that_fails_is_an_alert_of_its_own() -> None:
    found = judge(CALM, Thresholds(), failing={"retention": "ConfigError: no archive"})
    assert [(each.code, each.subject) for each in found] == [("duty-failed", "retention")]


def test_a_muted_code_is_never_raised() -> None:
    letters = {"letters": [{"error_class": "e", "n": 1}]}
    assert judge(CALM | letters, Thresholds(muted=("dead-letters",))) == []


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_a_heading_of_the_runbook(code: str) -> None:
    runbook = Path(__file__).parents[2] / "docs" / "runbook.md"
    assert f"\n## {code}\n" in runbook.read_text(encoding="utf-8")


def look(house: House) -> None:
    Alarm(house.db, Thresholds(), None, 0).run(term(house))


def test_the_oldest_that_could_run_is_found_among_all_targets_and_priorities(house: House) -> None:
    for key in "ABCD":
        house.post(key)
    columns = [("t1", 9, 5), ("t1", 100, 0), ("t2", 100, 0), ("t2", 9, 0)]
    for n, (target, priority, state) in enumerate(columns, 1):
        values = f"target = '{target}', priority = {priority}, state = {state}"
        house.execute(f"UPDATE sync_queue SET {values} WHERE event_id = {n}")
        house.execute(f"UPDATE inbox SET accepted_at = '2026-11-0{n} 00:00:00' WHERE id = {n}")
    ages = [row["age_s"] for row in house.db.read("alerts/numbers", {})["oldest"]]
    stats = [row["age_s"] for row in house.db.read("events/stats", {})["oldest"]]
    assert ages == stats == [pytest.approx(ages[0])]
    house.execute("UPDATE sync_queue SET state = 5")
    assert house.db.read("alerts/numbers", {})["oldest"] == []


def a_letter(house: House) -> None:
    house.far.answers["A"].append(NO)
    house.post("A", "dead")
    house.run()


def live(house: House) -> list[Row]:
    return house.rows("SELECT * FROM alert WHERE cleared_at IS NULL")


def test_what_lasts_is_one_alert_however_often_it_is_seen(house: House) -> None:
    a_letter(house)
    look(house)
    house.clock.advance(15.0)
    look(house)
    (row,) = live(house)
    assert (row["code"], row["severity"]) == ("dead-letters", "warning")
    assert row["last_at"] > row["since"]


def test_what_has_gone_is_cleared_after_a_minute_of_calm(house: House) -> None:
    a_letter(house)
    look(house)
    with house.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE dead_letter SET state = 'replayed'")
    house.clock.advance(30.0)
    look(house)
    assert len(live(house)) == 1
    house.clock.advance(31.0)
    look(house)
    assert live(house) == []
    with house.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE dead_letter SET state = 'open'")


def test_who_has_seen_an_alert_is_on_record(house: House) -> None:
    a_letter(house)
    look(house)
    version = house.pipe.config.version
    assert acknowledge(house.db, ANN, "dead-letters", None, "on it", version)
    assert not acknowledge(house.db, ANN, "dead-letters", None, "again", version)
    assert alerts(house.db)[0]["acknowledged_by"] == "cli:ann"
    (row,) = house.rows("SELECT actor, reason FROM audit_trail WHERE action = 'acknowledged'")
    assert row == {"actor": "cli:ann", "reason": "on it"}


class Told:
    """Takes what is sent."""

    def __init__(self, error: str | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, str]] = []

    def __call__(self, title: str, body: str) -> str | None:
        self.sent.append((title, body))
        return self.error


def notifier(house: House, send: Told, leads: bool = True) -> Notifier:
    return Notifier(house.db, send, None, lambda: leads, 14_400.0, "production")


def test_an_alert_is_told_once_and_its_end_too(house: House) -> None:
    a_letter(house)
    look(house)
    told = Told()
    each = notifier(house, told)
    each.step(0.0)
    each.step(100.0)
    ((title, body),) = told.sent
    assert title == "Tidegate production: warning, dead-letters"
    assert "docs/runbook.md#dead-letters" in body
    with house.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alert SET cleared_at = '2999-01-01 00:00:00.000000'")
    each.step(200.0)
    assert told.sent[1][0] == "Tidegate production: cleared"


def test_a_telling_that_failed_is_tried_again(house: House) -> None:
    a_letter(house)
    look(house)
    told = Told("no route")
    each = notifier(house, told)
    each.step(0.0)
    each.step(10.0)
    assert len(told.sent) == 1
    told.error = None
    each.step(61.0)
    each.step(200.0)
    assert len(told.sent) == 2


def test_who_does_not_lead_tells_nobody(house: House) -> None:
    a_letter(house)
    look(house)
    told = Told()
    notifier(house, told, leads=False).step(0.0)
    assert told.sent == []


class _Mail:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(envelope.content)
        return "250 OK"


def test_a_real_mail_server_gets_the_alert() -> None:
    mail = _Mail()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(mail, hostname="127.0.0.1", port=port)
    server.start()
    try:
        url = f"mailto://127.0.0.1:{port}?from=t@example.com&to=ops@example.com&mode=insecure"
        assert apprise(SecretStr(url))("Tidegate: critical", "what is wrong") is None
    finally:
        server.stop()
    (raw,) = mail.got
    message = message_from_bytes(raw)
    assert message["Subject"] == "Tidegate: critical"
    assert "ops@example.com" in message["To"]


@contextmanager
def receiver(status: int = 200) -> Iterator[tuple[int, list[tuple[str, bytes]]]]:
    """A real HTTP server; its port and what it got."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got.append((self.path, body))
            self.send_response(status)
            self.end_headers()

        do_GET = do_POST = _take

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, got
    finally:
        server.shutdown()
        server.server_close()


def test_a_real_http_receiver_gets_the_alert() -> None:
    with receiver() as (port, got):
        assert apprise(SecretStr(f"json://127.0.0.1:{port}/alerts"))("title", "text") is None
    path, body = got[0]
    assert path.rstrip("/") == "/alerts"
    assert (json.loads(body)["title"], json.loads(body)["message"]) == ("title", "text")


def test_a_receiver_that_refuses_is_said() -> None:
    with receiver(500) as (port, _):
        assert apprise(SecretStr(f"json://127.0.0.1:{port}/"))("t", "b") is not None


def test_an_address_that_nobody_knows_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        apprise(SecretStr("nosuch://user:hunter2@example.com"))
    assert "hunter2" not in str(caught.value)


def test_the_heartbeat_is_fetched_each_minute_while_this_process_leads(house: House) -> None:
    with receiver() as (port, got):
        beat = heartbeat(SecretStr(f"http://127.0.0.1:{port}/beat"))
        each = Notifier(house.db, None, beat, lambda: True, 1.0, "test")
        for now in (0.0, 5.0, 59.0, 60.0):
            each.step(now)
    assert [path for path, _ in got] == ["/beat", "/beat"]


@pytest.mark.parametrize("status", [200, 500])
def test_no_log_line_holds_the_address_of_the_heartbeat(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    with caplog.at_level(logging.DEBUG), receiver(status) as (port, _):
        heartbeat(SecretStr(f"http://127.0.0.1:{port}/hunter2"))()
    heartbeat(SecretStr(f"http://127.0.0.1:{port}/hunter2"))()
    printed = capsys.readouterr()
    assert "hunter2" not in caplog.text + printed.out + printed.err


@pytest.mark.parametrize(
    "reason",
    [
        "rejected",
        "exhausted",
        "too_old",
        "missing_dependency",
        "unknown",
        "not_applied",
        "quarantined",
        "unknown_shape",
        "delivery_conflict",
    ],
)
def test_every_reason_of_a_letter_is_a_heading_of_the_runbook(reason: str) -> None:
    runbook = Path(__file__).parents[2] / "docs" / "runbook.md"
    assert f"\n## {reason}\n" in runbook.read_text(encoding="utf-8")
