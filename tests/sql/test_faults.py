"""What the driver raises, in words that say what to do."""

from __future__ import annotations

import pytest

from sql.faults import is_gone, of_odbc
from tidegate.errors import Conflict, StoreBusy, StoreUnavailable, Unstorable

BROKEN = ("08S01", "[08S01] [Microsoft]TCP Provider: Error code 0x2746 (10054) (SQLExecDirectW)")
RESTARTING = ("HY000", "[HY000] [Microsoft]Protocol error in TDS stream (0) (SQLDriverConnect)")
NO_ANSWER = ("HYT00", "[HYT00] [Microsoft]Login timeout expired (0) (SQLDriverConnect)")


@pytest.mark.parametrize(
    ("raised", "step"),
    [
        (BROKEN, "the connection broke: tidegate db wait"),
        (RESTARTING, "tidegate db wait"),
        (NO_ANSWER, "check server, port and firewall"),
        (("28000", "[28000] Login failed for user 'x' (18456) (SQLDriverConnect)"), "DB_PASSWORD"),
        (("08004", "[08004] no such database (911) (SQLDriverConnect)"), "tidegate db create"),
        (("08001", "[08001] certificate verify failed (-1) (SQLDriverConnect)"), "TrustServerCert"),
        (("01000", "[01000] Can't open lib 'x' (0) (SQLDriverConnect)"), "ODBC Driver 18"),
    ],
)
def test_a_database_that_is_not_there_names_the_next_step(
    raised: tuple[str, str], step: str
) -> None:
    fault = of_odbc(Exception(*raised))
    assert isinstance(fault, StoreUnavailable)
    assert step in fault.next_step


def test_the_state_is_told_once() -> None:
    assert str(of_odbc(Exception(*BROKEN))) == BROKEN[1]
    assert str(of_odbc(Exception("08S01", "gone"))) == "08S01 gone"


@pytest.mark.parametrize(
    ("state", "number", "kind"),
    [
        ("40001", 1205, StoreBusy),
        ("42000", 1222, StoreBusy),
        ("23000", 2627, Conflict),
        ("23000", 515, Unstorable),
        ("42000", 208, StoreUnavailable),
    ],
)
def test_numbers_decide_what_it_is(state: str, number: int, kind: type[Exception]) -> None:
    error = Exception(state, f"[{state}] [Microsoft]words ({number}) (SQLExecDirectW)")
    assert isinstance(of_odbc(error), kind)
    assert not is_gone(error)
