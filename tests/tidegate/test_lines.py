"""Quick lines read as careful ones, and lines that are gathered are not lost."""

from __future__ import annotations

import asyncio
import json
import os
import re
from typing import Any

import pytest
import structlog

from tidegate import lines, telemetry
from tidegate.ids import random_bytes

EVENT = {"logger": "a.b", "key": "HD-1", "n": 3, "none": None, "yes": True, "event": "delivery"}


def careful(event: dict[str, Any]) -> str:
    rendered = structlog.dev.ConsoleRenderer(colors=False)(None, "info", event)
    assert isinstance(rendered, str)
    return rendered


@pytest.mark.parametrize("event", [EVENT, {"event": "an-event-whose-name-is-longer-than-thirty"}])
def test_a_quick_line_reads_as_the_careful_one(event: dict[str, Any]) -> None:
    assert lines.plain(event)
    whole = {**event, "level": "info", "timestamp": "T"}
    assert lines.console(event, "T", "info").rstrip() == careful(whole).rstrip()


@pytest.mark.parametrize(
    "field",
    [
        {"key": "a b"},
        {"key": "x\n"},
        {"key": "Bearer abcdefgh"},
        {"key": "https://u:p@h"},
        {"key": "whsec_abc"},
        {"key": 1.5},
        {"key": ["x"]},
        {"token": "x"},
        {"apiKey": "x"},
        {"exc_info": True},
    ],
)
def test_what_needs_care_gets_it(field: dict[str, Any]) -> None:
    assert not lines.plain({**EVENT, **field})


def test_lines_told_together_are_all_written_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    log = telemetry.logger("a")
    with telemetry.together():
        log.info("one")
        with telemetry.together():
            log.info("two")
        assert capsys.readouterr().err == ""
    assert re.findall("one|two", capsys.readouterr().err) == ["one", "two"]


def told_and_failed() -> None:
    with telemetry.together():
        telemetry.logger("a").info("one")
        raise KeyError


def test_lines_told_together_are_written_even_after_a_fault(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyError):
        told_and_failed()
    assert "one" in capsys.readouterr().err


def test_lines_of_a_loop_come_with_its_next_turn_and_in_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def tell() -> str:
        telemetry.logger("a").info("one")
        await asyncio.sleep(0)
        telemetry.logger("a").info("two")
        return capsys.readouterr().err

    seen = asyncio.run(tell())
    assert "one" in seen
    telemetry.logger("a").info("three")
    assert re.findall("two|three", capsys.readouterr().err) == ["two", "three"]


def test_a_json_line_is_the_same_object_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("json", None, "t")
    telemetry.logger("a").info("e", key="plain")
    telemetry.logger("a").info("e", key="needs care")
    telemetry.configure("console", None, "tidegate")
    quick, slow = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert quick.keys() == slow.keys()
    assert re.sub(r"\d", "0", quick["timestamp"]) == re.sub(r"\d", "0", slow["timestamp"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_draws_other_bytes_than_its_parent() -> None:
    random_bytes(1)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 16) != random_bytes(16)
    os.close(ours)
    os.close(theirs)


FIELDS = ("entity", "event_id", "key")


@pytest.mark.parametrize("key", ["HD-1", "a b", "x\n", "Bearer abcdefgh", "whsec_abc", None, ""])
def test_a_line_told_by_its_names_alone_reads_as_the_loggers(
    key: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    values = ("products", "e-1", key)
    telemetry.Line("ingest", "delivery", FIELDS, wild="key").tell(*values)
    telemetry.logger("ingest").info("delivery", **dict(zip(FIELDS, values, strict=True)))
    quick, careful_one = capsys.readouterr().err.splitlines()
    assert quick[27:] == careful_one[27:]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", quick[:27])


def test_a_line_with_names_out_of_order_is_not_made() -> None:
    with pytest.raises(ValueError, match="in order"):
        telemetry.Line("ingest", "delivery", ("key", "entity"), wild="key")
