"""Who sits at this terminal, for the record: who holds the DSN is known by user and host."""

from __future__ import annotations

import getpass
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.who import Who


def at_terminal() -> Who:
    """The person, or the program, that runs this command."""
    from ops.who import Who

    try:
        actor = f"cli:{getpass.getuser()}"[:200]
    except (KeyError, OSError):  # a container's user may have no name
        actor = "cli"
    return Who(actor, "cli", platform.node()[:200] or None)
