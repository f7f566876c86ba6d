"""`tidegate …` that stops itself once, just before or just after one of its checks before a send.

A script: whoever freezes a process from outside hits the one side or the other by chance. `TRAP` is
`before` or `after`, `TRAP_AT` the number of the check. It stops between transactions of its own:
what a process that freezes inside one does to SQLite is another story. `TRUST` is for how many
seconds it believes in its last beat.
"""

from __future__ import annotations

import os
import signal
from itertools import count
from typing import Any

from processor.alone import Leave
from sql import leadership


def main() -> None:
    """Set the trap, then be `tidegate`."""
    check, where, checks = Leave.__call__, os.environ.get("TRAP"), count(1)
    leadership.TRUST = float(os.environ.get("TRUST", leadership.TRUST))

    def trapped(leave: Leave) -> bool:
        trap = next(checks) == int(os.environ.get("TRAP_AT", "0"))
        if trap and where == "before":
            _stop(leave)
        may = check(leave)
        if trap and where == "after":
            _stop(leave)
        return may

    Leave.__call__ = trapped  # type: ignore[method-assign, assignment]
    from cli.main import run

    run()


def _stop(leave: Leave) -> None:
    database: Any = vars(leave.leadership)["_db"]
    turn = getattr(database, "_turn", None)
    if turn is not None:
        turn._enter()
    os.kill(os.getpid(), signal.SIGSTOP)
    if turn is not None:
        turn._leave()


if __name__ == "__main__":
    main()
