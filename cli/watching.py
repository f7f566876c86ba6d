"""Looks again every two seconds, for `--watch`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NoReturn, TypeVar

from cli.output import Format, tell, wipe
from tidegate.errors import StoreError

EVERY = 2.0
Found = TypeVar("Found")


def watch(look: Callable[[], Found], show: Callable[[Found], None], output: Format) -> NoReturn:
    """Until interrupted; a database that does not answer may come back."""
    pause = threading.Event()
    while True:
        try:
            found = look()
        except StoreError as error:
            tell(error)
        else:
            if output is Format.table:
                wipe()
            show(found)
        pause.wait(EVERY)
