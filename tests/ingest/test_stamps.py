"""Stamps are compared as instants, as precisely as both came, and believed within reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.stamps import Stamp, believable, parse

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def stamp(text: str) -> Stamp:
    found = parse(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T10:00:00+0100",
        "2026-11-20T10:00:00+01:00",
        "2026-11-20T09:00:00Z",
        "2026-11-20 09:00Z",
        " 2026-11-20T04:30:00-04:30 ",
    ],
)
def test_one_instant_is_one_stamp_however_its_offset_is_written(text: str) -> None:
    assert stamp(text) == Stamp(1795165200, "")


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-20T10:00:00", "2026-11-20", "yesterday", "2026-13-01T00:00:00Z", "179516520"],
)
def test_what_has_no_offset_or_names_no_instant_is_no_stamp(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["2026-11-20T10:00:00+99:99", "２０26-11-20T10:00:00Z"])
def test_offsets_and_digits_that_no_clock_writes_are_no_stamp(text: str) -> None:
    assert parse(text) is None


def test_whole_seconds_are_neither_older_nor_newer_than_a_part_of_the_same_second() -> None:
    whole, part = stamp("2026-11-20T09:00:00Z"), stamp("2026-11-20T09:00:00.7Z")
    assert not whole.older_than(part)
    assert not whole.newer_than(part)
    assert not part.newer_than(whole)


def test_equal_precision_is_compared_to_its_last_digit() -> None:
    before, after = stamp("2026-11-20T09:00:00.123Z"), stamp("2026-11-20T09:00:00.124Z")
    assert before.older_than(after)
    assert after.newer_than(before)


def test_a_fraction_is_never_rounded_up_into_the_next_second() -> None:
    assert stamp("2026-11-20T09:00:00.999999999Z").older_than(stamp("2026-11-20T09:00:01Z"))


@given(st.datetimes(timezones=OFFSETS), st.datetimes(timezones=OFFSETS))
def test_the_order_is_that_of_the_instants(one: datetime, other: datetime) -> None:
    first, second = (
        parse(one.isoformat("T", "microseconds")),
        parse(other.isoformat("T", "microseconds")),
    )
    if first is not None and second is not None:
        assert first.older_than(second) == (one < other)


@given(st.datetimes(timezones=OFFSETS))
def test_what_is_kept_reads_back_as_the_same_stamp(moment: datetime) -> None:
    found = parse(moment.isoformat("T", "microseconds"))
    if found is not None:
        assert parse(found.text()) == found


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_has_no_year_in_utc_is_no_stamp(text: str) -> None:
    assert parse(text) is None


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    found = parse(text)
    assert found is None or found.text()


def test_a_stamp_of_tomorrow_is_believed_and_one_of_the_day_after_is_not() -> None:
    day = int(timedelta(hours=24).total_seconds())
    at = int(NOW.timestamp())
    assert believable(Stamp(at + day, ""), NOW)
    assert not believable(Stamp(at + day + 1, ""), NOW)


def test_ten_digits_are_unix_time() -> None:
    assert parse("1795165200") == Stamp(1795165200, "")
    assert parse("1795165200.25") == Stamp(1795165200, "25")


def test_a_source_may_say_what_stamps_without_an_offset_mean() -> None:
    assert parse("2026-11-20T10:00:00", "+01:00") == parse("2026-11-20T09:00:00Z")
    assert parse("2026-11-20T10:00:00Z", "+01:00") == parse("2026-11-20T10:00:00Z")
