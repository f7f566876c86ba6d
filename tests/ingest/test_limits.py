"""Rates: what is let through, how long the rest waits, and who shares with whom."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ingest.limits import Limits
from tidegate.clock import ManualClock
from tidegate.config_sources import Source
from tidegate.config_tables import Api, Tables


def limits(clock: ManualClock, source: str | None = None, api: str | None = None) -> Limits:
    sources = {name: Source(rate=source, secrets=("S",)) for name in ("one", "two")}
    return Limits(Tables(sources=sources, api=Api(rate=api)), clock)


def test_what_is_not_configured_is_not_limited() -> None:
    free = limits(ManualClock())
    assert [free.source("one") for _ in range(1000)] == [None] * 1000
    assert [Limits.none().owner("admin") for _ in range(1000)] == [None] * 1000


def test_beyond_the_rate_a_source_is_told_how_long_to_wait() -> None:
    clock = ManualClock()
    tight = limits(clock, source="2/minute")
    assert tight.source("one") is None
    clock.advance(20)
    assert tight.source("one") is None
    clock.advance(10)
    assert tight.source("one") == pytest.approx(30)


def test_the_window_moves_so_that_no_minute_holds_more() -> None:
    clock = ManualClock()
    tight = limits(clock, source="2/minute")
    taken = []
    for second in range(0, 180, 10):
        if tight.source("one") is None:
            taken.append(second)
        clock.advance(10)
    assert taken == [0, 10, 60, 70, 120, 130]


def test_who_is_refused_uses_up_nothing() -> None:
    clock = ManualClock()
    tight = limits(clock, source="1/minute")
    assert tight.source("one") is None
    for _ in range(59):
        clock.advance(1)
        assert tight.source("one") is not None
    clock.advance(1)
    assert tight.source("one") is None


def test_each_source_and_each_owner_has_a_rate_of_its_own() -> None:
    tight = limits(ManualClock(), source="1/hour", api="1/hour")
    assert [tight.source("one"), tight.source("two")] == [None, None]
    assert [tight.owner("one"), tight.owner("admin")] == [None, None]
    assert tight.source("one") is not None
    assert tight.owner("admin") is not None


def test_an_unknown_source_is_not_limited() -> None:
    assert limits(ManualClock(), source="1/day").source("three") is None


def test_the_library_is_not_imported_where_nothing_is_limited() -> None:
    code = "import sys, ingest.limits as i; i.Limits.none(); sys.exit('limits' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
