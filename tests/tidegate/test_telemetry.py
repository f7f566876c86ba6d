"""Log lines and trace context, with and without somebody who listens."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import telemetry

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def plain_telemetry() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    telemetry.configure("console", None, "tidegate")
    root.handlers[:] = before
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def json_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = lines(capsys)
    found: dict[str, Any] = json.loads(line)
    return found


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", code], env=kept | env, capture_output=True, text=True, check=True
    )


def test_logging_before_configure_is_safe_and_goes_to_stderr() -> None:
    done = run("from tidegate.telemetry import logger; logger('a.b').info('early', n=1)")
    assert done.stdout == ""
    assert "early" in done.stderr
    assert "[a.b]" in done.stderr


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("json", None, "tidegate-test")
    telemetry.logger("a.b").warning("two\nlines", n=1, other={1, 2}.__class__)
    line = json_line(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "two\nlines",
        "level": "warning",
        "logger": "a.b",
        "n": 1,
        "other": "<class 'set'>",
        "service": "tidegate-test",
    }


def test_a_traceback_stays_within_its_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("json", None, "t")
    try:
        raise ValueError("PWD=hunter2")
    except ValueError:
        telemetry.logger("a").exception("boom")
    line = json_line(capsys)
    assert "Traceback" in line["exception"]
    assert "hunter2" not in line["exception"]


def test_a_value_cannot_forge_a_line_or_drive_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure("console", None, "t")
    telemetry.logger("a").info("x\nforged", key="y\nforged\x1b[31m\u2028z")
    (line,) = lines(capsys)
    assert "\x1b" not in line


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_secrets_in_fields_are_masked(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(log_format, None, "t")
    telemetry.logger("a").info("e", password="hunter2", headers={"Authorization": "hunter2"})
    assert "hunter2" not in "".join(lines(capsys))


def test_a_logger_made_early_follows_configure(capsys: pytest.CaptureFixture[str]) -> None:
    log = telemetry.logger("a")
    log.info("one")
    telemetry.configure("json", None, "t")
    log.info("two")
    first, second = lines(capsys)
    assert "one" in first
    assert json.loads(second)["event"] == "two"


def test_debug_lines_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.logger("a").debug("e")
    assert lines(capsys) == []


def test_libraries_that_use_standard_logging_write_the_same_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure("json", None, "t")
    telemetry.configure("json", None, "t")
    logging.getLogger("lib").info("quiet")
    logging.getLogger("lib").warning("hello %s", "w")
    line = json_line(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("hello w", "lib", "warning")


def test_a_stderr_that_is_gone_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (None, os.fdopen(os.dup(2), "w")):
        if stream is not None:
            stream.close()
        monkeypatch.setattr(sys, "stderr", stream)
        telemetry.logger("a").info("e")


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_value_that_cannot_be_shown_stops_nobody(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure(log_format, None, "t")
    telemetry.logger("a").info("still here", value=Unshowable())
    (line,) = lines(capsys)
    assert "still here" in line


def test_the_trace_is_carried_and_named_in_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("json", None, "t")
    with telemetry.span_from(PARENT, "queue") as opened, telemetry.span("erp", key="A1"):
        opened.set(verdict="new")
        assert telemetry.current_traceparent() == PARENT
        telemetry.logger("a").info("e")
    assert json_line(capsys)["trace_id"] == TRACE
    assert telemetry.current_traceparent() is None


def test_traces_of_two_threads_do_not_mix() -> None:
    seen: list[str | None] = []
    with telemetry.span_from(PARENT, "one"):
        thread = threading.Thread(target=lambda: seen.append(telemetry.current_traceparent()))
        thread.start()
        thread.join()
    assert seen == [None]


def fail_within(traceparent: str) -> None:
    with telemetry.span_from(traceparent, "inner"):
        assert telemetry.current_traceparent() == traceparent
        raise KeyError


def test_the_inner_trace_ends_with_its_span_even_by_an_error() -> None:
    with telemetry.span_from(PARENT, "outer"):
        with pytest.raises(KeyError):
            fail_within(telemetry.new_traceparent(os.urandom))
        assert telemetry.current_traceparent() == PARENT


@given(st.none() | st.text(max_size=60) | st.text("0-af", min_size=55, max_size=55))
def test_text_that_is_no_traceparent_is_passed_over(text: str | None) -> None:
    with telemetry.span_from(PARENT, "outer"), telemetry.span_from(text, "inner"):
        assert telemetry.current_traceparent() == PARENT


@pytest.mark.parametrize("draw", [os.urandom, bytes])
def test_a_new_traceparent_is_valid_and_recorded(draw: Any) -> None:
    started = telemetry.new_traceparent(draw)
    with telemetry.span_from(started, "request"):
        assert telemetry.current_traceparent() == started
    assert started.endswith("-01")


QUIET = """
import sys, tidegate.settings, tidegate.telemetry as t
t.configure("json", None, "t")
with t.span("a"): t.logger("a").info("e")
sys.exit([m for m in ("logfire", "opentelemetry", "requests") if m in sys.modules] or 0)
"""


def test_without_a_receiver_no_exporter_is_even_imported() -> None:
    assert run(QUIET).stdout == ""


class Collector(BaseHTTPRequestHandler):
    """An OTLP endpoint that keeps what it is sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        kept: list[tuple[str, bytes]] = self.server.kept  # type: ignore[attr-defined]
        kept.append((self.path, gzip.decompress(body) if packed else body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests read what was kept."""


EXPORT = f"""
import tidegate.telemetry as t
t.configure("json", None, "house-under-test")
with t.span_from("{PARENT}", "queue", password="hunter2") as s:
    s.set(verdict="new-verdict")
    with t.span("erp"): t.logger("a").info("called", token="hunter2")
    print(t.current_traceparent())
"""


@pytest.mark.process
def test_an_otlp_endpoint_gets_the_spans_of_the_carried_trace() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.kept = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}"
        done = run(EXPORT, OTEL_EXPORTER_OTLP_ENDPOINT=address)
        server.shutdown()
        spans = b"".join(body for path, body in server.kept if path == "/v1/traces")  # type: ignore[attr-defined]
    assert done.stdout.startswith(f"00-{TRACE}-")
    assert done.stdout.strip() != PARENT
    assert spans.count(bytes.fromhex(TRACE)) >= 3
    for text in (b"queue", b"erp", b"new-verdict", b"called", b"house-under-test"):
        assert text in spans
    assert b"hunter2" not in spans
    assert json.loads(done.stderr)["trace_id"] == TRACE
