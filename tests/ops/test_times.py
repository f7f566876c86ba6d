"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops.times import instant, moment, seconds

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("90s", 90), ("30m", 1800), (" 2H ", 7200), ("1d", 86_400), ("2w", 1209600)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, wanted: int) -> None:
    assert seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5h", "7y", "999999999d"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no time like"):
        seconds(text)


def test_a_moment_is_utc_unless_it_says_so() -> None:
    assert moment("2026-11-21T06:00") == datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert moment("2026-11-21T06:00+02:00").isoformat() == "2026-11-21T04:00:00+00:00"


def test_an_instant_is_a_moment_or_so_long_ago() -> None:
    assert instant("2h", NOW) == NOW - timedelta(hours=2)
    assert instant("2026-11-21", NOW) == datetime(2026, 11, 21, tzinfo=UTC)


def test_what_is_no_instant_is_told_with_both_forms() -> None:
    with pytest.raises(ValueError, match="is no time like 2026-11-21T06:00, or 2h"):
        instant("tomorrow", NOW)
