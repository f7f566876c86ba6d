"""States of events, complete: how a row's number and an event's column make one word.

live: pending processing retrying waiting unknown held    ends: applied superseded refused
dead (left by replay, edit-replay, resolve, discard)            expired discarded
"""

from __future__ import annotations

ROW_STATES: dict[int, str] = {
    0: "pending",
    1: "waiting",
    2: "processing",
    3: "retrying",
    4: "unknown",
    5: "held",
}
ENDS = frozenset({"applied", "superseded", "refused", "expired", "discarded"})
STATES = (*ROW_STATES.values(), "dead", *sorted(ENDS))


def event_state(state: str, row_state: int | None) -> str:
    """The word for an event.

    Args:
        state: the column of `inbox`: `live`, `dead` or an end.
        row_state: the state of its queue row, None where it has none.
    """
    if state != "live":
        return state
    return "pending" if row_state is None else ROW_STATES[row_state]


def row_state_of(word: str) -> int | None:
    """The row's number for a live event's word, None for `dead` and the ends."""
    return next((number for number, name in ROW_STATES.items() if name == word), None)


def on_record(target: str | None, entity: str | None) -> tuple[str, str]:
    """What the columns `source` and `entity` of `audit_trail` say of a pause."""
    return target or "*", entity or "*"
