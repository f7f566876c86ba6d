"""Equal resends: so many rows an hour, then a count; nothing counts that was not committed."""

from __future__ import annotations

from ingest.resends import HOUR, MOST, ROWS, Draft, Resends


def places(draft: Draft, n: int, *of: object, prefix: str = "d") -> list[str]:
    return [draft.place(f"{prefix}{number}", *of) for number in range(n)]


def test_each_of_the_first_has_a_row_of_its_own_and_the_last_counts_the_rest() -> None:
    found = places(Resends().draft(0.0), ROWS + 3, b"head", "duplicate")
    assert found == [f"d{n}" for n in range(ROWS)] + [f"d{ROWS - 1}"] * 3


def test_another_head_or_verdict_has_rows_of_its_own() -> None:
    draft = Resends().draft(0.0)
    places(draft, ROWS, b"head", "duplicate")
    assert draft.place("x", b"other", "duplicate") == "x"
    assert draft.place("y", b"head", "stale") == "y"


def test_the_next_hour_begins_anew() -> None:
    resends = Resends()
    for _ in range(2):
        draft = resends.draft(0.0)
        places(draft, ROWS, b"head", "duplicate")
        draft.keep()
    assert resends.draft(HOUR).place("x", b"head", "duplicate") == "x"


def test_what_was_rolled_back_is_not_counted() -> None:
    resends = Resends()
    places(resends.draft(0.0), ROWS, b"head", "duplicate", prefix="lost")
    assert resends.draft(0.0).place("first", b"head", "duplicate") == "first"


def test_what_was_committed_is_counted_by_the_next_batch() -> None:
    resends = Resends()
    draft = resends.draft(0.0)
    places(draft, ROWS, b"head", "duplicate")
    draft.keep()
    assert resends.draft(1.0).place("x", b"head", "duplicate") == f"d{ROWS - 1}"


def test_the_counters_are_bounded() -> None:
    resends = Resends()
    draft = resends.draft(0.0)
    for n in range(MOST + 1):
        draft.place("d", n)
    draft.keep()
    assert not resends.draft(0.0).kept
